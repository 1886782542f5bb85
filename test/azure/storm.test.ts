import { expect, onTestFinished, test } from "vitest";

import { parseRegistryId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import { policyOf, Remediator } from "./remediator.ts";
import { readElsewhere, subscriptionId } from "./setting.ts";

const otherSubscription = "22222222-2222-4222-8222-222222222222";

const registryOf = (subscription: string): string =>
  `/subscriptions/${subscription}/resourceGroups/ml/providers/Microsoft.ContainerRegistry/registries/images`;

function fleetOf(subscription: string, size: number): readonly string[] {
  const group = `/subscriptions/${subscription}/resourceGroups/ml`;
  return Array.from(
    { length: size },
    (_, index) => `${group}/providers/Microsoft.MachineLearningServices/workspaces/ws-${String(index)}`,
  );
}

/** Subscriptions with a registry each, whose workspaces lack everything, in an Azure that throttles. */
async function start(fleets: Readonly<Record<string, readonly string[]>>): Promise<Remediator> {
  const subscriptions = Object.keys(fleets);
  const rules = subscriptions.map((one) => ({
    subscriptionId: one,
    registries: [parseRegistryId(registryOf(one))],
  }));
  const registries = subscriptions.map((one) => ({ id: registryOf(one) }));
  const workspaces = Object.values(fleets).flatMap((ids) => ids.map((id) => ({ id, keysInSync: false })));
  const fixture = {
    subscriptions: subscriptions.map((one) => ({ subscriptionId: one })),
    resources: [...registries, ...workspaces],
  };
  const remediator = await Remediator.start(policyOf({ subscriptions, rules }), fixture, { throttling: true });
  onTestFinished(() => remediator.azure.close());
  return remediator;
}

/** What each look of a workspace ended with. */
function endingsOf({ stores }: Remediator, workspaceId: string): readonly string[] {
  return stores
    .historyOf(parseWorkspaceId(workspaceId))
    .flatMap(({ outcome }) => (outcome === undefined ? [] : "reason" in outcome ? [outcome.reason] : [outcome.kind]));
}

test("where Azure throttles one subscription, another one's workspaces are put right at once", async () => {
  const stormy = fleetOf(subscriptionId, 40);
  const calm = fleetOf(otherSubscription, 5);
  const remediator = await start({ [subscriptionId]: stormy, [otherSubscription]: calm });
  const { azure, clock } = remediator;
  await readElsewhere(azure, 250, stormy[0]);
  const began = clock.now();
  const before = azure.requests.length;

  for (const id of stormy) await remediator.request(id);
  await remediator.settle(calm);
  expect(calm.map((id) => endingsOf(remediator, id))).toEqual(calm.map(() => ["remediated"]));
  expect(clock.now()).toBe(began);
  const toStormy = azure.requests.slice(before).filter((sent) => sent.subscriptionId === subscriptionId);
  expect(toStormy.map(({ status }) => status)).toEqual([429]);

  await remediator.settle(stormy);
  expect(stormy.map((id) => endingsOf(remediator, id).at(-1))).toEqual(stormy.map(() => "remediated"));
}, 120_000);

test("150 workspaces at once are put right without a single 429", async () => {
  const fleet = fleetOf(subscriptionId, 150);
  const remediator = await start({ [subscriptionId]: fleet });
  const began = remediator.clock.now();
  const sent = await remediator.settle(fleet, "event", 16);
  expect(sent.filter(({ status }) => status === 429)).toEqual([]);
  const endings = fleet.map((id) => endingsOf(remediator, id));
  expect(endings.filter((each) => each.at(-1) !== "remediated")).toEqual([]);
  // It ran low, for nearly all of them; what was sent away came back when it could do all it had to.
  expect(endings.filter((each) => each.includes("Throttled")).length).toBeGreaterThan(80);
  expect(sent.filter(({ isWrite }) => isWrite)).toHaveLength(3 * fleet.length);
  expect(sent.filter(({ isWrite }) => !isWrite).length).toBeLessThanOrEqual(7 * fleet.length);
  // Azure lets 200 − 40 writes through at once and 10 more each second: at least 29 s.
  expect(remediator.clock.now() - began).toBeLessThan(3 * 29_000);
}, 120_000);

test("the first key syncs of a fleet that is right go out a second apart, but for a few, and each costs one more look", async () => {
  const fleet = fleetOf(subscriptionId, 40);
  const remediator = await start({ [subscriptionId]: fleet });
  await remediator.settle(fleet);
  remediator.stores.memories.clear();
  remediator.stores.requests.clear();
  remediator.stores.messages.splice(0);
  remediator.stores.entries.clear();
  remediator.restart();
  remediator.clock.advance(60_000);

  const sent = await remediator.settle(fleet, "sweep");
  const syncs = sent.filter(({ isWrite }) => isWrite).map(({ time }) => Date.parse(time));
  expect(syncs).toHaveLength(fleet.length);
  const gaps = syncs.slice(1).map((at, index) => at - (syncs[index] ?? NaN));
  // Ten at once and two that would have had to wait for up to two seconds; the next ones' turns come after those.
  expect(gaps.slice(0, 11)).toEqual(Array(11).fill(0));
  expect(gaps.slice(20).filter((ms) => ms < 999 || ms > 1_001)).toEqual([]);
  expect(Math.max(...fleet.map((id) => endingsOf(remediator, id).length))).toBe(2);
}, 120_000);
