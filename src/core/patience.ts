import type { Failure } from "./failure.ts";

/** How often Azure is asked the same within one call, and how long is waited in between. */
export interface Patience {
  readonly attempts: number;
  /** The pause after the first failure, in milliseconds. It doubles from there. */
  readonly firstPauseMs: number;
  /** What doubling leads to at most, in milliseconds. */
  readonly longestBackOffMs: number;
}

/** No pause is longer, in milliseconds, also when Azure asks for it. */
export const longestPauseMs = 60_000;

/**
 * How long to wait before asking again what has failed.
 * @param attempt which failed, counted from 1
 * @returns milliseconds; `undefined` when it was the last attempt, or another would fail as well
 */
export function pauseAfter(
  { kind, retryAfterMs = 0 }: Failure,
  attempt: number,
  { attempts, firstPauseMs, longestBackOffMs }: Patience,
): number | undefined {
  if (attempt >= attempts || (kind !== "throttled" && kind !== "transient")) return undefined;
  const backOffMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestBackOffMs);
  return Math.min(Math.max(retryAfterMs, backOffMs), longestPauseMs);
}
