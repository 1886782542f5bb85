import type { InvocationContext } from "@azure/functions";
import { sameText } from "../core/arm-id.ts";
import { accept } from "../core/work.ts";
import type { App } from "../app.ts";
import { type AzureEvent, parseEvent, UnreadableEventError } from "./event-parsing.ts";
import { routeEvent } from "./event-routing.ts";
import { textOf } from "./text-of.ts";

/**
 * Event Grid trigger: finds the workspace that an event is about and asks for a look at it. What a retry cannot mend is kept
 * with its reason and acknowledged; only what could not be stored throws, so that Event Grid sends it again.
 */
export async function onEvent(app: App, body: unknown, context: InvocationContext): Promise<void> {
  const reject = async (reason: string, message: string): Promise<void> => {
    context.warn(`Event rejected: ${reason}: ${message}`);
    await app.rejected.put({ source: "event", reason, message, body: textOf(body) });
  };
  let event: AzureEvent;
  try {
    event = parseEvent(body);
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    return reject("Unreadable", error.message);
  }
  const route = routeEvent(event, app.policy);
  if (route.kind === "unroutable") return reject(route.reason, route.message);

  const { actor, id, operation, time } = event;
  if (actor !== undefined && sameText(actor, (await app.ownObjectId()) ?? "")) {
    context.log(`Event ${id} tells of our own ${operation}: nothing to look at.`);
    return;
  }
  const evidence = { operation, eventId: id, eventTime: time, ...(actor === undefined ? {} : { actor }) };
  const request = { id: `event-${id}`, cause: "event", acceptedAt: app.ports.clock.now(), evidence } as const;
  await accept(route.workspace, request, app.ports);
  context.log(`Event ${id} (${operation}) asks for a look at ${event.resourceUri}.`);
}
