import * as z from "zod/mini";

/** A subscription event, in whichever schema it came. */
export interface AzureEvent {
  readonly id: string;
  /** E.g. `Microsoft.Resources.ResourceWriteSuccess`. */
  readonly type: string;
  readonly time: string;
  /** E.g. `Microsoft.MachineLearningServices/workspaces/write`. */
  readonly operation: string;
  /** The resource that was written, deleted or acted upon; casing as it came. */
  readonly resourceUri: string;
  /** The object id of who did it, where the event tells. */
  readonly actor?: string;
  /** What a person calls them: a name, or the application's id. */
  readonly actorName?: string;
}

/** Why something is no event that can be read. */
export class UnreadableEventError extends Error {
  override readonly name = "UnreadableEventError";
}

/** The claim that carries the caller's object id (Microsoft Learn, "Azure subscription as an Event Grid source"). */
const objectIdClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/** Of a person, of an application: the first that is there. */
const nameClaims = ["name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "appid"];

/** A longer claim names nobody; it is cut, so that what is made of an event always fits into a queue message. */
const longestClaim = 256;

const error = "expected a text of 1 to 2048 characters";
const required = z.string({ error }).check(z.minLength(1, { error }), z.maxLength(2_048, { error }));
const Data = z.object(
  {
    operationName: required,
    resourceUri: required,
    claims: z.catch(z.record(z.string(), z.unknown()), {}),
  },
  { error: "expected an object" },
);
/** Microsoft Learn, "Azure Event Grid event schema". */
const EventGridSchema = z.object({ id: required, eventType: required, eventTime: required, data: Data });
/** CloudEvents 1.0, as Event Grid fills it for `CloudEventSchemaV1_0`. */
const CloudEventsSchema = z.object({
  specversion: z.literal("1.0", { error: 'expected "1.0"' }),
  id: required,
  type: required,
  time: required,
  data: Data,
});

/**
 * Reads an event in the Event Grid or the CloudEvents schema.
 * @throws UnreadableEventError naming the field that is missing or wrong
 */
export function parseEvent(body: unknown): AzureEvent {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const found = Array.isArray(body) ? "an array" : body === null ? "null" : typeof body;
    throw new UnreadableEventError(`An event is a JSON object; found ${found}.`);
  }
  if ("specversion" in body) {
    const { id, type, time, data } = read(CloudEventsSchema, body, "CloudEvents 1.0");
    return toEvent(id, type, time, data);
  }
  const { id, eventType, eventTime, data } = read(EventGridSchema, body, "the Event Grid schema");
  return toEvent(id, eventType, eventTime, data);
}

function read<Schema extends z.ZodMiniType>(schema: Schema, body: object, name: string): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new UnreadableEventError(`Not an event in ${name}: ${wrong.join("; ")}.`);
}

function toEvent(
  id: string,
  type: string,
  time: string,
  { operationName, resourceUri, claims }: z.infer<typeof Data>,
): AzureEvent {
  const claim = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === "string" && value !== "" ? value.slice(0, longestClaim) : undefined;
  };
  const actor = claim(objectIdClaim);
  const actorName = nameClaims.map(claim).find((name) => name !== undefined);
  return {
    id,
    type,
    time,
    operation: operationName,
    resourceUri,
    ...(actor === undefined ? {} : { actor }),
    ...(actorName === undefined ? {} : { actorName }),
  };
}
