/** The time that a column tells, ms since the epoch; `undefined` when it tells none. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The time of a column as this version writes it, or else when the service stored the row. */
export function timeOrStored(value: unknown, row: { readonly timestamp?: string }): number {
  return timeOf(value) ?? timeOf(row.timestamp) ?? 0;
}
