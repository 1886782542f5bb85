/** What a version does with what a newer one stored: this one stands for the older. */
import { beforeEach, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { stateSchemaVersion } from "../../src/storage/state-row.ts";
import { openSweepResults } from "../../src/storage/sweep-results.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { readMessage } from "../../src/functions/queue-message.ts";
import { FakeTime } from "../storage/fake-time.ts";
import { acquired, type Setting, startProcess } from "../storage/setting.ts";
import { readStored, replaceStored, type Stored } from "./stored.ts";
import { at, subscriptionId, workspace, writeStory } from "./story.ts";

const id = formatId(workspace);

export function older(setting: () => Setting): void {
  let stored: Stored;
  /** Changes the rows of a table as a newer version may, and tells what is there then. */
  const newer = async (
    name: keyof Stored["tables"],
    change: (row: Readonly<Record<string, unknown>>) => object,
  ): Promise<Stored> => {
    const rows = stored.tables[name].map((row) => ({ ...row, ...change(row) }));
    await replaceStored(setting(), { ...stored.tables, [name]: rows });
    return readStored(setting());
  };

  beforeEach(async () => {
    await replaceStored(setting(), {});
    await writeStory(setting());
    stored = await readStored(setting());
  });

  it("leaves a state row of a newer schema as it is, keeps its requests, and says which version is needed", async () => {
    const before = await newer("Workspaces", ({ schemaVersion }) =>
      schemaVersion === undefined ? {} : { schemaVersion: stateSchemaVersion + 1, memory0: "in another form" },
    );
    const process = startProcess(setting().storage, new FakeTime());
    const refusal = `The state of "${id}" was written by a newer version of this program (schema ${stateSchemaVersion + 1}; this one knows ${stateSchemaVersion}). It is left as it is: run the newer version.`;
    await expect(process.leases.acquire(workspace)).rejects.toThrow(refusal);
    await expect(process.memory.load(workspace)).rejects.toThrow(refusal);
    expect(await readStored(setting())).toEqual(before);
    expect(await openInbox(setting().storage).list(workspace)).toHaveLength(2);
  });

  it("keeps what a newer version of the same schema remembers besides, also when it remembers something itself", async () => {
    await newer("Workspaces", ({ memory0 }) =>
      typeof memory0 === "string"
        ? { novelty: "a column", memory0: JSON.stringify({ ...(JSON.parse(memory0) as object), novel: [1] }) }
        : {},
    );
    const process = startProcess(setting().storage, new FakeTime());
    const lease = await acquired(process, workspace);
    const memory = await process.memory.load(workspace);
    if (memory === undefined) throw new Error("Nothing was remembered.");
    await process.memory.save(workspace, { ...memory, done: ["something"] });
    await lease.release();
    expect(await process.memory.load(workspace)).toMatchObject({ novel: [1], done: ["something"] });
    const { Workspaces: rows } = (await readStored(setting())).tables;
    expect(rows.filter(({ novelty }) => novelty === "a column")).toHaveLength(1);
  });

  it("takes a request of a newer version for one to look, and does not change it by reading it", async () => {
    const before = await newer("Inbox", () => ({ cause: "prophecy", novelty: true, exempt: '"postponed"' }));
    const requests = await openInbox(setting().storage).list(workspace);
    expect(requests.map(({ cause }) => cause)).toEqual(["event", "event"]);
    expect(requests.map(({ exempt }) => exempt)).toEqual([undefined, undefined]);
    expect(await readStored(setting())).toEqual(before);
  });

  it("reads a newer message that says more, and keeps one of a new kind for a person", () => {
    const policy = { subscriptions: [subscriptionId] };
    const [look] = stored.messages as [object];
    expect(readMessage({ ...look, novelty: true }, policy)).toEqual(readMessage(look, policy));
    expect(readMessage({ audit: { workspaceId: id } }, policy)).toMatchObject({
      kind: "rejected",
      reason: "Unreadable",
    });
  });

  it("keeps what a newer version tells of a sweep besides, and passes over a record in another form", async () => {
    await newer("Sweeps", ({ record0 }) => {
      if (typeof record0 !== "string") return {};
      return {
        record0: JSON.stringify({ ...(JSON.parse(record0) as object), results: undefined, novel: { cost: 1 } }),
      };
    });
    const sweeps = openSweeps(setting().storage, new FakeTime());
    const [record] = await sweeps.list(1);
    if (record === undefined) throw new Error("There is no record.");
    await sweeps.save({ ...record, id: "next", startedAt: at + 1 }); // the newest is left alone
    await sweeps.settleResults(openSweepResults(setting().storage));
    const [, settled] = await sweeps.list(2);
    expect(settled).toMatchObject({ id: record.id, novel: { cost: 1 }, results: { remediated: 1 } });

    const before = await newer("Sweeps", ({ record0 }) => (record0 === undefined ? {} : { record0: '{"in":"parts"}' }));
    expect(await sweeps.list(10)).toEqual([]);
    expect(await readStored(setting())).toEqual(before);
  });
}
