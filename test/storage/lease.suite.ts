import { describe, expect, it } from "vitest";
import { AzureFailure } from "../../src/core/failure.ts";
import { FakeTime } from "./fake-time.ts";
import type { StorageProxy } from "../support/storage-proxy.ts";
import {
  acquired,
  behindProxy,
  type Process,
  type Setting,
  someMemory,
  someWorkspace,
  startProcess,
} from "./setting.ts";

const lost = { name: "AzureFailure", failure: { kind: "leaseLost" } };

export function leaseSuite(setting: () => Setting): void {
  const two = (): { time: FakeTime; one: Process; other: Process } => {
    const time = new FakeTime();
    const { storage } = setting();
    return { time, one: startProcess(storage, time), other: startProcess(storage, time) };
  };

  const proxied = async (): Promise<{ proxy: StorageProxy; process: Process; time: FakeTime }> => {
    const { proxy, storage } = await behindProxy(setting());
    const time = new FakeTime();
    return { proxy, process: startProcess(storage, time), time };
  };

  describe("a lease", () => {
    it("goes to one of two processes that ask at the same time", async () => {
      const { one, other } = two();
      const workspace = someWorkspace();
      const leases = await Promise.all([one, other].map(({ leases }) => leases.acquire(workspace)));
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    });

    it("goes to one of two workers of one process", async () => {
      const { one } = two();
      const workspace = someWorkspace();
      const leases = await Promise.all([one, one].map(({ leases }) => leases.acquire(workspace)));
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    });

    it("is refused while held, whatever the casing of the id, and free once given back", async () => {
      const { one, other } = two();
      const workspace = someWorkspace();
      const lease = await acquired(one, workspace);
      const shouted = { ...workspace, resourceGroup: workspace.resourceGroup.toUpperCase() };
      expect(await other.leases.acquire(shouted)).toBeUndefined();
      await lease.release();
      expect(await other.leases.acquire(shouted)).toBeDefined();
      expect(() => {
        lease.assertHeld();
      }).toThrow(AzureFailure);
    });

    it("is taken over after its end, as from a killed process", async () => {
      const { time, one, other } = two();
      const workspace = someWorkspace();
      await acquired(one, workspace);
      time.freeze(59);
      expect(await other.leases.acquire(workspace)).toBeUndefined();
      time.freeze(2);
      const taken = await acquired(other, workspace);
      taken.assertHeld();
    });

    it("renews itself at a third of its length and so outlives it", async () => {
      const { time, one, other } = two();
      const workspace = someWorkspace();
      const lease = await acquired(one, workspace);
      for (let minute = 0; minute < 4; minute += 1) {
        time.advance(20);
        await one.memory.save(workspace, someMemory(workspace)); // has its turn after the renewal that the timer began
      }
      lease.assertHeld();
      expect(await other.leases.acquire(workspace)).toBeUndefined();
    });

    it("that was taken over aborts the signal, fails the check and saves nothing", async () => {
      const { time, one, other } = two();
      const workspace = someWorkspace();
      const lease = await acquired(one, workspace);
      time.freeze(61);
      const taken = await acquired(other, workspace);
      await other.memory.save(workspace, someMemory(workspace, { syncOwed: true }));

      await expect(one.memory.save(workspace, someMemory(workspace))).rejects.toMatchObject(lost);
      expect(lease.signal.aborted).toBe(true);
      expect(lease.signal.reason).toMatchObject(lost);
      expect(() => {
        lease.assertHeld();
      }).toThrow(/was lost: it could not be renewed in time/);
      expect(await one.memory.load(workspace)).toMatchObject({ syncOwed: true });

      await lease.release();
      taken.assertHeld();
      await taken.renew();
      taken.assertHeld();
    });

    it("that was taken over is noticed by the row itself, even by a holder whose clock stands still", async () => {
      const [slow, fast] = [new FakeTime(), new FakeTime()];
      const { storage } = setting();
      const [one, other] = [startProcess(storage, slow), startProcess(storage, fast)];
      const workspace = someWorkspace();
      const lease = await acquired(one, workspace);
      fast.freeze(61);
      await acquired(other, workspace);
      lease.assertHeld();
      await expect(one.memory.save(workspace, someMemory(workspace))).rejects.toMatchObject(lost);
      expect(lease.signal.aborted).toBe(true);
      expect(await other.memory.load(workspace)).toBeUndefined();
    });

    it("counts as lost a sixth of its length before its end when no renewal was answered", async () => {
      const { proxy, process, time } = await proxied();
      const lease = await acquired(process, someWorkspace());
      proxy.mode = "cut";
      time.advance(49);
      expect(lease.signal.aborted).toBe(false);
      time.advance(1);
      expect(lease.signal.aborted).toBe(true);
      await lease.release(); // storage is still away: never throws
      await proxy.close();
      expect(time.timers).toBe(0);
    });

    it("survives a renewal that failed, if a later one succeeds", async () => {
      const { proxy, process, time } = await proxied();
      const lease = await acquired(process, someWorkspace());
      proxy.mode = "unavailable";
      time.freeze(20);
      await lease.renew();
      expect(proxy.faults).toBeGreaterThan(0);
      proxy.mode = "pass";
      time.advance(5);
      await lease.renew();
      time.freeze(45);
      lease.assertHeld();
      await proxy.close();
    });

    it("is still ours when the answer to a write of ours was lost", async () => {
      const { proxy, process } = await proxied();
      const workspace = someWorkspace();
      await (await acquired(process, someWorkspace())).release(); // creates the tables
      proxy.mode = "dropAnswer";
      const lease = await acquired(process, workspace);
      proxy.mode = "dropAnswer";
      await process.memory.save(workspace, someMemory(workspace, { syncOwed: true }));
      lease.assertHeld();
      expect(proxy.faults).toBe(2);
      expect(await process.memory.load(workspace)).toMatchObject({ syncOwed: true });
      await lease.release();
      await proxy.close();
    });

    it("is not given to a second worker of the process that lost it, until the first has stopped", async () => {
      const { time, one } = two();
      const workspace = someWorkspace();
      const lease = await acquired(one, workspace);
      time.advance(0);
      time.freeze(61);
      expect(await one.leases.acquire(workspace)).toBeUndefined();
      await lease.release();
      expect(await one.leases.acquire(workspace)).toBeDefined();
    });

    it("throws when storage cannot say who holds it", async () => {
      const { proxy, process } = await proxied();
      proxy.mode = "unavailable";
      await expect(process.leases.acquire(someWorkspace())).rejects.toMatchObject({ name: "StorageUnavailableError" });
      await proxy.close();
    });
  });
}
