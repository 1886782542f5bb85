import * as z from "zod/mini";

/**
 * A time as JSON keeps it, ms since the epoch: one that a date can hold, for whoever shows it makes a date of it, which
 * throws for others (ECMA-262, "Time Values and Time Range").
 */
export const time = z.number().check(z.minimum(-8.64e15), z.maximum(8.64e15));

/** The time that a column tells, ms since the epoch; `undefined` when it tells none. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The time of a column as this version writes it, or else when the service stored the row. */
export function timeOrStored(value: unknown, row: { readonly timestamp?: string }): number {
  return timeOf(value) ?? timeOf(row.timestamp) ?? 0;
}
