/**
 * The quota of Resource Graph: so many queries in every window of so long, counted for each user.
 *
 * Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 */
const QUERIES = 15;
const WINDOW_MS = 5000;

export interface QuotaState {
  readonly isExhausted: boolean;
  readonly remaining: number;
  readonly resetsAfterMs: number;
}

export class GraphQuota {
  readonly #windows = new Map<string, { startedAt: number; used: number }>();

  /** Counts a query of this principal, whether or not the quota had any left for it. */
  take(principalId: string, now: number): QuotaState {
    const key = principalId.toLowerCase();
    const last = this.#windows.get(key);
    const window = last && now < last.startedAt + WINDOW_MS ? last : { startedAt: now, used: 0 };
    this.#windows.set(key, window);
    const isExhausted = window.used >= QUERIES;
    if (!isExhausted) window.used += 1;
    return { isExhausted, remaining: QUERIES - window.used, resetsAfterMs: window.startedAt + WINDOW_MS - now };
  }
}

/** The headers of every answer; the time is `hh:mm:ss`. */
export function quotaHeaders({ remaining, resetsAfterMs }: QuotaState): Record<string, string> {
  const time = new Date(wholeSeconds(resetsAfterMs) * 1000).toISOString().slice(11, 19);
  return { "x-ms-user-quota-remaining": String(remaining), "x-ms-user-quota-resets-after": time };
}

export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
