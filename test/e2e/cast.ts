/** Who plays in the end-to-end tests: ids, resources in the form of a fixture, events. */
import { randomUUID } from "node:crypto";

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
/** A second subscription of the policy. */
export const otherSubscriptionId = "22222222-2222-4222-8222-222222222222";
/** A subscription that exists and is none of the app's business. */
export const foreignSubscriptionId = "99999999-9999-4999-8999-999999999999";

export function groupId(group = "ml-team", subscription = subscriptionId): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

export function registryIdOf(name: string): string {
  return `${groupId("ml-platform")}/providers/Microsoft.ContainerRegistry/registries/${name}`;
}

export const registryId = registryIdOf("contosoml");
export const storageId = `${groupId("ml-platform")}/providers/Microsoft.Storage/storageAccounts/contosodata`;

export function workspaceIdOf(name: string, subscription = subscriptionId): string {
  return `${groupId("ml-team", subscription)}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

export interface WorkspaceShape {
  /** Whether a registry is attached, or which one. */
  readonly attached?: boolean | string;
  readonly tags?: Record<string, string>;
  readonly subscription?: string;
  /** Rules may choose registries by it. Default `westeurope`. */
  readonly location?: string;
}

/** A workspace without a registry and without the right to pull, unless `shape` says otherwise. */
export function workspace(name: string, { attached, tags, subscription, location }: WorkspaceShape = {}) {
  const containerRegistry = attached === true ? registryId : attached;
  return {
    id: workspaceIdOf(name, subscription),
    identity: { type: "SystemAssigned" },
    ...(tags === undefined ? {} : { tags }),
    ...(location === undefined ? {} : { location }),
    properties: { storageAccount: storageId, ...(containerRegistry ? { containerRegistry } : {}) },
  };
}

/** What every fixture holds besides its workspaces. */
export const platform = [{ id: registryId }, { id: storageId }];

/** App settings of an app that only looks. A wait takes a twentieth of what it takes in production, and no timer fires by itself. */
export const auditing = {
  REMEDIATOR_SUBSCRIPTIONS: subscriptionId,
  REMEDIATOR_DEFAULT_REGISTRY: registryId,
  REMEDIATOR_WAIT_SCALE: "0.05",
  REMEDIATOR_SWEEP_SCHEDULE: "0 0 0 29 2 *",
  AzureFunctionsJobHost__extensions__queues__maxPollingInterval: "00:00:00.500",
};

/** App settings of an app that acts. */
export const enforcing = { ...auditing, REMEDIATOR_MODE: "enforce" };

export const writeOperation = "Microsoft.MachineLearningServices/workspaces/write";
export const deleteOperation = "Microsoft.MachineLearningServices/workspaces/delete";

/** An event of the Event Grid schema that tells of a write to a workspace, as somebody unknown to us made it. */
export function eventOf(workspaceId: string, id: string = randomUUID()) {
  return {
    id,
    topic: `/subscriptions/${subscriptionId}`,
    subject: workspaceId,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: "2026-03-01T12:00:00Z",
    dataVersion: "2",
    metadataVersion: "1",
    data: {
      resourceUri: workspaceId,
      resourceProvider: "Microsoft.MachineLearningServices",
      operationName: writeOperation,
      status: "Succeeded",
      subscriptionId,
      claims: { "http://schemas.microsoft.com/identity/claims/objectidentifier": randomUUID() },
    },
  };
}

/** The same as a CloudEvent. */
export function cloudEventOf(workspaceId: string, id: string = randomUUID()) {
  const { eventType: type, eventTime: time, subject, topic: source, data } = eventOf(workspaceId, id);
  return { specversion: "1.0", id, source, type, subject, time, data };
}
