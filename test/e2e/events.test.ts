import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../local/until.ts";
import {
  deliver,
  lookedAgain,
  looksAt,
  principalOf,
  settled,
  stateOf,
  useStack,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import {
  cloudEventOf,
  deleteOperation,
  enforcing,
  eventOf,
  otherSubscriptionId,
  platform,
  registryId,
  subscriptionId,
  workspace,
  workspaceIdOf,
  writeOperation,
} from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { rejectedSince, rowsOf } from "./stores.ts";

const began = new Date();
/** How far the clock of the stand-in for Azure is ahead, in milliseconds. */
let ahead = 0;
const hour = 3_600_000;

/** Of one subscription events come in the Event Grid schema, of the other as CloudEvents; each comes twice. */
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }, { subscriptionId: otherSubscriptionId }],
      resources: platform,
    },
    now: () => Date.now() + ahead,
    settings: { deliveryFaults: { duplicates: 1 } },
  },
  settings: { ...enforcing, REMEDIATOR_SUBSCRIPTIONS: `${subscriptionId},${otherSubscriptionId}` },
  events: "none",
});

beforeAll(async () => {
  const endpoint = stack.host.eventGridUrl("events");
  const operations = [writeOperation, deleteOperation];
  await stack.azure.subscribe({ name: "eg", schema: "EventGridSchema", subscriptionId, endpoint, operations });
  await stack.azure.subscribe({
    name: "ce",
    schema: "CloudEventSchemaV1_0",
    subscriptionId: otherSubscriptionId,
    endpoint,
    operations,
  });
});

describe.each([
  { schema: "the Event Grid schema", subscription: subscriptionId },
  { schema: "CloudEvents", subscription: otherSubscriptionId },
])("a workspace that is created, told in $schema", ({ subscription }) => {
  const id = workspaceIdOf("late-identity", subscription);

  it("is waited for until its identity is there, and then put right with one write of each kind", async () => {
    stack.azure.settings.identityDelaySeconds = 3600;
    stack.azure.world.put(workspace("late-identity", { subscription }));
    await until("the app to wait", async () => (await stateOf(stack.host, id))?.reason === "IdentityNotReady");
    ahead += hour;

    const { outcome, history, conditions } = await settled(stack.host, id);
    expect(outcome).toBe("remediated");
    const ends = history.flatMap(({ outcome: end }) => (end === undefined ? [] : [`${end.kind} ${end.reason ?? ""}`]));
    expect(ends.reverse()).toEqual(["waiting IdentityNotReady", "remediated "]);
    expect(conditions.map(({ type, status }) => [type, status])).toEqual([
      ["RegistryAttached", "True"],
      ["PullGranted", "True"],
      ["KeysSynced", "True"],
    ]);
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    expect(stack.azure.world.get(id)?.properties["containerRegistry"]).toBe(registryId);
    expect(stack.azure.world.keysInSync(id)).toBe(true);
    const held = stack.azure.world.roles
      .assignments()
      .filter((one) => one.principalId === principalOf(stack.azure, id));
    expect(held.map(({ scope }) => scope)).toEqual([registryId]);
  });

  it("keeps in its history the event that led to it, and who caused it", async () => {
    const requests = (await stateOf(stack.host, id))?.history.flatMap((entry) => entry.requests) ?? [];
    const told = requests.find(({ cause }) => cause === "event");
    const actor = "0be4a704-0000-4000-8000-000000000002 (0be4a704-0000-4000-8000-000000000001)";
    expect(told?.evidence).toMatchObject({ operation: writeOperation, actor });
  });

  it("is not looked at because of the app's own writes", async () => {
    await stack.azure.idle();
    const own = stack.host.logs().filter(({ message }) => message.includes("tells of our own"));
    expect(own.length).toBeGreaterThan(0);
    const requests = (await stateOf(stack.host, id))?.history.flatMap((entry) => entry.requests) ?? [];
    const actors = requests.flatMap(({ evidence }) => evidence?.["actor"] ?? []);
    expect(actors.filter((actor) => actor.includes(stack.azure.world.self.principalId))).toEqual([]);
  });

  it("is only looked at, not written to, when it is written to again and is right", async () => {
    const before = looksAt(stack.host, id);
    stack.azure.world.patch(id, { tags: { team: "blue" } });
    await lookedAgain(stack.host, id, before);
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    expect((await stateOf(stack.host, id))?.outcome).toBe("compliant");
  });

  it("is known to be gone once it was deleted, and nothing is written for it", async () => {
    stack.azure.world.delete(id);
    await until("the workspace to be gone", async () => (await stateOf(stack.host, id))?.outcome === "gone");
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
  });
});

it("waits for a workspace whose event came before its provisioning ended", async () => {
  const id = workspaceIdOf("provisioning");
  Object.assign(stack.azure.settings, { identityDelaySeconds: 0, provisioningSeconds: 3600 });
  stack.azure.world.put(workspace("provisioning"), { event: false });
  stack.azure.settings.provisioningSeconds = 0;
  expect((await deliver(stack.host, [eventOf(id)])).status).toBe(202);
  await until("the app to wait", async () => (await stateOf(stack.host, id))?.reason === "WorkspaceProvisioning");
  ahead += hour;

  const { outcome, history } = await settled(stack.host, id);
  expect(outcome).toBe("remediated");
  expect(history.map((entry) => entry.outcome?.reason)).toContain("WorkspaceProvisioning");
  expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
});

it("knows a workspace by any casing of its id", async () => {
  const id = workspaceIdOf("shouted");
  stack.azure.world.put(workspace("shouted"), { event: false });
  expect((await deliver(stack.host, [eventOf(id.toUpperCase()), cloudEventOf(id)])).status).toBe(202);
  expect((await settled(stack.host, id)).outcome).toBe("remediated");
  await until("both events to be covered", async () => {
    const waiting = await rowsOf(stack.azurite, "Inbox");
    return !waiting.some(({ cause }) => cause === "event");
  });
  expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
  const rows = await rowsOf(stack.azurite, "Workspaces");
  expect(rows.filter(({ workspaceId }) => String(workspaceId).toLowerCase() === id.toLowerCase())).toHaveLength(1);
});

it("takes events whatever their ids hold", async () => {
  const id = workspaceIdOf("odd-event-ids");
  stack.azure.world.put(workspace("odd-event-ids"), { event: false });
  const odd = ["a/b\\c#d?e%2f%00*", "one\r\ntwo' or ''='", "\u{1F600}\ud83d", "x".repeat(2_000)];
  expect(
    (
      await deliver(
        stack.host,
        odd.map((eventId) => eventOf(id, eventId)),
      )
    ).status,
  ).toBe(202);
  await until("every event to be covered", async () => {
    const waiting = await rowsOf(stack.azurite, "Inbox");
    return !waiting.some(({ cause }) => cause === "event");
  });
  const state = await settled(stack.host, id);
  const heard = state.history.flatMap(({ requests }) => requests.map(({ evidence }) => evidence?.["eventId"]));
  expect(heard).toEqual(expect.arrayContaining(odd.map((eventId) => eventId.slice(0, 1_000))));
  expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
});

it("has rejected nothing of all this", async () => {
  expect(await rejectedSince(stack.azurite, began)).toEqual([]);
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
