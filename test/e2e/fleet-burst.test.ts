/** A whole fleet at once: five hundred workspaces, an event for each, two processes that share the work. */
import { beforeAll, expect, it } from "vitest";
import { startHost, type Host } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { deliverUntilTaken, looksAt, principalOf, stoppedAtTheEnd, useStack } from "./app.ts";
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

/**
 * Each batch goes to one of the processes, as the load balancer of a function app has it.
 * @returns the workspaces of those batches that were delivered more than once
 */
async function deliverAll(): Promise<ReadonlySet<string>> {
  const again = new Set<string>();
  const batches = Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, index) =>
    ids.slice(index * batchSize, (index + 1) * batchSize),
  );
  await Promise.all(
    batches.map(async (batch, index) => {
      const host = index % 2 === 0 ? stack.host : (hosts[1] ?? stack.host);
      const events = batch.map((id) => eventOf(id));
      if ((await deliverUntilTaken(host, events)) > 1) for (const id of batch) again.add(id);
    }),
  );
  return again;
}

// A busy machine may take several times as long as an idle one.
const patienceMs = 300_000;

it(
  "an event for each of five hundred workspaces leads to one look at each, and both processes take part",
  async () => {
    const again = await deliverAll();
    await until(
      "every event to be covered",
      async () => {
        const waiting = await rowsOf(stack.azurite, "Inbox");
        return !waiting.some(({ cause }) => cause === "event");
      },
      { seconds: patienceMs / 1_000 },
    );
    await until("the messages to be gone", async () => (await queueLength(stack.azurite)) === 0);

    const looks = ids.map((id) => hosts.map((host) => looksAt(host, id)));
    const unlooked = ids.filter((_, index) => looks[index]?.every((count) => count === 0));
    const lookedAgain = ids.filter((_, index) => (looks[index] ?? []).reduce((sum, count) => sum + count, 0) > 1);
    expect(unlooked).toEqual([]);
    // What was looked at before its event came again is looked at again.
    expect(lookedAgain.filter((id) => !again.has(id))).toEqual([]);
    const shares = hosts.map((_, index) => looks.reduce((sum, each) => sum + (each[index] ?? 0), 0));
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(stack.azure.summary().writes).toBe(0);
    expect(await queueLength(stack.azurite, "requests-poison")).toBe(0);
  },
  patienceMs,
);
