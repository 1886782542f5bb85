import type { TokenCredential } from "@azure/core-auth";
import { EventGridPublisherClient } from "@azure/eventgrid";
import { setTimeout as sleep } from "node:timers/promises";
import type { NoticeEvent } from "./cloud-event.ts";

/** Publishes events, all or none of them. @throws whatever came of the last attempt */
export type Publish = (events: readonly NoticeEvent[]) => Promise<void>;

/** How patient a publisher is, in milliseconds. */
export interface SendTimes {
  /** How long one attempt may take, the token included. */
  readonly attemptMs: number;
  readonly beforeRetryMs: number;
}

/** Whoever waits for it has done his work: a few seconds, and a second attempt for what a moment later may go well. */
const patient: SendTimes = { attemptMs: 2_500, beforeRetryMs: 300 };

/**
 * Publishes to a custom topic that takes CloudEvents. The SDK asks for tokens of the audience https://eventgrid.azure.net, in
 * whichever cloud the topic is (`DEFAULT_EVENTGRID_SCOPE` of @azure/eventgrid 5.12).
 * @param endpoint of the topic, with its path
 */
export function publisherTo(endpoint: string, credential: TokenCredential, patience = patient): Publish {
  const { attemptMs, beforeRetryMs } = patience;
  // The SDK's own retries follow Retry-After, however long that is.
  const client = new EventGridPublisherClient(endpoint, "CloudEvent", credential, { retryOptions: { maxRetries: 0 } });
  const attempt = (events: readonly NoticeEvent[]): Promise<void> =>
    within(attemptMs, (abortSignal) => client.send([...events], { abortSignal }));
  return async (events) => {
    try {
      await attempt(events);
    } catch (error) {
      if (!mayPass(error)) throw error;
      await sleep(beforeRetryMs);
      await attempt(events);
    }
  };
}

/** Aborts what takes longer, and does not wait for it to notice. */
async function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error(`no answer within ${ms} ms`));
    });
  });
  await Promise.race([work(signal), late]);
}

/** What Event Grid answered to the event itself, or to the identity, it would answer again. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/** The HTTP status in an error of the SDK; `undefined` when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = error as { readonly statusCode?: unknown };
  return typeof statusCode === "number" ? statusCode : undefined;
}
