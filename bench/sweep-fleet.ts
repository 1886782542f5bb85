/** A large fleet, nearly all of it right and remembered: what Azure has of it, and what the app's storage does. */
import { TableClient, type TransactionAction } from "@azure/data-tables";
import { createHash } from "node:crypto";
import type { Fixture } from "../local/azure/index.ts";
import { formatId, parseRegistryId, parseResourceId, parseWorkspaceId } from "../src/core/arm-id.ts";
import { covered, keyTimes } from "../src/core/key-sync.ts";
import type { Memory } from "../src/core/memory.ts";
import { stateKey } from "../src/storage/keys.ts";
import { columnsOf } from "../src/storage/memory-store.ts";
import { registryOf, storageOf, subscriptionsOf } from "./fleet.ts";

/** What somebody changed without that an event told: 1 % of the fleet, in the shares of the specification of this measurement. */
export type Drift = "none" | "grantMissing" | "detached" | "both";

export interface FleetMember {
  readonly id: string;
  readonly subscription: string;
  readonly storageId: string;
  readonly principalId: string;
  readonly drift: Drift;
}

/** How many workspaces a subscription holds at most; with one grant each, its registry stays within 4,000 role assignments. */
const perSubscription = 1_000;
const keysMadeAt = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3_600_000;

export function fleetSubscriptions(workspaces: number): readonly string[] {
  return subscriptionsOf(Math.ceil(workspaces / perSubscription));
}

export function fleetOf(workspaces: number): readonly FleetMember[] {
  const subscriptions = fleetSubscriptions(workspaces);
  return Array.from({ length: workspaces }, (_, index) => {
    const subscription = subscriptions[Math.floor(index / perSubscription)] ?? "";
    const group = `/subscriptions/${subscription}/resourceGroups/team-${index % 20}/providers`;
    const number = String(index).padStart(6, "0");
    return {
      id: `${group}/Microsoft.MachineLearningServices/workspaces/ws-${number}`,
      subscription,
      storageId: `${group}/Microsoft.Storage/storageAccounts/data${number}`,
      principalId: `be9c0000-0000-4000-8000-000000${number}`,
      drift: driftOf(index),
    };
  });
}

function driftOf(index: number): Drift {
  if (index % 100 !== 50) return "none";
  const tenth = Math.floor(index / 100) % 10;
  return tenth < 6 ? "grantMissing" : tenth < 9 ? "detached" : "both";
}

/** What Azure has. */
export function fleetFixture(fleet: readonly FleetMember[]): Fixture {
  const subscriptions = [...new Set(fleet.map(({ subscription }) => subscription))];
  const made = new Date(keysMadeAt).toISOString();
  return {
    subscriptions: subscriptions.map((subscriptionId) => ({ subscriptionId })),
    resources: [
      ...subscriptions.flatMap((one) => [{ id: registryOf(one) }, { id: storageOf(one) }]),
      ...fleet.flatMap(({ id, storageId, principalId, subscription, drift }) => [
        { id: storageId, properties: { keyCreationTime: { key1: made, key2: made } } },
        {
          id,
          identity: { type: "SystemAssigned", principalId },
          properties: {
            storageAccount: storageId,
            ...(drift === "detached" || drift === "both" ? {} : { containerRegistry: registryOf(subscription) }),
          },
        },
      ]),
    ],
    roleAssignments: fleet.flatMap(({ subscription, principalId, drift }) =>
      drift === "grantMissing" || drift === "both"
        ? []
        : [{ scope: registryOf(subscription), role: "AcrPull", principalId }],
    ),
  };
}

/** What the app remembers: that a day ago each of them was right. */
export async function rememberFleet(fleet: readonly FleetMember[], connectionString: string): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, "Workspaces", { allowInsecureConnection: true });
  await table.createTable();
  const lookedAt = Date.now() - dayMs;
  // A transaction is of one partition, which is a subscription, and of a hundred rows at most.
  for (let at = 0; at < fleet.length; at += 100) {
    const actions = fleet.slice(at, at + 100).map((one): TransactionAction => {
      const columns = { leaseOwner: "", leaseUntil: "", ...columnsOf(memoryOf(one, lookedAt), 0) };
      return ["create", { ...stateKey(parseWorkspaceId(one.id)), ...columns }];
    });
    await table.submitTransaction(actions);
  }
}

function memoryOf({ id, subscription, storageId, principalId }: FleetMember, at: number): Memory {
  const workspace = {
    id: parseWorkspaceId(id),
    kind: "default",
    location: "westeurope",
    tags: {},
    provisioningState: "Succeeded",
    identity: { systemAssigned: true, systemPrincipalId: principalId, userAssigned: [] },
    storageAccount: parseResourceId(storageId),
  };
  const registryId = parseRegistryId(registryOf(subscription));
  const registry = {
    kind: "found",
    id: registryId,
    provisioningState: "Succeeded",
    mode: "LegacyRegistryPermissions",
    adminUserEnabled: false,
  } as const;
  const label = "workspace identity";
  const times = keyTimes(keysMadeAt, keysMadeAt);
  const fingerprint = covered(workspace, registry, [{ of: "workspace", label, principalId }], times, undefined);
  const scope = formatId(registryId);
  const conditions = [
    { type: "RegistryAttached", reason: "Attached", message: scope },
    { type: "PullGranted", reason: "Granted", message: "1 of 1 pull principals hold the right to pull." },
    { type: "KeysSynced", reason: "Synced", message: "Nothing that a sync covers changed since the last one." },
  ] as const;
  return {
    workspaceId: id,
    outcome: { kind: "compliant" },
    outcomeAt: at,
    startedAt: at,
    conditions: conditions.map((one) => ({ ...one, status: "True", since: at })),
    syncOwed: false,
    synced: { fingerprint: createHash("sha256").update(fingerprint).digest("hex"), how: "synced", at },
    proved: { registryId: scope, mode: registry.mode, proofs: [] },
    storageKeyTimes: times,
    children: { listedAt: at, of: ["compute", "endpoint"], principals: [] },
    seen: {
      registryId: scope,
      storageAccountId: storageId,
      principals: [{ label, principalId, canPull: true, how: `holds AcrPull through itself at ${scope}` }],
    },
  };
}
