import { randomUUID } from "node:crypto";

import { idKey, subscriptionOf } from "./arm-id.ts";
import type { Change } from "./change.ts";
import type { EventSubscription } from "./fixture.ts";
import type { Json } from "./resource.ts";
import type { TopicEvent } from "./topic-events.ts";

/** An event of a subscription's topic, before it is put into one of the two envelopes. */
export interface SubscriptionEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly subscriptionId: string;
  readonly subject: string;
  readonly operationName: string;
  readonly data: Json;
}

/** Whatever Event Grid delivers. */
export type GridEvent = SubscriptionEvent | TopicEvent;

/**
 * The event that Azure Resource Manager publishes for a change; undefined for one outside of every subscription.
 * As in Azure, the ids in one event do not agree in their casing.
 *
 * Source: https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions
 */
export function eventOf(change: Change, tenantId: string, now: number): SubscriptionEvent | undefined {
  const subscriptionId = subscriptionOf(change.resourceId);
  if (subscriptionId === undefined) return undefined;
  const { operationName, resourceId, caller, correlationId, method } = change;
  const resourceUri = resourceId.replace(/\/resourceGroups\//i, "/resourcegroups/");
  return {
    id: randomUUID(),
    type: `Microsoft.Resources.Resource${change.kind}${change.outcome}`,
    time: new Date(now).toISOString(),
    subscriptionId,
    subject: resourceId,
    operationName,
    data: {
      authorization: { scope: resourceId, action: operationName, evidence: { role: "Contributor" } },
      claims: {
        aud: "https://management.azure.com",
        iss: `https://sts.windows.net/${tenantId}/`,
        appid: caller.clientId,
        "http://schemas.microsoft.com/identity/claims/objectidentifier": caller.principalId,
        "http://schemas.microsoft.com/identity/claims/tenantid": tenantId,
      },
      correlationId,
      httpRequest: { clientRequestId: randomUUID(), clientIpAddress: "127.0.0.1", method, url: resourceUri },
      resourceProvider: providerOf(resourceId),
      resourceUri,
      operationName,
      status: change.outcome === "Success" ? "Succeeded" : "Failed",
      subscriptionId,
      tenantId,
    },
  };
}

/** Whether the event subscription's filters let the event through. */
export function isWanted(event: GridEvent, subscription: EventSubscription): boolean {
  const { topicId, subscriptionId, operations, eventTypes } = subscription;
  if ("topicId" in event) {
    const isListed = eventTypes === undefined || eventTypes.some((type) => idKey(type) === idKey(event.type));
    return topicId !== undefined && idKey(topicId) === idKey(event.topicId) && isListed;
  }
  return (
    topicId === undefined &&
    (subscriptionId === undefined || idKey(subscriptionId) === idKey(event.subscriptionId)) &&
    (operations === undefined || operations.some((name) => idKey(name) === idKey(event.operationName))) &&
    (eventTypes === undefined || eventTypes.some((type) => idKey(type) === idKey(event.type)))
  );
}

/** The event in the schema that the event subscription asked for. */
export function envelope(event: GridEvent, schema: EventSubscription["schema"]): Json {
  if ("topicId" in event) return event.cloudEvent;
  const { id, type, time, subject, data } = event;
  const topic = `/subscriptions/${event.subscriptionId}`;
  switch (schema) {
    case "EventGridSchema":
      return { id, topic, subject, eventType: type, eventTime: time, dataVersion: "2", metadataVersion: "1", data };
    case "CloudEventSchemaV1_0":
      return { id, source: topic, specversion: "1.0", type, subject, time, data };
  }
}

function providerOf(resourceId: string): string {
  const providers = [...resourceId.matchAll(/\/providers\/([^/]+)/gi)];
  return providers.at(-1)?.[1] ?? "Microsoft.Resources";
}
