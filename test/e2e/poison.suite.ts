import { TableClient } from "@azure/data-tables";
import { expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import type { Azurite } from "../../local/azurite.ts";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { poisonQueueName } from "../../src/storage/queue-names.ts";
import { stateKey } from "../../src/storage/keys.ts";
import type { RejectedRecord } from "../support/rejected-records.ts";
import {
  call,
  deliver,
  looksAt,
  pathOf,
  type Problem,
  remediate,
  settled,
  stateOf,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { eventOf, foreignSubscriptionId, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { queueLength, queueOf, rejectedSince, rowsOf } from "./stores.ts";
import type { StorageProxy } from "../support/storage-proxy.ts";

/** The app with somebody who takes messages, its tables behind a proxy. */
export interface Running {
  readonly azurite: Azurite;
  readonly azure: Azure;
  readonly tables: StorageProxy;
  readonly host: Host;
}

const request = { id: "event-1", cause: "event", acceptedAt: 1_800_000_000_000 };
const scope = { subscriptionId, resourceGroup: "ml-platform", name: "contosoml" };

/** Whatever may be put on the poison queue by hand, and what the sentence that it is kept with says. */
const byHand: readonly (readonly [text: string, names: string])[] = [
  ["no JSON at all", "A message is a JSON object"],
  ["", "A message is a JSON object"],
  ["null", "A message is a JSON object"],
  ["{}", "A message is a JSON object"],
  [`${"[".repeat(1_000)}${"]".repeat(1_000)}`, "A message is a JSON object"],
  [
    JSON.stringify({ workspaceId: registryId, requestId: "1" }),
    "is the id of a Microsoft.ContainerRegistry/registries",
  ],
  [JSON.stringify({ workspaceId: "..", requestId: "1" }), "does not start with '/'"],
  [
    JSON.stringify({ workspaceId: workspaceIdOf("x", foreignSubscriptionId), requestId: "1" }),
    "is not among REMEDIATOR_SUBSCRIPTIONS",
  ],
  [JSON.stringify({ sweep: "overdue" }), "A sweep failed again and again. The next one is due as scheduled."],
  [JSON.stringify({ sweep: 7 }), "sweep: expected a text"],
  [JSON.stringify({ fanOut: { index: "registry", scope }, request }), "It is tried again later."],
  [JSON.stringify({ fanOut: { index: "registry", scope: "all" }, request }), "fanOut.scope: expected an object"],
];

/** What becomes of messages that every attempt fails at. */
export function givenUp(running: () => Running): void {
  const keptSince = async (since: Date): Promise<RejectedRecord[]> =>
    (await rejectedSince(running().azurite, since)).filter(({ reason }) => reason === "RepeatedlyFailed");
  const keptOf = (id: string, since: Date): Promise<RejectedRecord> =>
    until(`a message for ${id} to be given up`, async () =>
      (await keptSince(since)).find(({ message }) => message.startsWith(`${id}: `)),
    );

  it("is kept, its workspace is blocked for somebody to see, and is put right once that can be", async () => {
    const { azure, host, tables } = running();
    const id = workspaceIdOf("unlucky");
    const since = new Date();
    azure.world.put(workspace("unlucky"), { event: false });
    tables.refused = /\/Index\b/;
    try {
      expect((await remediate(host, id, "wait=0")).status).toBe(202);
      const { outcome, message } = await until(`${id} to be blocked`, async () => {
        const state = await stateOf(host, id);
        return state?.reason === "ProcessingFailed" && state;
      });
      expect(outcome).toBe("blocked");
      expect(message).toBe(
        "The app failed again and again at this workspace, so nothing is known of what was done last. The log of the function requests says at what; most likely the app's storage or its settings.",
      );
      const kept = await keptOf(id, since);
      expect(kept).toMatchObject({ source: "message", reason: "RepeatedlyFailed" });
      expect(kept.message).toBe(`${id}: every attempt failed. The log of the function requests says at what.`);
      expect(JSON.parse(kept.body)).toMatchObject({ workspaceId: id });
      const failures = host.logs().filter(({ message }) => message.includes("Executed 'Functions.requests' (Failed"));
      expect(failures.length).toBeGreaterThanOrEqual(2);
      expect(failures[0]?.message).toContain("StorageRefusedError: Azure Storage refused");
    } finally {
      tables.refused = undefined;
    }
    await until(`${id} to be put right`, async () =>
      ["remediated", "compliant"].includes((await stateOf(host, id))?.outcome ?? ""),
    );
    expect(azure.world.keysInSync(id)).toBe(true);
    const writes = writesFor(azure, id).filter((write) => write !== "POST resyncKeys");
    expect(writes).toEqual(wholeRemediation.filter((write) => write !== "POST resyncKeys"));
    const { history } = await settled(host, id);
    expect(history.map(({ outcome }) => outcome?.reason)).toContain("ProcessingFailed");
  });

  it("for the state cannot be read, is kept, the state is left as it is, and a later look goes on with it", async () => {
    const { azurite, azure, host } = running();
    const id = workspaceIdOf("unreadable");
    azure.world.put(workspace("unreadable"), { event: false });
    await remediate(host, id);
    await until(
      `what was done to ${id} to be confirmed`,
      async () => (await stateOf(host, id))?.outcome === "compliant",
    );
    const table = TableClient.fromConnectionString(azurite.connectionString, "Workspaces", {
      allowInsecureConnection: true,
    });
    const { partitionKey, rowKey } = stateKey(parseWorkspaceId(id));
    const { schemaVersion } = await table.getEntity<{ schemaVersion: number }>(partitionKey, rowKey);
    const since = new Date();
    await table.updateEntity({ partitionKey, rowKey, schemaVersion: 99 }, "Merge");

    expect((await deliver(host, [eventOf(id)])).status).toBe(202);
    await keptOf(id, since);
    await until("the log to tell that the state stays as it is", () =>
      host
        .logs()
        .some(({ message }) => message.startsWith(`${id}: its state cannot be read, so it cannot be called blocked`)),
    );
    expect(await table.getEntity(partitionKey, rowKey)).toMatchObject({ schemaVersion: 99 });
    const open = (await rowsOf(azurite, "Inbox")).filter(({ workspaceId }) => workspaceId === id);
    expect(open.map(({ cause }) => cause)).toContain("event");

    const told = await call(host, "GET", pathOf(id));
    expect([told.status, told.body]).toMatchObject([500, { code: "StateUnreadable" }]);
    expect((told.body as Problem).detail).toContain("schema 99; this one knows");

    const looks = looksAt(host, id);
    const writes = writesFor(azure, id);
    await table.updateEntity({ partitionKey, rowKey, schemaVersion }, "Merge");
    await until(`another look at ${id}`, () => looksAt(host, id) > looks);
    expect((await settled(host, id)).outcome).toBe("compliant");
    expect(writesFor(azure, id)).toEqual(writes);
  });

  it("never makes the poison queue's own handler fail, whatever was put there by hand", async () => {
    const { azurite, host } = running();
    const since = new Date();
    const from = host.logs().length;
    for (const [text] of byHand)
      await queueOf(azurite, poisonQueueName).sendMessage(Buffer.from(text, "utf8").toString("base64"));
    await until("the poison queue to be empty", async () => (await queueLength(azurite, poisonQueueName)) === 0);
    const kept = await keptSince(since);
    for (const [text, names] of byHand)
      expect(
        kept.filter(({ body, message }) => message.includes(names) && text.startsWith(body.slice(0, 9))),
        text,
      ).not.toEqual([]);
    const failed = host
      .logs()
      .slice(from)
      .filter(({ message }) => message.includes("Executed 'Functions.poison' (Failed"));
    expect(failed).toEqual([]);
  });
}
