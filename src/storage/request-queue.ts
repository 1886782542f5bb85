import type { Clock, RequestQueue } from "../core/ports.ts";
import type { QueuedText, Storage } from "./connection.ts";

/** The longest time a message can stay invisible ("Put Message", Queue service): 7 days. */
const longestDelaySeconds = 7 * 24 * 60 * 60;
/** The most messages that the service lets peek at once ("Peek Messages", Queue service). */
const mostPeeked = 32;

/** The queue, and how far behind its readers are. */
export interface StorageRequestQueue extends RequestQueue {
  /**
   * Since when the longest waiting message could have been taken, ms since the epoch; `undefined` when none waits. Of a long
   * queue only the first {@link mostPeeked} are looked at, and none that somebody is at work on.
   */
  oldest(): Promise<number | undefined>;
}

/**
 * The queue of messages. Encoded as the Functions host expects by default (host.json `queues.messageEncoding`): base64 of
 * UTF-8 JSON, to which `dueAt` is added: when the message becomes visible, ISO 8601. They never expire. A delay is rounded
 * up to whole seconds, so that nothing comes before its time, except that what is more than 7 days away comes after 7 days:
 * the look it asks for is then early.
 * @param traceparent of what is under way (W3C Trace Context): where there is one, a message says so, for what it leads to
 */
export function openRequestQueue(
  storage: Storage,
  clock: Pick<Clock, "now">,
  traceparent: () => string | undefined = () => undefined,
): StorageRequestQueue {
  return {
    async send(message, delayMs) {
      const delaySeconds = Math.min(Math.max(0, Math.ceil(delayMs / 1000)), longestDelaySeconds);
      const dueAt = new Date(clock.now() + delaySeconds * 1000).toISOString();
      const text = Buffer.from(JSON.stringify({ ...message, dueAt, traceparent: traceparent() }), "utf8").toString(
        "base64",
      );
      await storage.send(text, delaySeconds);
    },
    async oldest() {
      const waiting = await storage.peek(mostPeeked);
      return waiting.length === 0 ? undefined : Math.min(...waiting.map(dueTime));
    },
  };
}

/** A message that somebody put back by hand, as from the poison queue, waits since then, whatever it says of itself. */
function dueTime({ text, insertedAt }: QueuedText): number {
  return Math.max(insertedAt, dueAtOf(text) ?? insertedAt);
}

function dueAtOf(text: string): number | undefined {
  try {
    const message = JSON.parse(Buffer.from(text, "base64").toString("utf8")) as { dueAt?: unknown } | null;
    const time = typeof message?.dueAt === "string" ? Date.parse(message.dueAt) : NaN;
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
