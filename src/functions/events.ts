import type { InvocationContext } from "@azure/functions";
import { sameText } from "../core/arm-id.ts";
import type { Request } from "../core/ports.ts";
import { accept } from "../core/work.ts";
import type { App } from "../app.ts";
import { type AzureEvent, parseEvent, UnreadableEventError } from "./event-parsing.ts";
import { type Hints, routeEvent } from "./event-routing.ts";
import { judged } from "./judged.ts";
import { textOf } from "./text-of.ts";

/**
 * Event Grid trigger: finds whom an event concerns and asks for looks there. What a retry cannot mend is kept
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
  const { verdict: route } = await judged(app, (policy) => routeEvent(event, policy));
  const told = `Event ${event.id} (${event.operation})`;
  if (route.kind === "unroutable") return reject(route.reason, route.message);
  if (route.kind === "elsewhere") {
    context.debug(`${told}: ${route.message}`);
    return;
  }
  if (event.actor !== undefined && sameText(event.actor, (await app.ownObjectId()) ?? "")) {
    context.log(`${told} tells of our own doing: nothing to look at.`);
    return;
  }
  const request = requestOf(event, route.hints, app.ports.clock.now());
  if (route.kind === "workspace") {
    await accept(route.workspace, request, app.ports);
    context.log(`${told} asks for a look at ${event.resourceUri}.`);
    return;
  }
  const { index, scope } = route;
  await app.ports.queue.send({ fanOut: { index, scope }, request }, 0);
  context.log(`${told} asks for a look at every workspace that depends on it.`);
}

function requestOf(event: AzureEvent, hints: Hints, acceptedAt: number): Request {
  const { id, operation, time, actor, actorName } = event;
  const who = [actorName, actor === undefined ? undefined : `(${actor})`]
    .filter((part) => part !== undefined)
    .join(" ");
  const changedAt = Date.parse(time);
  return {
    id: `event-${id}`,
    cause: "event",
    acceptedAt,
    evidence: { operation, eventId: id, eventTime: time, ...(who === "" ? {} : { actor: who }) },
    ...(Number.isNaN(changedAt) ? {} : { changedAt }),
    ...hints,
  };
}
