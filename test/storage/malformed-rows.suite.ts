import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { TableName } from "../../src/storage/connection.ts";
import { openFleet } from "../../src/storage/fleet.ts";
import { forgetGone } from "../../src/storage/forget-gone.ts";
import { openHistory } from "../../src/storage/history.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { newestFirst, stateKey, workspaceHash } from "../../src/storage/keys.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { trim } from "../../src/storage/trim.ts";
import { sweepRecord } from "./sweep-records.ts";
import { openWorkspaceIndex } from "../../src/storage/workspace-index.ts";
import { FakeTime } from "./fake-time.ts";
import {
  malformedIndexRows,
  malformedJsonRows,
  malformedMemories,
  malformedRequests,
  malformedStates,
  type RawColumns,
  requestKey,
  soundState,
  strangeRequests,
} from "./malformed-rows.ts";
import { acquired, all, type Setting, someMemory, someWorkspace, startProcess, tableClient } from "./setting.ts";

const unreadable = { name: "UnreadableRowError" };
const yearMs = 365 * 24 * 3_600_000;

export function malformedRowsSuite(setting: () => Setting): void {
  interface Stored {
    /** The row as the service has it, its ETag included. */
    now(): Promise<object>;
  }
  const store = async (name: TableName, partitionKey: string, rowKey: string, columns: RawColumns): Promise<Stored> => {
    const client = tableClient(setting(), name);
    const present = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
    await client.createEntity({ ...present, partitionKey, rowKey });
    return { now: () => client.getEntity(partitionKey, rowKey) };
  };

  describe("a state row", () => {
    it.each(malformedStates)("%s is refused by whoever reads it, and never written", async (_what, columns) => {
      const workspace = someWorkspace();
      const { partitionKey, rowKey } = stateKey(workspace);
      const row = await store("Workspaces", partitionKey, rowKey, {
        ...soundState(workspace),
        ...columns,
        outcome: "gone",
      });
      const before = await row.now();
      const process = startProcess(setting().storage, new FakeTime());
      await expect(process.memory.load(workspace)).rejects.toMatchObject(unreadable);
      await expect(process.leases.acquire(workspace)).rejects.toMatchObject(unreadable);
      await expect(process.memory.save(workspace, someMemory(workspace))).rejects.toThrow(/without a lease/);
      await forgetGone(setting().storage, { now: () => Date.now() + yearMs }, { olderThanDays: 90 });
      expect(await row.now()).toEqual(before);
    });

    it.each(malformedMemories)(
      "with a memory %s is refused, and what it holds is left as it is",
      async (_what, columns) => {
        const workspace = someWorkspace();
        const { partitionKey, rowKey } = stateKey(workspace);
        const row = await store("Workspaces", partitionKey, rowKey, { ...soundState(workspace), ...columns });
        const before = await row.now();
        const process = startProcess(setting().storage, new FakeTime());
        const error: unknown = await process.memory.load(workspace).catch((caught: unknown) => caught);
        expect(error).toMatchObject(unreadable);
        expect((error as Error).message.length).toBeLessThan(2100);
        expect(await row.now()).toEqual(before);
        await (await acquired(process, workspace)).release();
        const changed = ["etag", "timestamp", "leaseOwner", "leaseUntil"];
        const rest = (from: object): object =>
          Object.fromEntries(Object.entries(from).filter(([name]) => !changed.includes(name)));
        expect(rest(await row.now())).toEqual(rest(before));
      },
    );

    it("without an id does not hide the others of its subscription", async () => {
      const workspace = someWorkspace();
      const { partitionKey } = stateKey(workspace);
      for (const [index, workspaceId] of [undefined, 7, new Date(0), someMemory(workspace).workspaceId].entries())
        await store("Workspaces", partitionKey, `row${index}`, { ...soundState(workspace), workspaceId });
      expect(await all(openFleet(setting().storage).of(partitionKey))).toMatchObject([
        { workspaceId: someMemory(workspace).workspaceId },
      ]);
    });
  });

  describe("an inbox row", () => {
    it.each(malformedRequests)("%s is neither listed nor touched", async (_what, columns) => {
      const workspace = someWorkspace();
      const inbox = openInbox(setting().storage);
      const row = await store("Inbox", workspaceHash(workspace), "id", columns);
      const before = await row.now();
      const request = { id: "other", cause: "event", acceptedAt: 1 } as const;
      await inbox.put(workspace, request);
      expect(await inbox.list(workspace)).toEqual([request]);
      await inbox.remove(workspace, ["other"]);
      await inbox.put(workspace, { ...request, id: "id" }); // whoever wrote it was first
      expect(await row.now()).toEqual(before);
    });

    it.each(strangeRequests)("of which nothing can be read %s still is a request", async (_what, columns) => {
      const workspace = someWorkspace();
      const inbox = openInbox(setting().storage);
      const { rowKey, requestId } = requestKey("what/ever");
      await store("Inbox", workspaceHash(workspace), rowKey, { ...columns, requestId });
      const [request] = await inbox.list(workspace);
      expect(request).toEqual({ ...request, id: "what/ever", cause: "event" });
      expect(Math.abs((request?.acceptedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(
        Object.keys(request ?? {}).filter((name) => !["id", "cause", "acceptedAt", "evidence"].includes(name)),
      ).toEqual([]);
      await inbox.remove(workspace, ["what/ever"]);
      expect(await inbox.list(workspace)).toEqual([]);
    });
  });

  it.each(malformedIndexRows)("an index row %s costs the others nothing", async (_what, columns) => {
    const subscriptionId = randomUUID();
    const row = await store("Index", `registry-${subscriptionId}`, "a", columns);
    await store("Index", `registry-${subscriptionId}`, "b", { workspaceId: "w" });
    const before = await row.now();
    const index = openWorkspaceIndex(setting().storage, { pageSize: 1 });
    expect(await index.page("registry", { subscriptionId }, undefined)).toEqual({ workspaceIds: [], after: "a" });
    expect(await index.page("registry", { subscriptionId }, "a")).toEqual({ workspaceIds: ["w"], after: "b" });
    expect(await row.now()).toEqual(before);
  });

  it.each(malformedJsonRows("entry"))("a history row %s is passed over", async (_what, columns) => {
    const workspace = someWorkspace();
    const time = new FakeTime();
    const row = await store("History", workspaceHash(workspace), `${newestFirst(time.now())}-0-x`, columns);
    const before = await row.now();
    const history = openHistory(setting().storage, time);
    expect(await history.list(workspace, 10)).toEqual([]);
    await trim(setting().storage.table("History"), workspaceHash(workspace), 1, 0);
    expect(await row.now()).toEqual(before);
  });

  it.each(malformedJsonRows("record"))("a sweep row %s is passed over", async (_what, columns) => {
    const startedAt = Date.UTC(2200, 0, 1); // newer than any sweep of another test
    const rowKey = `${newestFirst(startedAt)}-x`;
    const earlier = sweepRecord({ id: "x", startedAt: startedAt - 1, finishedAt: startedAt });
    const row = await store("Sweeps", "sweep", rowKey, columns);
    const before = await row.now();
    const sweeps = openSweeps(setting().storage, new FakeTime());
    expect(await sweeps.get("x", startedAt)).toBeUndefined();
    expect((await sweeps.list(10)).some((record) => record.startedAt === startedAt)).toBe(false);
    await sweeps.save(earlier);
    expect(await sweeps.latest()).toEqual(earlier);
    expect(await sweeps.latestFinished()).toEqual(earlier);
    expect(await row.now()).toEqual(before);
    await tableClient(setting(), "Sweeps").deleteEntity("sweep", rowKey);
  });
}
