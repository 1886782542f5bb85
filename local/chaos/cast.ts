/** What every chaotic world has in common: its subscriptions, registries and storage accounts, and the operator's policy. */
import type { Fixture } from "../azure/index.ts";

export const subscriptions = [1, 2, 3, 4].map((n) => `${String(n).repeat(8)}-0000-4000-8000-00000000c4a0`);
/** A subscription that exists and is none of the app's business. */
export const foreignSubscription = "99999999-0000-4000-8000-00000000c4a0";

/** A workspace's resource group; the operator's rules go by it. */
export type Group = "plain" | "modern";

const groupId = (subscription: string, group: string): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}`;
const registryId = (subscription: string, name: string): string =>
  `${groupId(subscription, "platform")}/providers/Microsoft.ContainerRegistry/registries/${name}`;

/** The registries of one subscription: the first two are allowed in `plain`, the third in `modern`, the last nowhere. */
export function registriesOf(subscription: string) {
  return {
    images: registryId(subscription, `images${subscription.slice(0, 1)}`),
    second: registryId(subscription, `second${subscription.slice(0, 1)}`),
    abac: registryId(subscription, `abac${subscription.slice(0, 1)}`),
    forbidden: registryId(subscription, `forbidden${subscription.slice(0, 1)}`),
  };
}

/** What the policy allows, the preferred one first. Nothing outside its subscriptions. */
export function allowedIn(subscription: string, group: Group): readonly [string, ...string[]] | readonly [] {
  if (subscription === foreignSubscription) return [];
  const { images, second, abac } = registriesOf(subscription);
  return group === "modern" ? [abac] : [images, second];
}

export function workspaceId(subscription: string, group: Group, name: string): string {
  return `${groupId(subscription, group)}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

export function storageId(subscription: string, index: number): string {
  return `${groupId(subscription, "platform")}/providers/Microsoft.Storage/storageAccounts/data${index}`;
}

export function identityId(subscription: string, name: string): string {
  return `${groupId(subscription, "platform")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}

/** Every subscription and its registries, as they always were. */
export function stageOf(): Pick<Fixture, "subscriptions"> & { readonly resources: NonNullable<Fixture["resources"]> } {
  const all = [...subscriptions, foreignSubscription];
  return {
    subscriptions: all.map((subscriptionId) => ({ subscriptionId })),
    resources: all.flatMap((subscription) => {
      const { images, second, abac, forbidden } = registriesOf(subscription);
      const properties = { roleAssignmentMode: "AbacRepositoryPermissions" };
      return [{ id: images }, { id: second }, { id: abac, properties }, { id: forbidden }];
    }),
  };
}

/** Every wait of the app, and of the host, takes this part of what it takes in production. */
export const waitScale = 0.02;
export const hostTimeScale = 0.01;

/** The app settings: the policy above, and waits that fit into minutes. */
export const settings: Readonly<Record<string, string>> = {
  REMEDIATOR_MODE: "enforce",
  REMEDIATOR_SUBSCRIPTIONS: subscriptions.join(","),
  REMEDIATOR_REGISTRY_RULES: JSON.stringify(
    subscriptions.flatMap((subscriptionId) =>
      (["modern", "plain"] as const).map((resourceGroup) => {
        return { subscriptionId, resourceGroup, registryIds: allowedIn(subscriptionId, resourceGroup) };
      }),
    ),
  ),
  REMEDIATOR_WAIT_SCALE: String(waitScale),
  REMEDIATOR_RECHECK_MINUTES: "10",
  REMEDIATOR_LEASE_SECONDS: "10",
  // Sweeps are begun by the script.
  REMEDIATOR_SWEEP_SCHEDULE: "0 0 0 29 2 *",
  AzureFunctionsJobHost__extensions__queues__maxPollingInterval: "00:00:00.500",
  AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:02",
};
