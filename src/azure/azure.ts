import { describe } from "../core/actions.ts";
import type { DenyAssignment } from "@azure/arm-authorization";
import type { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { formatId, idKey, parseRegistryId, sameText, type WorkspaceId } from "../core/arm-id.ts";
import type { RunningOperation } from "../core/memory.ts";
import type { FoundRegistry } from "../core/observation.ts";
import type { AzureReads, AzureWrites, Clock } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { FactCache } from "./fact-cache.ts";
import { importOperation } from "./image-import.ts";
import { carry, type Operation } from "./operations.ts";
import { readDenials } from "./deny-assignments.ts";
import { enableAdminUser, readRegistry } from "./registries.ts";
import { grantPull, pruneGrant } from "./grants.ts";
import {
  countAssignments,
  listAssignments,
  readAssignments,
  readRoles,
  type RoleDefinition,
} from "./role-assignments.ts";
import { readStorageKeyTimes } from "./storage-accounts.ts";
import { readChildren } from "./workspace-children.ts";
import { readWorkspace, workspaceIn } from "./workspaces.ts";

/**
 * The reads that core needs, through the SDKs. What rarely changes is kept for minutes.
 * @param image whether a registry has an image: asked of the registry itself, not of ARM
 */
export function azureReads(arm: Arm, clock: Clock, image: AzureReads["image"]): AzureReads {
  const registries = new FactCache<FoundRegistry>(clock);
  const roles = new FactCache<RoleDefinition>(clock);
  const denyLists = new FactCache<readonly DenyAssignment[]>(clock, undefined, 5_000);
  const counts = new FactCache<{ readonly count: number }>(clock);
  const storageAccounts = new FactCache<{ readonly times: string }>(clock);
  return {
    image,
    workspace: (id, signal) => readWorkspace(arm, id, signal),
    registry: async (id, freshAfter, signal) => {
      const key = idKey(id);
      const read = (shared: AbortSignal): Promise<FoundRegistry | undefined> => readRegistry(arm, id, shared);
      // One that is being made or repaired may be ready at any moment.
      const lasts = ({ provisioningState }: FoundRegistry): boolean => sameText(provisioningState, "Succeeded");
      return (await registries.get(key, freshAfter, signal, read, lasts)) ?? { kind: "missing", id };
    },
    assignments: (principalId, registry, freshAfter, signal) =>
      readAssignments(arm, roles, principalId, registry, freshAfter, signal),
    assignmentsAt: (registry, signal) => listAssignments(arm, registry, signal),
    withRoles: (listed, registry, freshAfter, signal) => readRoles(arm, roles, listed, registry, freshAfter, signal),
    denials: (principalId, registry, freshAfter, signal) =>
      readDenials(arm, denyLists, principalId, registry, freshAfter, signal),
    assignmentCount: async (subscriptionId, freshAfter, signal) => {
      const read = async (shared: AbortSignal): Promise<{ readonly count: number }> => ({
        count: await countAssignments(arm, subscriptionId, shared),
      });
      return (await counts.get(subscriptionId.toLowerCase(), freshAfter, signal, read))?.count ?? 0;
    },
    children: (workspace, of, signal) => readChildren(arm, workspace, of, signal),
    storageKeyTimes: async (id, freshAfter, signal) => {
      const read = (shared: AbortSignal): ReturnType<typeof readStorageKeyTimes> =>
        readStorageKeyTimes(arm, id, shared);
      return (await storageAccounts.get(idKey(id), freshAfter, signal, read))?.times;
    },
  };
}

/**
 * The writes that core needs, through the SDKs.
 * @param budgetMs how long one reconcile stays with a running operation
 */
export function azureWrites(arm: Arm, clock: Clock, budgetMs: number): AzureWrites {
  const port = { arm, clock, budgetMs };
  return {
    grantPull: (action, lease) => grantPull(arm, action, lease),
    pruneGrant: (action, lease) => pruneGrant(arm, action, lease),
    enableAdminUser: (action, lease) => enableAdminUser(arm, action, lease),
    attachRegistry: (action, lease, accepted) =>
      carry(attachOperation(action.workspace, describe(action), formatId(action.registry)), port, lease, accepted),
    syncKeys: (action, lease, accepted) =>
      carry(syncOperation(action.workspace, describe(action)), port, lease, accepted),
    importImage: (action, lease, accepted) =>
      carry(importOperation(action.registry, describe(action), action), port, lease, accepted),
    resume: (running, workspace, lease) => {
      const nothing = (): Promise<void> => Promise.resolve();
      if (running.kind !== "ImportImage") return carry(operationOf(running, workspace), port, lease, nothing, running);
      const operation = importOperation(parseRegistryId(running.registryId), running.description);
      return carry(operation, port, lease, nothing, running);
    },
  };
}

type WorkspaceOperation = Operation<AzureMachineLearningWorkspaces>;

function operationOf(
  { kind, description }: RunningOperation & { kind: "AttachRegistry" | "SyncKeys" },
  workspace: WorkspaceId,
): WorkspaceOperation {
  switch (kind) {
    case "AttachRegistry":
      return attachOperation(workspace, description);
    case "SyncKeys":
      return syncOperation(workspace, description);
  }
}

/** Only the registry is sent: an identity sent along incompletely would drop identities. */
function attachOperation(workspace: WorkspaceId, what: string, containerRegistry?: string): WorkspaceOperation {
  const { resourceGroup, name, subscriptionId } = workspace;
  return {
    client: (arm, pace) => arm.machineLearningWriter(subscriptionId, pace),
    attempt: {
      what: `${what} to ${name}`,
      action: "Microsoft.MachineLearningServices/workspaces/write",
      scope: formatId(workspace),
    },
    workspaceIn,
    begin: (client, options) =>
      client.workspaces.beginUpdate(
        resourceGroup,
        name,
        containerRegistry === undefined ? {} : { containerRegistry },
        options,
      ),
  };
}

function syncOperation(workspace: WorkspaceId, what: string): WorkspaceOperation {
  const { resourceGroup, name, subscriptionId } = workspace;
  return {
    client: (arm, pace) => arm.machineLearningWriter(subscriptionId, pace),
    attempt: {
      what: `${what} of ${name}`,
      action: "Microsoft.MachineLearningServices/workspaces/resynckeys/action",
      scope: formatId(workspace),
    },
    begin: (client, options) => client.workspaces.beginResyncKeys(resourceGroup, name, options),
  };
}
