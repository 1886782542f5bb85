import type { Clock } from "../core/ports.ts";

/** What ARM counts apart from each other. */
export type RequestKind = "reads" | "writes" | "deletes";

export interface Limit {
  /** How many requests ARM allows at once, and how many more with every second. */
  readonly size: number;
  readonly perSecond: number;
  /** How many requests are set aside for one look that was sent away: 2 to 5 reads and 3 writes at most are needed by nearly all, so something is left for those that come meanwhile. */
  readonly ofALook: number;
}

/** Per subscription and principal (Microsoft Learn, "Understand how Azure Resource Manager throttles requests"). */
export const limits: Readonly<Record<RequestKind, Limit>> = {
  reads: { size: 250, perSecond: 25, ofALook: 6 },
  writes: { size: 200, perSecond: 10, ofALook: 3 },
  deletes: { size: 200, perSecond: 10, ofALook: 1 },
};

/**
 * Below this share of the bucket nothing is sent. ARM counts per principal, so it is left to whoever else acts as our identity:
 * the app's other instances, of whose requests an instance learns only from the next answer it gets. And a subscription's
 * bucket over all principals, which people and pipelines share with us, is spared by whoever does not run at the limit.
 */
export const reserve = 0.2;

/** How long nothing is sent after a 429 that does not say. */
const pauseMs = 5_000;

/**
 * ARM's token bucket for one subscription and kind of request, as far as it can be known from here: what is sent is counted,
 * and what ARM says is left corrects the count.
 */
export class Budget {
  readonly #limit: Limit;
  readonly #clock: Pick<Clock, "now">;
  #level: number;
  #filledAt: number;
  /** Sent and not answered: ARM may or may not have counted them. */
  #unanswered = 0;
  #closedUntil = 0;
  /** When the last one that was sent away was told to come. */
  #lastTurn = 0;

  constructor(limit: Limit, clock: Pick<Clock, "now">) {
    this.#limit = limit;
    this.#clock = clock;
    this.#level = limit.size;
    this.#filledAt = clock.now();
  }

  /**
   * Takes one request out of the bucket, unless that has to wait.
   * @returns 0 when it may be sent, and has to be followed by {@link answered}; else in how many milliseconds to come back.
   * Each one that is sent away has a turn of its own, so they do not come back at one moment, and few are sent away twice
   */
  take(): number {
    const now = this.#fill();
    const { size, perSecond, ofALook } = this.#limit;
    const roomAt = now + ((size * reserve + 1 - this.#level) / perSecond) * 1_000;
    const openAt = Math.max(roomAt, this.#closedUntil);
    if (openAt <= now) {
      this.#level -= 1;
      this.#unanswered += 1;
      return 0;
    }
    this.#lastTurn = Math.max(this.#lastTurn, openAt) + (ofALook / perSecond) * 1_000;
    return Math.ceil(this.#lastTurn - now);
  }

  /**
   * What became of a request that was taken.
   * @param told how many ARM says are left. Lower is believed: others use the bucket as well. Higher is believed but for what
   * ARM may not have counted yet
   */
  answered(told: number | undefined): void {
    this.#fill();
    this.#unanswered -= 1;
    if (told === undefined) return;
    const least = Math.min(told - this.#unanswered, this.#limit.size);
    this.#level = Math.max(0, Math.min(told, Math.max(this.#level, least)));
  }

  /** ARM refused one (429): none is sent for as long as it says, and what it does not say is left is not taken to be there. */
  refused(told: number | undefined, retryAfterMs = pauseMs): void {
    this.answered(told ?? 0);
    this.#closedUntil = Math.max(this.#closedUntil, this.#filledAt + retryAfterMs);
  }

  #fill(): number {
    const now = this.#clock.now();
    const { size, perSecond } = this.#limit;
    this.#level = Math.min(size, this.#level + (Math.max(0, now - this.#filledAt) / 1_000) * perSecond);
    this.#filledAt = now;
    return now;
  }
}
