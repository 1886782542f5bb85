/** Ids of everything that events are about, and events about them. */
import type { AzureEvent } from "../../src/functions/event-parsing.ts";
import { resourceUri, subscriptionId } from "./samples.ts";

export const policy = { subscriptions: [subscriptionId] };

export const subscriptionUri = `/subscriptions/${subscriptionId}`;
export const groupUri = `${subscriptionUri}/resourceGroups/shared`;
export const registryUri = `${groupUri}/providers/Microsoft.ContainerRegistry/registries/contoso`;
export const storageUri = `${groupUri}/providers/Microsoft.Storage/storageAccounts/contosodata`;
export const computeUri = `${resourceUri}/computes/gpu`;
export const endpointUri = `${resourceUri}/onlineEndpoints/scoring`;
export const tagsOf = (uri: string): string => `${uri}/providers/Microsoft.Resources/tags/default`;
export const assignmentAt = (scope: string): string => `${scope}/providers/Microsoft.Authorization/roleAssignments/a1`;
export const definitionAt = (scope: string): string => `${scope}/providers/Microsoft.Authorization/roleDefinitions/d1`;

export const ml = "Microsoft.MachineLearningServices/workspaces";
export const acr = "Microsoft.ContainerRegistry/registries";
export const time = "2026-03-01T12:00:00Z";

/** An event that tells of the success of an operation. */
export function successOf(operation: string, uri: string): AzureEvent {
  const verb = operation.split("/").at(-1) ?? "";
  const type = `Microsoft.Resources.Resource${verb.charAt(0).toUpperCase()}${verb.slice(1)}Success`;
  return { id: "1", type, time, operation, resourceUri: uri };
}

export const shouted = (event: AzureEvent): AzureEvent => ({
  ...event,
  type: event.type.toUpperCase(),
  operation: event.operation.toUpperCase(),
  resourceUri: event.resourceUri.toUpperCase(),
});

/** One event for each operation that has a route. */
export const routable: readonly AzureEvent[] = [
  successOf(`${ml}/write`, resourceUri),
  successOf(`${ml}/delete`, resourceUri),
  successOf(`${ml}/computes/write`, computeUri),
  successOf(`${ml}/computes/delete`, computeUri),
  successOf(`${ml}/onlineEndpoints/write`, endpointUri),
  successOf(`${ml}/onlineEndpoints/delete`, endpointUri),
  successOf("Microsoft.Resources/tags/write", tagsOf(resourceUri)),
  successOf(`${acr}/write`, registryUri),
  successOf(`${acr}/delete`, registryUri),
  successOf(`${acr}/regenerateCredential/action`, registryUri),
  successOf("Microsoft.Storage/storageAccounts/regenerateKey/action", storageUri),
  successOf("Microsoft.Authorization/roleAssignments/delete", assignmentAt(registryUri)),
  successOf("Microsoft.Authorization/roleDefinitions/write", definitionAt(subscriptionUri)),
];
