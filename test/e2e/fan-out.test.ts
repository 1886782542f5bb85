import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../local/until.ts";
import { deliver, principalOf, remediate, settled, stateOf, useStack, wholeRemediation, writesFor } from "./app.ts";
import {
  enforcing,
  eventOf,
  groupId,
  platform,
  registryId,
  registryIdOf,
  storageId,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { rejectedSince, rowsOf, sweep } from "./stores.ts";

const began = new Date();
const acr = "Microsoft.ContainerRegistry/registries";
const ml = "Microsoft.MachineLearningServices/workspaces";
const late = registryIdOf("builtlate");
const apart = `${groupId("ml-apart")}/providers/${acr}/apart`;
const apartStorage = storageId.replace("contosodata", "apartdata");
const [one, two, grouped, subscribed, alone, unbuilt, optedOut] = [
  "one",
  "two",
  "grouped",
  "subscribed",
  "alone",
  "unbuilt",
  "opted-out",
].map((name) => workspaceIdOf(name)) as [string, string, string, string, string, string, string];
/** All that are attached to the registry of everybody, and whose data is in its storage account. */
const together = [one, two, grouped, subscribed];
const ofGroup = "aaaa0000-0000-4000-8000-000000000001";
const ofSubscription = "aaaa0000-0000-4000-8000-000000000002";

const attached = (name: string, principalId: string) => {
  return { ...workspace(name, { attached: true }), identity: { type: "SystemAssigned", principalId } };
};
const far = workspace("alone", { attached: apart, location: "francecentral" });

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform.filter(({ id }) => id !== registryId),
        { id: registryId, properties: { adminUserEnabled: true } },
        { id: apart },
        { id: apartStorage },
        workspace("one"),
        workspace("two", { attached: true }),
        attached("grouped", ofGroup),
        attached("subscribed", ofSubscription),
        { ...far, properties: { ...far.properties, storageAccount: apartStorage } },
        workspace("unbuilt", { location: "northeurope" }),
        workspace("opted-out", { tags: { "acr-remediation": "skip" } }),
      ],
      roleAssignments: [
        { scope: groupId("ml-platform"), role: "AcrPull", principalId: ofGroup },
        { scope: `/subscriptions/${subscriptionId}`, role: "AcrPull", principalId: ofSubscription },
      ],
    },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_REGISTRY_RULES: JSON.stringify([
      { location: "northeurope", registryIds: [late] },
      { location: "francecentral", registryIds: [apart] },
    ]),
  },
});

beforeAll(async () => {
  await sweep(stack.host, stack.azurite);
  for (const id of [...together, alone]) expect((await settled(stack.host, id)).outcome).toBe("remediated");
  expect(await settled(stack.host, unbuilt)).toMatchObject({ outcome: "blocked", reason: "RegistryNotFound" });
  expect((await settled(stack.host, optedOut)).outcome).toBe("exempt");
  await stack.azure.idle();
});

/** An event about anything, as somebody else made it happen just now. */
function eventAbout(operationName: string, resourceUri: string, by: string = randomUUID()) {
  const verb = operationName.split("/").at(-1) ?? "";
  const { data, ...event } = eventOf(resourceUri);
  return {
    ...event,
    eventType: `Microsoft.Resources.Resource${verb.charAt(0).toUpperCase()}${verb.slice(1)}Success`,
    eventTime: new Date().toISOString(),
    data: {
      ...data,
      operationName,
      claims: { "http://schemas.microsoft.com/identity/claims/objectidentifier": by },
    },
  };
}

/** What was told in the log from here on, of messages that fan out: for how many workspaces they asked. */
function asked(from: number): number[] {
  return stack.host
    .logs()
    .slice(from)
    .flatMap(({ message }) => /: (\d+) looks asked for/.exec(message)?.slice(1, 2) ?? [])
    .map(Number);
}

/** Resolves when no request of an event waits to be covered. */
async function covered(): Promise<void> {
  await stack.azure.idle();
  await until("every event to be covered", async () => {
    if (fansWaiting() > 0) return false;
    return !(await rowsOf(stack.azurite, "Inbox")).some(({ cause }) => cause === "event");
  });
}

/** How many events that fan out were taken, and how many of these messages have not been worked on. */
function fansWaiting(): number {
  const taken = stack.host.logs().filter(({ message }) => message.includes("asks for a look at every workspace"));
  return taken.length - asked(0).length;
}

const syncs = (id: string): number => writesFor(stack.azure, id).filter((write) => write === "POST resyncKeys").length;
const grants = (id: string): number =>
  writesFor(stack.azure, id).filter((write) => write.startsWith("PUT role")).length;

describe("a role assignment that is deleted is made good without a sweep, by looks at those concerned only,", () => {
  it.each([
    ["at the registry", registryId, () => principalOf(stack.azure, two), two, 4],
    ["at its resource group", groupId("ml-platform"), () => ofGroup, grouped, 5],
    ["at its subscription", `/subscriptions/${subscriptionId}`, () => ofSubscription, subscribed, 6],
  ])("%s", async (_where, scope, principalId, id, concerned) => {
    const from = stack.host.logs().length;
    const before = [...together, alone].map(grants);
    expect(stack.azure.world.revoke({ scope, principalId: principalId() })).toBe(1);
    await covered();
    await until(`${id} to be put right`, () => grants(id) > (before[together.indexOf(id)] ?? 0));
    expect(asked(from)).toEqual([concerned]);
    expect([...together, alone].map(grants)).toEqual(before.map((count, at) => count + Number(together[at] === id)));
    const held = stack.azure.world.roles.assignments().filter((assignment) => assignment.principalId === principalId());
    expect(held.map((assignment) => assignment.scope)).toEqual([registryId]);
  });
});

