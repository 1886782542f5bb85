import type { IncomingMessage, ServerResponse } from "node:http";

import type { EventGrid } from "./event-grid.ts";
import { faultAnswer, type Faults, pause } from "./faults.ts";
import { readBody, sendJson } from "./http.ts";
import { type Resource, TOPIC } from "./resource.ts";
import { rightTo } from "./rights.ts";
import type { Answer } from "./route.ts";
import { claimsOf, EVENT_GRID_AUDIENCE, identify } from "./tokens.ts";
import { cloudEventTypes, readCloudEvents, type TopicEvent } from "./topic-events.ts";
import type { World } from "./world.ts";

/** One request to a custom topic as the stand-in saw it. */
export interface TopicRequest {
  /** ISO 8601, by the injected clock. */
  readonly time: string;
  readonly topicId: string | null;
  /** 0 when the connection was cut. */
  readonly status: number;
  /** How many events it brought, where they were read. */
  readonly events: number;
}

interface TopicAnswer extends Answer {
  readonly events?: number;
}

const API_VERSION = "2018-01-01";
const SEND = { plane: "dataActions", action: "Microsoft.EventGrid/events/send/action" } as const;
/** What a request may bring, and each event in it, in bytes. */
const LONGEST = 1024 * 1024;
const PATH = /^\/topics\/([^/]+)\/api\/events$/;

/**
 * The data plane of custom topics that take CloudEvents, each at `/topics/{name}/api/events` where in Azure it has a host of
 * its own. What a topic takes goes to the event subscriptions of that topic.
 *
 * Source: https://learn.microsoft.com/azure/event-grid/post-to-custom-topic; the texts of 401 are those that users quote, the
 * one of a missing right in https://github.com/Azure/azure-sdk-for-net/issues/22831. `@azure/eventgrid` 5.12 sends 2018-01-01.
 */
export class Topics {
  readonly requests: TopicRequest[] = [];
  /** Everything that was taken. */
  readonly events: TopicEvent[] = [];
  readonly #world: World;
  readonly #faults: Faults;
  readonly #grid: EventGrid;

  constructor(world: World, faults: Faults, grid: EventGrid) {
    this.#world = world;
    this.#faults = faults;
    this.#grid = grid;
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const text = await readBody(request);
    const name = PATH.exec(url.pathname)?.[1] ?? "";
    const topic = this.#world.list(TOPIC).find((one) => one.name.toLowerCase() === name.toLowerCase());
    const fault = this.#faults.take(request.method ?? "", url.pathname, null);
    const done = fault?.afterEffect === true ? this.#answer(topic, request, url, text) : undefined;
    await pause(fault?.delayMs);
    const instead = fault && faultAnswer(fault);
    const { events = 0, ...answer }: TopicAnswer = instead ?? done ?? this.#answer(topic, request, url, text);
    const time = new Date(this.#world.now()).toISOString();
    this.requests.push({ time, topicId: topic?.id ?? null, status: answer.status, events });
    if (fault?.reset === true) request.socket.destroy();
    else sendJson(response, answer.status, answer.body, answer.headers);
  }

  #answer(topic: Resource | undefined, request: IncomingMessage, url: URL, text: string): TopicAnswer {
    if (!topic || request.method !== "POST") return refusal(404, "ResourceNotFound", "There is no such topic.");
    if (url.searchParams.get("api-version") !== API_VERSION)
      return refusal(400, "BadRequest", `The api-version has to be ${API_VERSION}.`);
    const unauthorized = this.#unauthorized(topic, request.headers.authorization);
    if (unauthorized !== undefined) return refusal(401, "Unauthorized", unauthorized);
    const contentType = request.headers["content-type"] ?? "";
    if (!cloudEventTypes.test(contentType))
      return refusal(415, "UnsupportedMediaType", `The content type '${contentType}' is not supported.`);
    if (Buffer.byteLength(text) > LONGEST)
      return refusal(413, "PayloadTooLarge", `The maximum size (${LONGEST}) has been exceeded.`);
    try {
      const cloudEvents = readCloudEvents(contentType, text);
      const taken = cloudEvents.map((cloudEvent) => ({
        topicId: topic.id,
        type: String(cloudEvent.type),
        cloudEvent,
      }));
      this.events.push(...taken);
      for (const event of taken) this.#grid.publishToTopic(event);
      return { status: 200, events: taken.length };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const schema = "This resource is configured to receive event in 'CloudEventV10' schema.";
      return refusal(400, "BadRequest", `${schema} The JSON received does not conform to it: ${error.message}.`);
    }
  }

  /** Why the caller may not publish. */
  #unauthorized(topic: Resource, header: string | undefined): string | undefined {
    const token = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
    if (token === undefined)
      return "Request must contain one of the following authorization signature: aeg-sas-token, aeg-sas-key.";
    if (claimsOf(token).aud !== EVENT_GRID_AUDIENCE) return "The access token is for another audience.";
    try {
      const { principalId } = identify(this.#world, token);
      if (rightTo(this.#world, principalId, topic, SEND).held) return undefined;
    } catch {
      return "The access token is invalid or has expired.";
    }
    return `The principal associated with access token presented with the incoming request does not have permission to send data to ${topic.id}.`;
  }
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message, details: [{ code, message }] } } };
}
