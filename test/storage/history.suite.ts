import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import type { WorkspaceId } from "../../src/core/arm-id.ts";
import type { HistoryEntry } from "../../src/core/ports.ts";
import { openHistory, type TableHistory } from "../../src/storage/history.ts";
import { workspaceHash } from "../../src/storage/keys.ts";
import { FakeTime } from "./fake-time.ts";
import { all, type Setting, someWorkspace } from "./setting.ts";

const day = 24 * 3_600_000;

export function historySuite(setting: () => Setting): void {
  const start = (): { history: TableHistory; time: FakeTime; workspace: WorkspaceId } => {
    const time = new FakeTime();
    return { history: openHistory(setting().storage, time), time, workspace: someWorkspace() };
  };

  const storedRows = async (workspace: WorkspaceId): Promise<number> => {
    const { connectionString } = setting();
    const table = TableClient.fromConnectionString(connectionString, "History", { allowInsecureConnection: true });
    const filter = `PartitionKey eq '${workspaceHash(workspace)}'`;
    return (await all(table.listEntities({ queryOptions: { filter } }))).length;
  };

  /** Appends newer and newer entries until one, as one in sixteen does, has deleted others. @returns how many */
  const appendUntilTrimmed = async (history: TableHistory, workspace: WorkspaceId, at: number): Promise<number> => {
    for (let appended = 1; appended <= 200; appended += 1) {
      const before = await storedRows(workspace);
      await history.append(workspace, entry({ at: at + appended, reconcileId: `more${appended}` }));
      if ((await storedRows(workspace)) <= before) return appended;
    }
    throw new Error("No append has deleted anything.");
  };

  describe("history", () => {
    it("tells the newest first, and of one moment the end before the plan", async () => {
      const { history, time, workspace } = start();
      const at = time.now();
      const entries = [
        entry({ at: at - 5, reconcileId: "a" }),
        entry({ at, reconcileId: "b", phase: "planned" }),
        entry({ at, reconcileId: "b", phase: "ended", outcome: { kind: "compliant" }, done: ["attach"] }),
      ];
      for (const each of entries) await history.append(workspace, each);
      expect(await history.list(workspace, 10)).toEqual(
        entries.toReversed().map((each) => ({ ...each, requestCount: 1 })),
      );
      expect((await history.list(workspace, 1)).map(({ phase }) => phase)).toEqual(["ended"]);
      expect(await history.list(someWorkspace(), 10)).toEqual([]);
    });

    it("does not tell the same entry twice", async () => {
      const { history, time, workspace } = start();
      await history.append(workspace, entry({ at: time.now() }));
      await history.append(workspace, entry({ at: time.now() }));
      expect(await history.list(workspace, 10)).toHaveLength(1);
    });

    it("shows at most 200 entries of 90 days, and comes to keep no more", async () => {
      const { history, time, workspace } = start();
      const at = time.now();
      await history.append(workspace, entry({ at: at - 91 * day, reconcileId: "old" }));
      await history.append(workspace, entry({ at: at - 89 * day, reconcileId: "younger" }));
      expect((await history.list(workspace, 500)).map(({ reconcileId }) => reconcileId)).toEqual(["younger"]);

      const append = (index: number): Promise<void> =>
        history.append(workspace, entry({ at: at - index, reconcileId: `r${index}` }));
      await Promise.all(Array.from({ length: 260 }, (_, index) => append(index)));
      const listed = await history.list(workspace, 500);
      expect(listed).toHaveLength(200);
      expect(listed[199]?.reconcileId).toBe("r199");
      expect(await storedRows(workspace)).toBeLessThan(262); // appending has trimmed on its way
      const more = await appendUntilTrimmed(history, workspace, at);
      expect(await storedRows(workspace)).toBe(200);
      expect((await history.list(workspace, 500)).slice(more)).toEqual(listed.slice(0, 200 - more));
    });

    it("deletes what is too old, however little there is", async () => {
      const { history, time, workspace } = start();
      for (const days of [1, 89, 91, 400])
        await history.append(workspace, entry({ at: time.now() - days * day, reconcileId: `${days}` }));
      const more = await appendUntilTrimmed(history, workspace, time.now());
      expect(await storedRows(workspace)).toBe(2 + more);
    });

    it("keeps the first requests of a burst and the number of all, whatever their size", async () => {
      const { history, time, workspace } = start();
      const request = (index: number): HistoryEntry["requests"][number] => {
        return { id: `${index}`.repeat(2000), cause: "event", acceptedAt: index };
      };
      const requests = Array.from({ length: 5000 }, (_, index) => request(index));
      await history.append(workspace, entry({ at: time.now(), requests }));
      const [listed] = await history.list(workspace, 1);
      expect(listed?.requestCount).toBe(5000);
      expect(listed?.requests).toEqual(requests.slice(0, listed?.requests.length));
      expect(listed?.requests.length).toBeGreaterThan(10);
    });

    it("passes over an entry that it cannot read", async () => {
      const { history, time, workspace } = start();
      await history.append(workspace, { ...entry({ at: time.now() }), phase: "dreamt" } as unknown as HistoryEntry);
      await history.append(workspace, entry({ at: time.now() - 1 }));
      expect(await history.list(workspace, 10)).toHaveLength(1);
    });
  });
}

function entry(more: Partial<HistoryEntry>): HistoryEntry {
  const requests = [{ id: "1", cause: "event", acceptedAt: 1 }] as const;
  return { at: 0, reconcileId: "r", phase: "ended", requests, planned: [], done: [], durationMs: 5, ...more };
}
