import { LRUCache } from "lru-cache";
import type { Clock, Pacer } from "../core/ports.ts";

/** So many may go out at once, so that a small fleet does not wait: a sixteenth of the writes that the budget lets through at once. */
const burst = 10;

/** Subscriptions whose turns are kept at a time; one that was dropped has its burst again. */
const most = 1_000;

/**
 * Turns for first key syncs, in this process and for each subscription: a few at once, then one in each `everyMs`. All of a
 * fleet want one on the day the app first sees it; the budget alone would let them use up what Azure allows to the reserve.
 * @param everyMs how far apart two of them are, in milliseconds
 */
export function firstSyncPacer(clock: Pick<Clock, "now">, everyMs: number): Pacer {
  /** When the next one would be due if there were no burst. */
  const nextAt = new LRUCache<string, number>({ max: most });
  return {
    firstSync: (subscriptionId) => {
      const key = subscriptionId.toLowerCase();
      const now = clock.now();
      const at = Math.max(nextAt.get(key) ?? now, now);
      nextAt.set(key, at + everyMs);
      return Math.max(0, at - (burst - 1) * everyMs - now);
    },
  };
}
