import { parseRegistryId, parseResourceId, type RegistryId, type ResourceId } from "../../src/core/arm-id.ts";
import { workspaceId as workspaceIdOf, type WorkspaceId } from "../../src/core/arm-id.ts";

export const home = "11111111-aaaa-4bbb-8ccc-dddddddddddd";
export const second = "22222222-aaaa-4bbb-8ccc-dddddddddddd";
export const foreign = "ffffffff-aaaa-4bbb-8ccc-dddddddddddd";

export function workspaceId(name = "ws", subscriptionId = home, resourceGroup = "ml"): WorkspaceId {
  return workspaceIdOf(subscriptionId, resourceGroup, name);
}

export function registryId(name: string, subscriptionId = home): RegistryId {
  return parseRegistryId(
    `/subscriptions/${subscriptionId}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/${name}`,
  );
}

export function userAssignedId(name: string): ResourceId {
  return parseResourceId(
    `/subscriptions/${home}/resourceGroups/ml/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
  );
}

export const storageAccount = parseResourceId(
  `/subscriptions/${home}/resourceGroups/ml/providers/Microsoft.Storage/storageAccounts/mlstorage`,
);

/** The object id of a principal, the same for the same number. */
export function principalId(number: number): string {
  return `0000${number.toString(16).padStart(4, "0")}-0000-4000-8000-000000000000`;
}

/** The same text in another casing; which one depends on the number, and 0 leaves it as it is. */
export function recase(text: string, casing: number): string {
  if (casing === 0) return text;
  let state = casing;
  return Array.from(text, (letter) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state & 0x10000 ? letter.toUpperCase() : letter.toLowerCase();
  }).join("");
}