describe("keys that are rotated are synced once by each workspace that has copies of them,", () => {
  const all = [...together, alone, unbuilt];
  /** What each of `all` synced since. */
  const since = (before: readonly number[]): number[] => all.map((id, at) => syncs(id) - (before[at] ?? 0));

  it("those of a storage account, and not again when its event comes twice or somebody looks", async () => {
    const before = all.map(syncs);
    const event = eventAbout("Microsoft.Storage/storageAccounts/regenerateKey/action", storageId);
    expect((await deliver(stack.host, [event])).status).toBe(202);
    await covered();
    expect(since(before)).toEqual([1, 1, 1, 1, 0, 0]);
    expect((await deliver(stack.host, [event])).status).toBe(202);
    await covered();
    expect((await remediate(stack.host, one)).status).toBe(200);
    expect(since(before)).toEqual([1, 1, 1, 1, 0, 0]);
  });

  it("those of a storage account that really were", async () => {
    const before = all.map(syncs);
    stack.azure.world.rotateStorageKey(storageId);
    expect(stack.azure.world.keysInSync(two)).toBe(false);
    await covered();
    expect(since(before)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(together.map((id) => stack.azure.world.keysInSync(id))).toEqual([true, true, true, true]);
  });

  it("those of a registry with an admin user", async () => {
    const before = all.map(syncs);
    stack.azure.world.regenerateCredential(registryId);
    await covered();
    expect(since(before)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(together.map((id) => stack.azure.world.keysInSync(id))).toEqual([true, true, true, true]);
  });

  it("and none of a registry without one, though its workspaces are looked at", async () => {
    const [before, from] = [all.map(syncs), stack.host.logs().length];
    const event = eventAbout(`${acr}/regenerateCredential/action`, apart);
    expect((await deliver(stack.host, [event])).status).toBe(202);
    await covered();
    expect(asked(from)).toEqual([1]);
    expect(since(before)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

it("a workspace that is blocked for want of its registry is put right once that is built", async () => {
  stack.azure.world.put({ id: late });
  await until(
    "the workspace to be put right",
    async () => (await stateOf(stack.host, unbuilt))?.outcome === "remediated",
  );
  expect(writesFor(stack.azure, unbuilt)).toEqual(wholeRemediation);
});

it("a registry that is deleted blocks those that are attached to it, and nobody else", async () => {
  const from = stack.host.logs().length;
  stack.azure.world.delete(apart);
  await until(
    "the workspace to be blocked",
    async () => (await stateOf(stack.host, alone))?.reason === "RegistryNotFound",
  );
  expect(asked(from)).toEqual([1]);
});

it.each([
  `${ml}/computes/write`,
  `${ml}/computes/delete`,
  `${ml}/onlineEndpoints/write`,
  `${ml}/onlineEndpoints/delete`,
])("a %s leads to the workspace that it happened in", async (operation) => {
  const name = `around-${operation.split("/").slice(-2).join("-").toLowerCase()}`;
  const id = workspaceIdOf(name);
  stack.azure.world.put(workspace(name), { event: false });
  const child = `${id}/${operation.split("/").at(-2) ?? ""}/child`;
  expect((await deliver(stack.host, [eventAbout(operation, child)])).status).toBe(202);
  expect((await settled(stack.host, id)).outcome).toBe("remediated");
  const requests = (await stateOf(stack.host, id))?.history.flatMap((entry) => entry.requests) ?? [];
  expect(requests.map(({ evidence }) => evidence?.["operation"])).toContain(operation);
});

it("a tag that is taken away over the Tags API leads to its workspace", async () => {
  stack.azure.world.patch(optedOut, { tags: { "acr-remediation": "manage" } }, { event: false });
  const tags = `${optedOut}/providers/Microsoft.Resources/tags/default`;
  expect((await deliver(stack.host, [eventAbout("Microsoft.Resources/tags/write", tags)])).status).toBe(202);
  await until(
    "the workspace to be put right",
    async () => (await stateOf(stack.host, optedOut))?.outcome === "remediated",
  );
});

it("what the app itself did is not looked at, and what is about nothing of ours is not kept", async () => {
  const from = stack.host.logs().length;
  const { principalId } = stack.azure.world.self;
  const events = [
    eventAbout(`${acr}/write`, registryId, principalId),
    eventAbout(`${ml}/write`, one, principalId.toUpperCase()),
    eventAbout("Microsoft.Resources/tags/write", `${storageId}/providers/Microsoft.Resources/tags/default`),
    eventAbout(
      "Microsoft.Authorization/roleAssignments/delete",
      `${one}/providers/Microsoft.Authorization/roleAssignments/1`,
    ),
    eventAbout(`${acr}/write`, registryIdOf("nobodys")),
  ];
  expect((await deliver(stack.host, events)).status).toBe(202);
  await covered();
  expect(asked(from)).toEqual([0]);
  expect(
    stack.host
      .logs()
      .slice(from)
      .filter(({ message }) => message.includes("tells of our own doing")),
  ).toHaveLength(2);
  const requested = (await rowsOf(stack.azurite, "History")).map((row) => JSON.stringify(row));
  for (const { id } of events) expect(requested.filter((row) => row.includes(id))).toEqual([]);
  expect(await rejectedSince(stack.azurite, began)).toEqual([]);
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
