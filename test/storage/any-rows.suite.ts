import type { TableEntity } from "@azure/data-tables";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Memory } from "../../src/core/memory.ts";
import type { TableName } from "../../src/storage/connection.ts";
import { openFleet } from "../../src/storage/fleet.ts";
import { openHistory } from "../../src/storage/history.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { newestFirst, stateKey, workspaceHash } from "../../src/storage/keys.ts";
import { UnreadableRowError } from "../../src/storage/storage-error.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { sweepRecord } from "./sweep-records.ts";
import { openWorkspaceIndex } from "../../src/storage/workspace-index.ts";
import { FakeTime } from "./fake-time.ts";
import { fullMemory } from "./full-memory.ts";
import { soundState } from "./malformed-rows.ts";
import { all, type Setting, someMemory, someWorkspace, startProcess, tableClient } from "./setting.ts";

/** A value of any type that a column may have ("Understanding the Table service data model"). */
const anyColumn = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.json(),
  fc.boolean(),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: "Int64", value: `${value}` })),
  fc.uuid().map((value) => ({ type: "Guid", value })),
  fc.date({ min: new Date("1700-01-01"), max: new Date("9999-01-01"), noInvalidDate: true }),
  fc.uint8Array({ maxLength: 20 }),
);

export function anyRowsSuite(setting: () => Setting): void {
  const insert = async (name: TableName, row: object): Promise<void> => {
    await tableClient(setting(), name).createEntity(row as TableEntity);
  };
  /** Some of these columns, some of them with anything in them. */
  const columns = (sound: Readonly<Record<string, unknown>>): fc.Arbitrary<object> =>
    fc.record(
      Object.fromEntries(
        Object.entries(sound).map(([name, value]) => [
          name,
          fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: anyColumn }),
        ]),
      ),
      { requiredKeys: [] },
    );
  const readOrRefused = async <T>(work: Promise<T>): Promise<T | "refused"> => {
    return work.catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnreadableRowError);
      return "refused";
    });
  };
  const check = (property: fc.IAsyncProperty<unknown>): Promise<void> => fc.assert(property, { numRuns: 12 });

  describe("rows with anything in their columns", () => {
    it("of a workspace's state are read or refused, and what is refused is not written", async () => {
      const workspace = someWorkspace();
      const state = stateKey(workspace);
      const table = tableClient(setting(), "Workspaces");
      await check(
        fc.asyncProperty(columns(soundState(workspace)), async (any) => {
          await insert("Workspaces", { ...any, ...state });
          const before = await table.getEntity(state.partitionKey, state.rowKey);
          const process = startProcess(setting().storage, new FakeTime());
          const memory = await readOrRefused(process.memory.load(workspace));
          expect(await table.getEntity(state.partitionKey, state.rowKey)).toEqual(before);
          const lease = await readOrRefused(process.leases.acquire(workspace));
          if (lease === "refused") {
            expect(memory).toBe("refused");
            expect(await table.getEntity(state.partitionKey, state.rowKey)).toEqual(before);
          } else await lease?.release();
          const known = await all(openFleet(setting().storage).of(workspace.subscriptionId));
          for (const { workspaceId } of known) expect(typeof workspaceId).toBe("string");
          await table.deleteEntity(state.partitionKey, state.rowKey);
        }),
      );
    });

    it("of an inbox, a history, an index and the sweeps are read or passed over, and never written", async () => {
      const sound = {
        Inbox: {
          requestId: '"id"',
          cause: "event",
          acceptedAt: "2026-01-15T12:00:00.000Z",
          evidence: "{}",
          fresh: true,
          confirm: true,
          rotatedKeys: "registry",
          rotatedAt: "",
        },
        History: {
          entryParts: 1,
          entry0:
            '{"at":1,"reconcileId":"r","phase":"ended","requests":[],"requestCount":0,"planned":[],"done":[],"durationMs":1}',
        },
        Index: { workspaceId: "w" },
        Sweeps: { recordParts: 1, record0: JSON.stringify(sweepRecord()) },
      };
      const rows = fc.record({
        Inbox: columns(sound.Inbox),
        History: columns(sound.History),
        Index: columns(sound.Index),
        Sweeps: columns(sound.Sweeps),
      });
      await check(
        fc.asyncProperty(rows, async (any) => {
          const { storage } = setting();
          const workspace = someWorkspace();
          const hash = workspaceHash(workspace);
          const subscriptionId = randomUUID();
          const startedAt = Date.UTC(2300, 0, 1);
          const keys = {
            Inbox: { partitionKey: hash, rowKey: "id" },
            History: { partitionKey: hash, rowKey: `${newestFirst(startedAt)}-0-r` },
            Index: { partitionKey: `registry-${subscriptionId}`, rowKey: "a" },
            Sweeps: { partitionKey: "sweep", rowKey: `${newestFirst(startedAt)}-x` },
          };
          const names = ["Inbox", "History", "Index", "Sweeps"] as const;
          const stored = (): Promise<object[]> =>
            Promise.all(
              names.map((name) => tableClient(setting(), name).getEntity(keys[name].partitionKey, keys[name].rowKey)),
            );
          for (const name of names) await insert(name, { ...any[name], ...keys[name] });
          const before = await stored();

          for (const { id, acceptedAt } of await openInbox(storage).list(workspace))
            expect([id, typeof acceptedAt, Number.isNaN(acceptedAt)]).toEqual(["id", "number", false]);
          expect((await openHistory(storage, new FakeTime()).list(workspace, 5)).length).toBeLessThanOrEqual(1);
          const { workspaceIds } = await openWorkspaceIndex(storage).page("registry", { subscriptionId }, undefined);
          for (const id of workspaceIds) expect(typeof id).toBe("string");
          const sweeps = openSweeps(storage, new FakeTime());
          await Promise.all([sweeps.latest(), sweeps.latestFinished(), sweeps.list(3), sweeps.get("x", startedAt)]);
          expect(await stored()).toEqual(before);
          await tableClient(setting(), "Sweeps").deleteEntity(keys.Sweeps.partitionKey, keys.Sweeps.rowKey);
        }),
      );
    });

    it("of a memory with anything in one of its fields are read as they are, or refused", async () => {
      const workspace = someWorkspace();
      const { partitionKey, rowKey } = stateKey(workspace);
      const table = tableClient(setting(), "Workspaces");
      const memory = fullMemory(someMemory(workspace));
      const path = fc.constantFrom(...pathsOf(memory));
      await check(
        fc.asyncProperty(path, fc.jsonValue(), async (path, value) => {
          const changed = withValue(memory, path, value);
          await insert("Workspaces", { ...soundState(workspace, changed), partitionKey, rowKey });
          const loaded = await readOrRefused(startProcess(setting().storage, new FakeTime()).memory.load(workspace));
          if (loaded !== "refused") expect(loaded).toEqual(JSON.parse(JSON.stringify(changed)));
          await table.deleteEntity(partitionKey, rowKey);
        }),
      );
    });
  });
}

/** Every place of a value, from the outside in. */
function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, part]) => pathsOf(part).map((path) => [name, ...path]))];
}

function withValue(whole: unknown, [name, ...rest]: readonly string[], value: unknown): Memory {
  if (name === undefined) return value as Memory;
  const copy = structuredClone(whole) as Record<string, unknown>;
  copy[name] = withValue(copy[name], rest, value);
  return copy as unknown as Memory;
}
