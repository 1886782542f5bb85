import { setTimeout as pause } from "node:timers/promises";

/**
 * Sends what there is to send, one request at a time: who asks while one is under way is answered by the next, together with
 * all others who ask meanwhile. So a burst of invocations makes few requests, and a receiver that hangs holds one.
 */
export class Sending {
  readonly #send: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when all that is there by now is sent, or could not be. */
  all(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#send()
        .catch(() => undefined)
        .finally(() => {
          this.#running = undefined;
        });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.all();
    });
    return this.#next;
  }
}

/** Resolves with `work`, however that ends, or after `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const done = work.then(
    () => undefined,
    () => undefined,
  );
  const late = pause(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([done, late]);
  timer.abort();
}
