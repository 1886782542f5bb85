import { describe, expect, it } from "vitest";
import type { WorkspaceId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { HistoryEntry } from "../../src/core/ports.ts";
import type { Storage } from "../../src/storage/connection.ts";
import { forgetGone } from "../../src/storage/forget-gone.ts";
import { openHistory } from "../../src/storage/history.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { stateKey, workspaceHash } from "../../src/storage/keys.ts";
import type { Table } from "../../src/storage/table.ts";
import { FakeTime } from "./fake-time.ts";
import { acquired, all, type Setting, someMemory, someWorkspace, startProcess, tableClient } from "./setting.ts";

const dayMs = 24 * 3_600_000;

export function forgetGoneSuite(setting: () => Setting): void {
  let year = 2020;
  /** Each test in an earlier year than the one before, where the rows that this one left are still young. */
  const start = (): { now: number; ago: (days: number) => number; forget: (atMost?: number) => Promise<number> } => {
    const now = Date.UTC((year -= 1), 6, 1);
    const forget = (atMost?: number): Promise<number> => forgetAt(setting().storage, now, atMost);
    return { now, ago: (days) => now - days * dayMs, forget };
  };
  const forgetAt = (storage: Storage, now: number, atMost?: number): Promise<number> =>
    forgetGone(storage, { now: () => now }, { olderThanDays: 90, ...(atMost === undefined ? {} : { atMost }) });

  /** A workspace with a history and a request as old as its last look. */
  const remembered = async (startedAt: number, more: Partial<Memory> = {}): Promise<WorkspaceId> => {
    const { storage } = setting();
    const workspace = someWorkspace();
    const process = startProcess(storage, new FakeTime());
    const lease = await acquired(process, workspace);
    await process.memory.save(workspace, someMemory(workspace, { outcome: { kind: "gone" }, startedAt, ...more }));
    await lease.release();
    await openHistory(storage, new FakeTime()).append(workspace, entry(startedAt));
    await openInbox(storage).put(workspace, { id: "left over", cause: "event", acceptedAt: startedAt });
    return workspace;
  };

  /** How many rows there are of a workspace in the tables of state, history and requests. */
  const rowsOf = async (workspace: WorkspaceId): Promise<readonly number[]> => {
    const { rowKey } = stateKey(workspace);
    const count = async (name: "Workspaces" | "History" | "Inbox", filter: string): Promise<number> =>
      (await all(tableClient(setting(), name).listEntities({ queryOptions: { filter } }))).length;
    return Promise.all([
      count("Workspaces", `RowKey eq '${rowKey}'`),
      count("History", `PartitionKey eq '${rowKey}'`),
      count("Inbox", `PartitionKey eq '${rowKey}'`),
    ]);
  };
  const [forgotten, untouched] = [
    [0, 0, 0],
    [1, 1, 1],
  ];

  describe("forgetting workspaces that are gone", () => {
    it("deletes all there is of one that was last looked at more than 90 days ago, and nothing of another", async () => {
      const { ago, forget } = start();
      const old = await remembered(ago(91));
      const young = await remembered(ago(89));
      const there = await remembered(ago(400), { outcome: { kind: "compliant" } });
      const never = await remembered(ago(400), { outcome: undefined as never });
      expect(await forget()).toBe(1);
      expect(await rowsOf(old)).toEqual(forgotten);
      for (const workspace of [young, there, never]) expect(await rowsOf(workspace)).toEqual(untouched);
      expect(await forget()).toBe(0);
    });

    it("works on so many at a time, and goes on with the next call", async () => {
      const { ago, forget } = start();
      for (const days of [91, 92, 93, 94, 95]) await remembered(ago(days));
      expect(await forget(2)).toBe(2);
      expect(await forget(2)).toBe(2);
      expect(await forget(2)).toBe(1);
      expect(await forget(2)).toBe(0);
    });

    it("leaves one alone that somebody is at work on", async () => {
      const { ago, forget } = start();
      const workspace = await remembered(ago(91));
      await acquired(startProcess(setting().storage, new FakeTime()), workspace);
      expect(await forget()).toBe(0);
      expect(await rowsOf(workspace)).toEqual(untouched);
    });

    it("keeps the state of one that comes back while it is being forgotten", async () => {
      const { now, ago } = start();
      const workspace = await remembered(ago(91));
      const { storage } = setting();
      const inbox = storage.table("Inbox");
      let isBack = false;
      const comesBack = async function* (...asked: Parameters<Table["rows"]>): ReturnType<Table["rows"]> {
        if (!isBack) {
          isBack = true;
          const process = startProcess(storage, new FakeTime());
          const lease = await acquired(process, workspace);
          await process.memory.save(
            workspace,
            someMemory(workspace, { outcome: { kind: "compliant" }, startedAt: now }),
          );
          await lease.release();
        }
        yield* inbox.rows(...asked);
      };
      const watched = { rows: comesBack, delete: inbox.delete.bind(inbox) } as Partial<Table> as Table;
      const table: Storage["table"] = (name) => (name === "Inbox" ? watched : storage.table(name));
      expect(await forgetAt({ ...storage, table }, now)).toBe(0);
      expect(isBack).toBe(true);
      expect(await startProcess(storage, new FakeTime()).memory.load(workspace)).toMatchObject({
        outcome: { kind: "compliant" },
      });
    });

    it("keeps what is younger, and the state with it", async () => {
      const { ago, forget } = start();
      const [asked, told] = [await remembered(ago(91)), await remembered(ago(91))];
      await openInbox(setting().storage).put(asked, { id: "now", cause: "event", acceptedAt: ago(0) });
      await openHistory(setting().storage, new FakeTime()).append(told, entry(ago(89)));
      expect(await forget()).toBe(0);
      expect(await rowsOf(asked)).toEqual([1, 0, 1]);
      expect(await rowsOf(told)).toEqual([1, 1, 0]);
    });

    it("leaves rows alone that it cannot read", async () => {
      const { ago, forget } = start();
      const [newer, strange] = [await remembered(ago(91)), await remembered(ago(91))];
      await tableClient(setting(), "Workspaces").updateEntity({ ...stateKey(newer), schemaVersion: 2 }, "Merge");
      const row = { partitionKey: workspaceHash(strange), rowKey: "strange", requestId: 7 };
      await tableClient(setting(), "Inbox").createEntity(row);
      expect(await forget()).toBe(0);
      expect(await rowsOf(newer)).toEqual(untouched);
      expect(await rowsOf(strange)).toEqual([1, 0, 1]);
    });

    it("goes by the time of the row where it is not said when the workspace was looked at", async () => {
      const workspace = await remembered(Date.now());
      await tableClient(setting(), "Workspaces").updateEntity({ ...stateKey(workspace), lookedAt: 5 }, "Merge");
      await forgetAt(setting().storage, Date.now() + 89 * dayMs);
      expect(await rowsOf(workspace)).toEqual(untouched);
      await forgetAt(setting().storage, Date.now() + 91 * dayMs);
      expect(await rowsOf(workspace)).toEqual(forgotten);
    });
  });
}

function entry(at: number): HistoryEntry {
  return { at, reconcileId: "r", phase: "ended", requests: [], planned: [], done: [], durationMs: 5 };
}
