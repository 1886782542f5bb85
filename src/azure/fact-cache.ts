import { LRUCache } from "lru-cache";
import type { Clock } from "../core/ports.ts";

/**
 * Facts of Azure that change rarely, kept for minutes and never beyond a number of them. A fact is known with the time at
 * which it began to be read, so that whoever needs it fresher than that gets it read again.
 */
export class FactCache<Fact extends object> {
  readonly #clock: Clock;
  readonly #kept: LRUCache<string, { readonly fact: Fact; readonly readAt: number }>;

  /** @param ttlMs how long a fact may be used; 5 minutes unless told */
  constructor(clock: Clock, ttlMs = 5 * 60_000, max = 1_000) {
    this.#clock = clock;
    // Without a resolution of 0 the cache keeps the time it saw last for a while by the machine's clock, not by this one.
    this.#kept = new LRUCache({ max, ttl: ttlMs, ttlResolution: 0, perf: { now: () => clock.now() } });
  }

  /**
   * The fact, from memory when it was read at `freshAfter` (ms since the epoch) or later.
   * @param read answers `undefined` for what does not exist, which is not kept: it may appear at any moment
   * @param lasts whether a fact is worth keeping
   */
  async get(
    key: string,
    freshAfter: number,
    read: () => Promise<Fact | undefined>,
    lasts: (fact: Fact) => boolean = () => true,
  ): Promise<Fact | undefined> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.readAt >= freshAfter) return kept.fact;
    const readAt = this.#clock.now();
    const fact = await read();
    if (fact === undefined || !lasts(fact)) this.#kept.delete(key);
    else this.#kept.set(key, { fact, readAt });
    return fact;
  }
}
