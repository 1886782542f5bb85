import { createHttpHeaders, type PipelinePolicy } from "@azure/core-rest-pipeline";
import type { Clock, Lease } from "../core/ports.ts";
import { retryAfterIn } from "./errors.ts";

/** When Azure does not say when to ask again, and what `Retry-After: 0` is taken for, in milliseconds. */
const defaultPollMs = 5_000;
const leastPollMs = 1_000;

/** Keeps the time before which Azure asked not to be asked about an operation again, and keeps to it. */
export class Pace {
  readonly #clock: Clock;
  readonly #permit: Pick<Lease, "signal" | "assertHeld">;
  #notBefore: number;
  /** Whether the time has come to ask once. */
  #isDue = false;
  /** The body of Azure's last answer. */
  lastBody = "";

  /**
   * @param permit the right to begin the operation: asked before each request but polls
   * @param notBefore ms since the epoch
   */
  constructor(clock: Clock, permit: Pick<Lease, "signal" | "assertHeld">, notBefore: number) {
    this.#clock = clock;
    this.#permit = permit;
    this.#notBefore = notBefore;
  }

  /** Milliseconds since the epoch. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** Waits until Azure may be asked. False, without waiting, when that is later than `until`. */
  async wait(until: number): Promise<boolean> {
    const ms = this.#notBefore - this.#clock.now();
    if (this.#notBefore > until) return false;
    if (ms > 0) await this.#clock.sleep(ms, this.#permit.signal);
    this.#isDue = true;
    return true;
  }

  /**
   * The SDK polls as soon as a write was accepted: that poll is answered here, as Azure asked to be left alone for a while. So what
   * is refused before `wait` was called is the write.
   */
  readonly policy: PipelinePolicy = {
    name: "operationPace",
    sendRequest: async (request, next) => {
      const isPoll = request.method === "GET";
      if (isPoll && !this.#isDue) {
        const headers = createHttpHeaders({ "content-type": "application/json" });
        return { request, status: 202, headers, bodyAsText: JSON.stringify({ status: "InProgress" }) };
      }
      if (!isPoll) this.#permit.assertHeld();
      const response = await next(request);
      this.#isDue = false;
      this.lastBody = response.bodyAsText ?? "";
      const pause = retryAfterIn(response.headers.get("retry-after")) ?? defaultPollMs;
      this.#notBefore = this.#clock.now() + Math.max(pause, leastPollMs);
      return response;
    },
  };
}
