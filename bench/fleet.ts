/** Who takes part: subscriptions with a registry and a storage account each, and workspaces that lack everything. */
import type { Fixture } from "../local/azure/index.ts";

export interface Member {
  readonly id: string;
  readonly registryId: string;
  readonly storageId: string;
}

function subscriptionOf(index: number): string {
  return `${String(index).padStart(8, "0")}-0000-4000-8000-0000000be9c4`;
}

function groupId(subscription: string, group: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers`;
}

export function registryOf(subscription: string): string {
  return `${groupId(subscription, "platform")}/Microsoft.ContainerRegistry/registries/images${subscription.slice(0, 8)}`;
}

export function storageOf(subscription: string): string {
  return `${groupId(subscription, "platform")}/Microsoft.Storage/storageAccounts/data${subscription.slice(0, 8)}`;
}

export function subscriptionsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => subscriptionOf(index + 1));
}

export function member(subscription: string, name: string): Member {
  return {
    id: `${groupId(subscription, "team")}/Microsoft.MachineLearningServices/workspaces/${name}`,
    registryId: registryOf(subscription),
    storageId: storageOf(subscription),
  };
}

/** So many, spread evenly over the subscriptions. */
export function members(count: number, subscriptions: readonly string[], prefix: string): readonly Member[] {
  return Array.from({ length: count }, (_, index) =>
    member(subscriptions[index % subscriptions.length] ?? "", `${prefix}-${index}`),
  );
}

/** Without a registry, without the right to pull, and with keys that were never synced. */
export function broken({ id, storageId }: Member) {
  return { id, properties: { storageAccount: storageId }, keysInSync: false };
}

/** What is there before anything is measured. */
export function fixtureOf(subscriptions: readonly string[]): Fixture {
  return {
    subscriptions: subscriptions.map((subscriptionId) => ({ subscriptionId })),
    resources: subscriptions.flatMap((one) => [{ id: registryOf(one) }, { id: storageOf(one) }]),
  };
}

/** App settings of an app that acts on these subscriptions, at the pace of production, and sweeps by itself never. */
export function settingsFor(subscriptions: readonly string[]): Readonly<Record<string, string>> {
  return {
    REMEDIATOR_MODE: "enforce",
    REMEDIATOR_SUBSCRIPTIONS: subscriptions.join(),
    REMEDIATOR_REGISTRY_RULES: JSON.stringify(
      subscriptions.map((one) => ({ subscriptionId: one, registryIds: [registryOf(one)] })),
    ),
    REMEDIATOR_SWEEP_SCHEDULE: "0 0 0 29 2 *",
  };
}
