/**
 * What people do today: three commands one after the other, without looking first. Sent as the commands send them, through
 * the same SDKs and on the same stand-in; what the commands do besides (start Python, ask Microsoft Graph) is left out, in their favour.
 *
 * - `az ml workspace update --container-registry … --update-dependent-resources`: GET, PATCH, poll (azure-sdk-for-python,
 *   `sdk/ml/azure-ai-ml/azure/ai/ml/operations/_workspace_operations_base.py`, `begin_update`)
 * - `az role assignment create --role AcrPull --assignee-object-id … --assignee-principal-type ServicePrincipal --scope …`:
 *   GET of the role definitions, PUT (azure-cli, `src/azure-cli/azure/cli/command_modules/role/custom.py`)
 * - `az ml workspace sync-keys`: POST, poll (as the first, `begin_sync_keys`)
 *
 * Polls: at once, then as `Retry-After` says (azure-core, `polling/base_polling.py`).
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import type { Member } from "./fleet.ts";

/** Where the commands are sent, and as whom. */
export interface BlindTarget {
  readonly armEndpoint: string;
  readonly token: string;
  readonly retryAfterSeconds: number;
}

/** Runs the three commands for one workspace. Rejects when one of them is refused. */
export async function runBlindCommands(target: BlindTarget, { id, registryId }: Member): Promise<void> {
  const { subscriptionId, resourceGroup: group, name } = parseWorkspaceId(id);
  const { armEndpoint: endpoint, token, retryAfterSeconds } = target;
  const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const options = { endpoint, credentialScopes: `${endpoint}/.default`, retryOptions: { maxRetries: 0 } };
  const ended = async (poller: { isDone(): boolean; poll(): Promise<unknown> }): Promise<void> => {
    // The SDK has polled once by now, as the commands do.
    while (!poller.isDone()) {
      await sleep(retryAfterSeconds * 1_000);
      await poller.poll();
    }
  };

  const { workspaces } = new AzureMachineLearningWorkspaces(credential, subscriptionId, options);
  const { identity } = await workspaces.get(group, name);
  await ended(await workspaces.beginUpdate(group, name, { containerRegistry: registryId }));

  const { roleAssignments, roleDefinitions } = new AuthorizationManagementClient(credential, subscriptionId, options);
  let roleDefinitionId = "";
  for await (const role of roleDefinitions.list(registryId, { filter: "roleName eq 'AcrPull'" }))
    roleDefinitionId = role.id ?? "";
  const principalId = identity?.principalId ?? "";
  await roleAssignments
    .create(registryId, randomUUID(), { roleDefinitionId, principalId, principalType: "ServicePrincipal" })
    .catch((error: unknown) => {
      // The command says so and ends well.
      if ((error as { code?: string }).code !== "RoleAssignmentExists") throw error;
    });

  await ended(await workspaces.beginResyncKeys(group, name));
}
