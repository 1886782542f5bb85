import { TableClient } from "@azure/data-tables";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Memory } from "../../src/core/memory.ts";
import { stateKey } from "../../src/storage/keys.ts";
import { FakeTime } from "./fake-time.ts";
import { fullMemory } from "./full-memory.ts";
import {
  acquired,
  behindProxy,
  type Process,
  type Setting,
  someMemory,
  someWorkspace,
  startProcess,
} from "./setting.ts";

export function memorySuite(setting: () => Setting): void {
  const start = (): Process => startProcess(setting().storage, new FakeTime());
  const stateTable = (): TableClient =>
    TableClient.fromConnectionString(setting().connectionString, "Workspaces", { allowInsecureConnection: true });

  describe("memory", () => {
    it("of a workspace never seen, or only leased, is none", async () => {
      const process = start();
      const workspace = someWorkspace();
      expect(await process.memory.load(workspace)).toBeUndefined();
      await acquired(process, workspace);
      expect(await process.memory.load(workspace)).toBeUndefined();
    });

    it("comes back as it was saved, with every field", async () => {
      const process = start();
      const workspace = someWorkspace();
      const memory = fullMemory(someMemory(workspace));
      await acquired(process, workspace);
      await process.memory.save(workspace, memory);
      expect(await start().memory.load(workspace)).toEqual(memory);
    });

    it("is not read twice by whoever has just taken the lease, and is read anew from then on", async () => {
      const [process, workspace] = [start(), someWorkspace()];
      const lease = await acquired(process, workspace);
      await process.memory.save(workspace, someMemory(workspace));
      await lease.release();

      await acquired(process, workspace);
      // Nobody may, without the lease; only so can be seen where the answer comes from.
      await stateTable().updateEntity({ ...stateKey(workspace), memoryParts: 0 }, "Merge");
      expect(await process.memory.load(workspace)).toEqual(someMemory(workspace));
      expect(await process.memory.load(workspace)).toBeUndefined();
    });

    it("of 200 KB comes back, and shrinks again without leaving anything behind", async () => {
      const process = start();
      const workspace = someWorkspace();
      const label = "𝄞 or é or \u0000".repeat(10);
      const principals = Array.from({ length: 1200 }, () => ({ label, canPull: true, how: "AcrPull" }));
      const large = someMemory(workspace, { seen: { principals } });
      expect(JSON.stringify(large).length).toBeGreaterThan(200_000);
      await acquired(process, workspace);
      await process.memory.save(workspace, large);
      expect(await process.memory.load(workspace)).toEqual(large);

      await process.memory.save(workspace, someMemory(workspace));
      expect(await process.memory.load(workspace)).toEqual(someMemory(workspace));
      const { partitionKey, rowKey } = stateKey(workspace);
      expect(await stateTable().getEntity(partitionKey, rowKey)).toMatchObject({ memoryParts: 1, memory1: "" });
    });

    it("larger than a row is refused", async () => {
      const process = start();
      const workspace = someWorkspace();
      await acquired(process, workspace);
      const principals = [{ label: "x".repeat(500_000), canPull: true, how: "" }];
      await expect(process.memory.save(workspace, someMemory(workspace, { seen: { principals } }))).rejects.toThrow(
        /memory is too large to be stored: 500\d\d\d characters/,
      );
    });

    it("survives texts of any characters, across the borders of columns", async () => {
      const process = start();
      const workspace = someWorkspace();
      await acquired(process, workspace);
      const anyText = fc.string({ unit: fc.constantFrom("a", "😀", "\ud83d", "\ude00", "\u0007", '"') });
      await fc.assert(
        fc.asyncProperty(anyText, fc.integer({ min: 31_700, max: 32_100 }), async (text, at) => {
          const memory = someMemory(workspace, { waits: [{ reason: "Transient", attempt: 1, since: 1, missed: 0 }] });
          const long = { ...memory, synced: { fingerprint: "x".repeat(at) + text, how: "synced", at: 1 } } as const;
          await process.memory.save(workspace, long);
          expect(await process.memory.load(workspace)).toEqual(long);
        }),
        { numRuns: 20 },
      );
    });

    it("can be filtered by outcome, reason, registry, last and next look", async () => {
      const process = start();
      const workspace = someWorkspace();
      await acquired(process, workspace);
      await process.memory.save(workspace, fullMemory(someMemory(workspace)));
      const { partitionKey, rowKey } = stateKey(workspace);
      expect(await stateTable().getEntity(partitionKey, rowKey)).toMatchObject({
        workspaceId: someMemory(workspace).workspaceId,
        schemaVersion: 1,
        outcome: "waiting",
        reason: "IdentityNotReady",
        registryId: "/subscriptions/…/registries/r",
        lookedAt: "2026-01-15T12:00:00.000Z",
        nextLookAt: "2026-01-15T12:00:00.000Z",
      });
    });

    it("is not saved without a lease, nor after it was given back", async () => {
      const process = start();
      const workspace = someWorkspace();
      const refused = { failure: { kind: "leaseLost" } };
      await expect(process.memory.save(workspace, someMemory(workspace))).rejects.toMatchObject(refused);
      await (await acquired(process, workspace)).release();
      await expect(process.memory.save(workspace, someMemory(workspace))).rejects.toMatchObject(refused);
    });

    it("is saved by several steps of one worker at once, beside a renewal", async () => {
      const process = start();
      const workspace = someWorkspace();
      const lease = await acquired(process, workspace);
      const saves = [true, false, true].map((syncOwed) =>
        process.memory.save(workspace, someMemory(workspace, { syncOwed })),
      );
      await Promise.all([...saves, lease.renew()]);
      lease.assertHeld();
      expect(await process.memory.load(workspace)).toMatchObject({ syncOwed: true });
    });

    describe("while storage is away", () => {
      const operation = { kind: "SyncKeys", description: "sync keys", state: "{}", since: 1, pollAt: 1 } as const;
      const saved = async (left: number, more: Partial<Memory>): Promise<{ faults: number; error?: unknown }> => {
        const { proxy, storage } = await behindProxy(setting());
        const workspace = someWorkspace();
        const process = startProcess(storage, new FakeTime());
        await acquired(process, workspace);
        Object.assign(proxy, { mode: "cut", left });
        const error: unknown = await process.memory
          .save(workspace, someMemory(workspace, more))
          .catch((e: unknown) => e);
        proxy.mode = "pass";
        const memory = await process.memory.load(workspace);
        await proxy.close();
        expect(memory).toEqual(error === undefined ? someMemory(workspace, more) : undefined);
        return { faults: proxy.faults, error };
      };

      it("is saved with more patience when Azure has an operation running", async () => {
        expect(await saved(4, { operation })).toEqual({ faults: 4 });
        const { error } = await saved(4, {});
        expect(error).toMatchObject({ name: "StorageUnavailableError" });
      });

      it("is given up after a while even then", async () => {
        const { faults, error } = await saved(Infinity, { operation });
        expect(error).toMatchObject({ name: "StorageUnavailableError" });
        expect(faults).toBe(15);
      });
    });

    it("of a newer version is refused by name and never overwritten", async () => {
      const workspace = someWorkspace();
      const process = start();
      const row = { ...stateKey(workspace), workspaceId: "/subscriptions/x", schemaVersion: 2, somethingNew: "kept" };
      await stateTable().createEntity(row);
      const message = /newer version of this program \(schema 2; this one knows 1\)/;
      await expect(process.memory.load(workspace)).rejects.toThrow(message);
      await expect(process.leases.acquire(workspace)).rejects.toThrow(message);
      await expect(process.memory.save(workspace, someMemory(workspace))).rejects.toThrow(/without a lease/);
      expect(await stateTable().getEntity(row.partitionKey, row.rowKey)).toMatchObject(row);
    });

    it("written by a newer version under our lease is not overwritten either", async () => {
      const workspace = someWorkspace();
      const process = start();
      await acquired(process, workspace);
      await stateTable().updateEntity({ ...stateKey(workspace), schemaVersion: 2 }, "Merge");
      await expect(process.memory.save(workspace, someMemory(workspace))).rejects.toThrow(/newer version/);
    });

    it("that makes no sense is refused by what is wrong with it, and may be written anew", async () => {
      const workspace = someWorkspace();
      const process = start();
      await acquired(process, workspace);
      await process.memory.save(workspace, { ...someMemory(workspace), syncOwed: "yes" } as unknown as Memory);
      await expect(process.memory.load(workspace)).rejects.toThrow(/syncOwed/);
      await process.memory.save(workspace, someMemory(workspace));
      expect(await process.memory.load(workspace)).toEqual(someMemory(workspace));
    });
  });
}
