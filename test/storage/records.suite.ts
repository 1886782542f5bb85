import type { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { SweepHold } from "../../src/core/sweep.ts";
import { requestIdOf, type SweepRecord } from "../../src/core/sweep-record.ts";
import { openRejected, type RejectedItem } from "../../src/storage/rejected.ts";
import { openSweepResults } from "../../src/storage/sweep-results.ts";
import { openSweeps, type Sweeps } from "../../src/storage/sweeps.ts";
import { rejectedOn } from "../support/rejected-records.ts";
import { sweepRecord } from "./sweep-records.ts";
import { FakeTime } from "./fake-time.ts";
import { all, behindProxy, type Setting, someWorkspace, tableClient } from "./setting.ts";

export function recordsSuite(setting: () => Setting): void {
  describe("what was rejected", () => {
    const item: RejectedItem = { source: "event", reason: "NotJson", message: "It is not JSON.", body: "{" };

    it("is kept once, however often it is delivered, and found by its day", async () => {
      const time = new FakeTime();
      const rejected = openRejected(setting().storage, time);
      const at = time.now();
      await rejected.put(item);
      time.freeze(60);
      await rejected.put(item);
      await rejected.put({ ...item, body: "[" });
      expect(await rejectedOn(setting().storage, "2026-01-15")).toEqual([
        { ...item, at, bodyLength: 1 },
        { ...item, body: "[", at: at + 60_000, bodyLength: 1 },
      ]);
      expect(await rejectedOn(setting().storage, "2026-01-16")).toEqual([]);
    });

    it("keeps the beginning of a long body, its length, and its identity", async () => {
      const time = new FakeTime();
      time.freeze(24 * 3600);
      const rejected = openRejected(setting().storage, time);
      const body = "x".repeat(31_999) + "😀".repeat(50_000);
      await rejected.put({ ...item, body });
      await rejected.put({ ...item, body: `${body}.` });
      const kept = await rejectedOn(setting().storage, "2026-01-16");
      expect(kept.map(({ bodyLength }) => bodyLength).sort()).toEqual([131_999, 132_000]);
      expect(kept[0]?.body).toBe(`${"x".repeat(31_999)}\ufffd`);
    });
  });

  describe("what was rejected long ago", () => {
    it("is deleted by its day, the oldest first and so much at a time", async () => {
      const day = (days: number): { time: FakeTime; text: string } => {
        const time = new FakeTime();
        time.freeze(-days * 24 * 3600);
        return { time, text: new Date(time.now()).toISOString().slice(0, 10) };
      };
      const reject = async (days: number, count: number): Promise<void> => {
        const rejected = openRejected(setting().storage, day(days).time);
        const bodies = Array.from({ length: count }, (_, index) => `${index}`);
        await Promise.all(bodies.map((body) => rejected.put({ source: "event", reason: "r", message: "m", body })));
      };
      await reject(400, 49);
      for (const days of [91, 90, 89]) await reject(days, 3);
      const rejected = openRejected(setting().storage, new FakeTime(), { atMost: 50 });
      const left = async (): Promise<number[]> => {
        const lists = [400, 91, 90, 89].map((days) => rejectedOn(setting().storage, day(days).text));
        return (await Promise.all(lists)).map(({ length }) => length);
      };
      await rejected.trim();
      expect(await left()).toEqual([0, 2, 3, 3]);
      await rejected.trim();
      expect(await left()).toEqual([0, 0, 3, 3]);
      await rejected.trim();
      expect(await left()).toEqual([0, 0, 3, 3]);
    });
  });

  const record = (more: Partial<SweepRecord>): SweepRecord => sweepRecord({ id: randomUUID(), ...more });

  describe("sweeps", () => {
    it("are told newest first, the finished apart", async () => {
      const sweeps: Sweeps = openSweeps(setting().storage, new FakeTime());
      expect(await sweeps.latest()).toBeUndefined();
      const first = record({ startedAt: 1000, finishedAt: 1500 });
      const second = record({ startedAt: 2000, errors: [{ subject: "s", message: "m" }] });
      await sweeps.save(record({ ...first, seen: 0 }));
      await sweeps.save(first);
      await sweeps.save(second);
      expect(await sweeps.list(10)).toEqual([second, first]);
      expect(await sweeps.list(1)).toEqual([second]);
      expect(await sweeps.latest()).toEqual(second);
      expect(await sweeps.latestFinished()).toEqual(first);
      expect(await sweeps.get(first.id, 1000)).toEqual(first);
      expect(await sweeps.get("other", 1000)).toBeUndefined();
      // One that died and was begun again is one.
      const again = { ...second, startedAt: 3000 };
      await sweeps.save(again);
      expect(await sweeps.list(10)).toEqual([again, first]);
    });

    it("keep as many errors as fit, and say how many do not", async () => {
      const sweeps = openSweeps(setting().storage, new FakeTime());
      const errors = Array.from({ length: 5000 }, () => ({ subject: "s".repeat(200), message: "m".repeat(200) }));
      const large = record({ startedAt: 3000, errors });
      await sweeps.save(large);
      const kept = (await sweeps.get(large.id, 3000))?.errors ?? [];
      expect(kept.length).toBeGreaterThan(500);
      expect(kept.at(-1)?.message).toBe(`${5000 - (kept.length - 1)} more errors are not kept.`);
    });
  });

  describe("the right to sweep", () => {
    const hold = (time: FakeTime): ReturnType<Sweeps["hold"]> => openSweeps(setting().storage, time, 60_000).hold("1");
    const taken = async (time: FakeTime): Promise<SweepHold> => {
      const held = await hold(time);
      if (held === undefined) throw new Error("The right to sweep was expected to be free.");
      return held;
    };

    it("goes to one of all who ask, until it is given back", async () => {
      const time = new FakeTime();
      const all = await Promise.all([1, 2, 3, 4].map(() => hold(time)));
      const [held] = all.filter((one) => one !== undefined);
      expect(all.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await held?.keep()).toBe(true);
      await held?.release();
      await (await taken(time)).release();
    });

    it("is kept for as long as it is used, and then goes to whoever asks next", async () => {
      const time = new FakeTime();
      const held = await taken(time);
      for (let times = 0; times < 3; times += 1) {
        time.freeze(59);
        expect(await hold(time)).toBeUndefined();
        expect(await held.keep()).toBe(true);
      }
      time.freeze(60);
      const next = await taken(time);
      expect(await held.keep()).toBe(false);
      await held.release();
      expect(await next.keep()).toBe(true);
      await next.release();
    });

    it("is not kept from others by a clock that was ahead", async () => {
      const time = new FakeTime();
      const ahead = new FakeTime();
      ahead.freeze(3_600);
      await taken(ahead);
      await (await taken(time)).release();
    });

    it("is still ours when the answers to what we wrote were lost", async () => {
      const { proxy, storage } = await behindProxy(setting());
      const time = new FakeTime();
      proxy.mode = "dropAnswer";
      const held = await openSweeps(storage, time, 60_000).hold("1");
      expect(held).toBeDefined();
      proxy.mode = "dropAnswer";
      expect(await held?.keep()).toBe(true);
      await held?.release();
      await proxy.close();
    });
  });

  describe("what became of the looks that a sweep asked for", () => {
    it("is counted by outcome, the last one of each workspace, until only newer sweeps are kept", async () => {
      const { storage } = setting();
      const results = openSweepResults(storage);
      const sweeps = openSweeps(storage, new FakeTime());
      const old = record({ startedAt: Date.UTC(2101) });
      const request = requestIdOf(old.id);
      const [one, other] = [someWorkspace(), someWorkspace()];
      await results.put(request, one, "waiting");
      await results.put(request, one, "remediated");
      await results.put(request, other, "blocked");
      await results.put("sweep-another", other, "gone");
      expect(await results.counts(request)).toEqual({ remediated: 1, blocked: 1 });
      await sweeps.save(old);
      for (let index = 1; index <= 30; index += 1) {
        expect(await results.counts(request)).toEqual({ remediated: 1, blocked: 1 });
        await sweeps.save(record({ startedAt: Date.UTC(2101, 0, 1, 0, index) }));
        await sweeps.settleResults(results);
      }
      expect(await results.counts(request)).toEqual({});
      expect((await sweeps.get(old.id, old.startedAt))?.results).toEqual({ remediated: 1, blocked: 1 });
      expect((await sweeps.find(old.id))?.startedAt).toBe(old.startedAt);
      expect(await sweeps.find("never-begun")).toBeUndefined();
    });
  });

  describe("the first start", () => {
    const startTable = (): TableClient => tableClient(setting(), "Sweeps");
    const forget = (): Promise<unknown> => startTable().deleteEntity("start", "first");

    it("is the time at which somebody first asked, for ever", async () => {
      const time = new FakeTime();
      const first = time.now();
      expect(await openSweeps(setting().storage, time).firstStart()).toBe(first);
      time.freeze(3600);
      expect(await openSweeps(setting().storage, time).firstStart()).toBe(first);
      await forget();
    });

    it("is one for all who ask at the same time", async () => {
      const clocks = Array.from({ length: 8 }, (_, index) => ({ now: () => 1000 + index }));
      const starts = await Promise.all(clocks.map((clock) => openSweeps(setting().storage, clock).firstStart()));
      expect(new Set(starts).size).toBe(1);
      await forget();
    });

    it("that tells no time is when it was stored", async () => {
      await startTable().createEntity({ partitionKey: "start", rowKey: "first", at: 5 });
      const sweeps = openSweeps(setting().storage, new FakeTime());
      expect(Math.abs((await sweeps.firstStart()) - Date.now())).toBeLessThan(60_000);
      await forget();
    });
  });

  describe("a claim", () => {
    it("falls to one of all who make it, however often and in whatever process", async () => {
      const time = new FakeTime();
      const claim = (what: string): Promise<boolean> => openSweeps(setting().storage, time).claim(what);
      const [what, other] = [`sweep / ${randomUUID()}`, `sweep # ${randomUUID()}`];
      const claimed = await Promise.all(Array.from({ length: 10 }, () => claim(what)));
      expect(claimed.filter(Boolean)).toHaveLength(1);
      expect(await claim(what)).toBe(false);
      expect(await claim(other)).toBe(true);
    });

    it("whose answer was lost still falls to who made it", async () => {
      const { proxy, storage } = await behindProxy(setting());
      const sweeps = openSweeps(storage, new FakeTime());
      await sweeps.latest(); // creates the tables
      proxy.mode = "dropAnswer";
      const what = randomUUID();
      expect(await sweeps.claim(what)).toBe(true);
      expect(proxy.faults).toBe(1);
      expect(await sweeps.claim(what)).toBe(false);
      await proxy.close();
    });

    it("is remembered among the newest hundred", async () => {
      const time = new FakeTime();
      const sweeps = openSweeps(setting().storage, time);
      const names = Array.from({ length: 104 }, () => randomUUID());
      for (const name of names) {
        time.freeze(3600);
        expect(await sweeps.claim(name)).toBe(true);
      }
      const filter = "PartitionKey eq 'claim'";
      const rows = await all(
        tableClient(setting(), "Sweeps").listEntities<{ what: string }>({ queryOptions: { filter } }),
      );
      expect(rows.map(({ what }) => what).sort()).toEqual(names.slice(-100).sort());
      expect(await sweeps.claim(names[4] ?? "")).toBe(false);
    });
  });
}
