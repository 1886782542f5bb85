import type { Json } from "./resource.ts";

/** A CloudEvent that a custom topic took. */
export interface TopicEvent {
  /** The ARM id of the topic. */
  readonly topicId: string;
  readonly type: string;
  /** As it came. */
  readonly cloudEvent: Json;
}

/**
 * What a topic with the input schema CloudEventSchemaV1_0 takes: structured events, one or several.
 *
 * Source: https://learn.microsoft.com/azure/event-grid/cloud-event-schema and
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export const cloudEventTypes = /^application\/cloudevents(-batch)?\+json\b/i;

/** The events of a body. @throws TypeError naming what is malformed */
export function readCloudEvents(contentType: string, text: string): readonly Json[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new TypeError("it is not JSON");
  }
  const isBatch = /-batch/i.test(contentType);
  if (isBatch !== Array.isArray(body)) throw new TypeError(`it is ${isBatch ? "no array" : "an array"}`);
  const events = isBatch ? (body as unknown[]) : [body];
  events.forEach(check);
  return events as Json[];
}

const required = ["id", "source", "type"];
const optional = ["subject", "dataschema", "datacontenttype"];
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

function check(event: unknown): void {
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw new TypeError("an event is no object");
  const attributes = event as Json;
  if (attributes.specversion !== "1.0") throw new TypeError("specversion is not 1.0");
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  for (const name of required) if (!isText(attributes[name])) throw new TypeError(`${name} is not a text`);
  for (const name of optional)
    if (attributes[name] !== undefined && !isText(attributes[name])) throw new TypeError(`${name} is not a text`);
  const { time } = attributes;
  if (time !== undefined && !(typeof time === "string" && timestamp.test(time) && !Number.isNaN(Date.parse(time))))
    throw new TypeError("time is no timestamp");
  for (const name of Object.keys(attributes))
    if (!/^[a-z0-9]+$/.test(name) && name !== "data_base64") throw new TypeError(`${name} is no name of an attribute`);
}
