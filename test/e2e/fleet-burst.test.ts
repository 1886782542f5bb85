/** A whole fleet at once: five hundred workspaces, an event for each, two processes that share the work. */
import { beforeAll, expect, it } from "vitest";
import { startHost, type Host } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { deliver, eventually, looksAt, principalOf, stoppedAtTheEnd, useStack } from "./app.ts";
import { enforcing, eventOf, groupId, platform, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { queueLength, rowsOf } from "./stores.ts";

/** As many subscriptions as ARM's limit of reads makes needed: no look is to be sent away for want of room. */
const subscriptions = Array.from({ length: 10 }, (_, index) => `${index}0000000-1111-4111-8111-111111111111`);
const registryOf = (subscription: string): string =>
  `${groupId("platform", subscription)}/providers/Microsoft.ContainerRegistry/registries/images${subscription.slice(0, 1)}`;
const fleet = subscriptions.flatMap((subscription) =>
  Array.from({ length: 50 }, (_, index) => ({
    subscription,
    name: `team-${index}`,
    attached: registryOf(subscription),
  })),
);
const ids = fleet.map(({ name, subscription }) => workspaceIdOf(name, subscription));
const batchSize = 50;

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [subscriptionId, ...subscriptions].map((id) => ({ subscriptionId: id })),
      resources: [
        ...platform,
        ...subscriptions.map((subscription) => ({ id: registryOf(subscription) })),
        ...fleet.map(({ name, ...shape }) => workspace(name, shape)),
      ],
    },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_SUBSCRIPTIONS: subscriptions.join(),
    REMEDIATOR_REGISTRY_RULES: JSON.stringify(
      subscriptions.map((one) => ({ subscriptionId: one, registryIds: [registryOf(one)] })),
    ),
    // Nothing is to be done about any of them, and so nothing is looked at again.
    REMEDIATOR_FIRST_SIGHT: "adopt",
  },
  events: "none",
});
const keep = stoppedAtTheEnd();
let hosts: readonly Host[];

beforeAll(async () => {
  const second = await startHost({ appRoot, env: stack.settings });
  keep({ close: () => second.stop() });
  hosts = [stack.host, second];
  for (const { name, subscription, attached: scope } of fleet) {
    const principalId = principalOf(stack.azure, workspaceIdOf(name, subscription));
    stack.azure.world.grant({ scope, role: "AcrPull", principalId }, { event: false });
  }
});

/** Each batch goes to one of the processes, as the load balancer of a function app has it. */
async function deliverAll(): Promise<readonly number[]> {
  const events = ids.map((id) => eventOf(id));
  const batches = Array.from({ length: Math.ceil(events.length / batchSize) }, (_, index) =>
    events.slice(index * batchSize, (index + 1) * batchSize),
  );
  const answers = await Promise.all(
    batches.map((batch, index) => deliver(index % 2 === 0 ? stack.host : (hosts[1] ?? stack.host), batch)),
  );
  return answers.map(({ status }) => status);
}

it("an event for each of five hundred workspaces leads to one look at each, and both processes take part", async () => {
  expect(new Set(await deliverAll())).toEqual(new Set([202]));
  await eventually(
    "every event to be covered",
    async () => {
      const waiting = await rowsOf(stack.azurite, "Inbox");
      return !waiting.some(({ cause }) => cause === "event");
    },
    80,
  );
  await eventually("the messages to be gone", async () => (await queueLength(stack.azurite)) === 0);

  const looks = ids.map((id) => hosts.map((host) => looksAt(host, id)));
  expect(looks.filter((each) => each.reduce((sum, count) => sum + count, 0) !== 1)).toEqual([]);
  const shares = hosts.map((_, index) => looks.reduce((sum, each) => sum + (each[index] ?? 0), 0));
  expect(Math.min(...shares)).toBeGreaterThan(0);
  expect(stack.azure.summary().writes).toBe(0);
  expect(await queueLength(stack.azurite, "requests-poison")).toBe(0);
});
