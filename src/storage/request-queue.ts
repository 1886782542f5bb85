import type { RequestQueue } from "../core/ports.ts";
import type { Storage } from "./connection.ts";

/** The longest time a message can stay invisible ("Put Message", Queue service): 7 days. */
const longestDelaySeconds = 7 * 24 * 60 * 60;

/**
 * The queue of messages. Encoded as the Functions host expects by default (host.json `queues.messageEncoding`): base64 of
 * UTF-8 JSON. They never expire. A delay is rounded up to whole seconds, so that nothing comes before its time, except that
 * what is more than 7 days away comes after 7 days: the look it asks for is then early.
 */
export function openRequestQueue(storage: Storage): RequestQueue {
  return {
    async send(message, delayMs) {
      const text = Buffer.from(JSON.stringify(message), "utf8").toString("base64");
      await storage.send(text, Math.min(Math.max(0, Math.ceil(delayMs / 1000)), longestDelaySeconds));
    },
  };
}
