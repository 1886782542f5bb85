import { randomUUID } from "node:crypto";

import { envelope, type GridEvent } from "./event-envelope.ts";
import type { EventSubscription } from "./fixture.ts";

const ORIGIN = "eventgrid.azure.net";
/** How long a destination may take. Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Proves that the destination wants events: the Event Grid schema sends a code that has to come back, CloudEvents ask
 * with OPTIONS. Throws when the destination does not agree.
 *
 * Source: https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
 * and https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema
 */
export async function handshake(subscription: EventSubscription, signal: AbortSignal): Promise<void> {
  if (subscription.schema === "CloudEventSchemaV1_0") {
    const response = await send(subscription.endpoint, "OPTIONS", { "webhook-request-origin": ORIGIN }, null, signal);
    await response.arrayBuffer();
    const allowed = response.headers.get("webhook-allowed-origin");
    if (!response.ok || (allowed !== "*" && allowed !== ORIGIN)) {
      throw new Error(`${subscription.name}: OPTIONS was answered ${response.status} without WebHook-Allowed-Origin`);
    }
    return;
  }
  const validationCode = randomUUID();
  const event = {
    id: randomUUID(),
    topic: `/subscriptions/${subscription.subscriptionId ?? ""}`,
    subject: "",
    data: { validationCode, validationUrl: "" },
    eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
    eventTime: new Date().toISOString(),
    metadataVersion: "1",
    dataVersion: "2",
  };
  const headers = {
    "aeg-event-type": "SubscriptionValidation",
    "aeg-subscription-name": subscription.name.toUpperCase(),
    "content-type": "application/json; charset=utf-8",
  };
  const response = await send(subscription.endpoint, "POST", headers, JSON.stringify([event]), signal);
  const text = await response.text();
  if (response.status !== 200 || !text.includes(validationCode)) {
    throw new Error(`${subscription.name}: the validation event was answered ${response.status} without its code`);
  }
}

/** Delivers one batch; answers the HTTP status, 408 when none came in time, 503 when there was no connection. */
export async function deliver(
  subscription: EventSubscription,
  batch: readonly GridEvent[],
  attempt: number,
  signal: AbortSignal,
): Promise<number> {
  const { schema, maxEventsPerBatch } = subscription;
  const isCloudEvents = schema === "CloudEventSchemaV1_0";
  const isBatch = !isCloudEvents || maxEventsPerBatch > 1;
  const bodies = batch.map((event) => envelope(event, schema));
  const mediaType = isCloudEvents ? `cloudevents${isBatch ? "-batch" : ""}+json` : "json";
  const headers = {
    "aeg-event-type": "Notification",
    "aeg-subscription-name": subscription.name.toUpperCase(),
    "aeg-delivery-count": String(attempt),
    ...(isCloudEvents
      ? { "webhook-request-origin": ORIGIN }
      : { "aeg-data-version": "2", "aeg-metadata-version": "1" }),
    "content-type": `application/${mediaType}; charset=utf-8`,
  };
  try {
    const body = JSON.stringify(isBatch ? bodies : bodies[0]);
    const response = await send(subscription.endpoint, "POST", headers, body, signal);
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? 408 : 503;
  }
}

async function send(
  endpoint: string,
  method: string,
  headers: Record<string, string>,
  body: string | null,
  signal: AbortSignal,
): Promise<Response> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  return fetch(endpoint, { method, headers, body, signal: either, redirect: "manual" });
}
