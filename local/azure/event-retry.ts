/*
 * When Event Grid tries again. Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry, for destinations
 * that are Azure resources, such as a function.
 */

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const SCHEDULE = [
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];
const MAX_ATTEMPTS = 30;
const TIME_TO_LIVE = 24 * HOUR;

/** Statuses after which the next attempt waits at least this long. */
const AT_LEAST: Readonly<Record<number, number>> = {
  401: 5 * MINUTE,
  404: 5 * MINUTE,
  408: 2 * MINUTE,
  503: 30 * SECOND,
};

const DELIVERED = new Set([200, 201, 202, 203, 204]);
const FINAL = new Set([400, 403, 413]);

export function isDelivered(status: number): boolean {
  return DELIVERED.has(status);
}

/** The event is dead-lettered (or lost) without another attempt. */
export function isFinal(status: number): boolean {
  return FINAL.has(status);
}

/** How long to wait after this attempt (the first is 0); undefined when it was the last one. */
export function retryDelaySeconds(attempt: number, status: number): number | undefined {
  const delays = Array.from({ length: attempt + 1 }, (_, index) => SCHEDULE[index] ?? 12 * HOUR);
  const elapsed = delays.reduce((sum, delay) => sum + delay, 0);
  if (attempt + 1 >= MAX_ATTEMPTS || elapsed > TIME_TO_LIVE) return undefined;
  return Math.max(delays.at(-1) ?? 0, AT_LEAST[status] ?? 0);
}
