import { LRUCache } from "lru-cache";
import type { Clock } from "../core/ports.ts";
import { SharedRead } from "./shared-read.ts";

/**
 * Facts of Azure that change rarely, kept for minutes and never beyond a number of them. A fact is known with the time at
 * which it began to be read, so that whoever needs it fresher than that gets it read again. Whoever asks while it is read
 * waits for that read: many workspaces depend on one registry.
 */
export class FactCache<Fact extends object> {
  readonly #clock: Clock;
  readonly #kept: LRUCache<string, { readonly fact: Fact; readonly readAt: number }>;
  readonly #onTheirWay = new Map<string, SharedRead<Fact | undefined>>();

  /** @param ttlMs how long a fact may be used; 5 minutes unless told */
  constructor(clock: Clock, ttlMs = 5 * 60_000, max = 1_000) {
    this.#clock = clock;
    // Without a resolution of 0 the cache keeps the time it saw last for a while by the machine's clock, not by this one.
    this.#kept = new LRUCache({ max, ttl: ttlMs, ttlResolution: 0, perf: { now: () => clock.now() } });
  }

  /**
   * The fact, when its reading began at `freshAfter` (ms since the epoch) or later; else read now.
   * @param signal ends the wait of this caller alone
   * @param read answers `undefined` for what does not exist, which is not kept: it may appear at any moment
   * @param lasts whether a fact is worth keeping
   * @throws AzureFailure when `signal` is aborted; and what `read` throws
   */
  async get(
    key: string,
    freshAfter: number,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<Fact | undefined>,
    lasts: (fact: Fact) => boolean = () => true,
  ): Promise<Fact | undefined> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.readAt >= freshAfter) return kept.fact;
    const reading = this.#reading(key, freshAfter, read);
    try {
      const fact = await reading.join(signal);
      this.#keep(key, fact !== undefined && lasts(fact) ? fact : undefined, reading.startedAt);
      return fact;
    } finally {
      if (reading.isOver && this.#onTheirWay.get(key) === reading) this.#onTheirWay.delete(key);
    }
  }

  #reading(
    key: string,
    freshAfter: number,
    read: (signal: AbortSignal) => Promise<Fact | undefined>,
  ): SharedRead<Fact | undefined> {
    const onItsWay = this.#onTheirWay.get(key);
    if (onItsWay !== undefined && onItsWay.startedAt >= freshAfter && !onItsWay.isOver) return onItsWay;
    const reading = new SharedRead(this.#clock.now(), read);
    this.#onTheirWay.set(key, reading);
    return reading;
  }

  /** What was read later than this is not replaced by it. */
  #keep(key: string, fact: Fact | undefined, readAt: number): void {
    if ((this.#kept.get(key)?.readAt ?? 0) > readAt) return;
    if (fact === undefined) this.#kept.delete(key);
    else this.#kept.set(key, { fact, readAt });
  }
}
