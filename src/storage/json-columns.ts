import { UnreadableRowError } from "./storage-error.ts";
import type { Columns } from "./table.ts";

// A text column holds 32 Ki UTF-16 code units (64 KiB), an entity 1 MiB in all ("Understanding the Table service data model").
const partLength = 32_000;
const mostParts = 15;

/** How long the JSON of a value may be. */
export const longestJson = partLength * mostParts;

/**
 * A value as JSON in ASCII: so no border can tear a character apart, be it between two columns or between two packets of a
 * request, each of which Azurite (3.37) decodes by itself.
 */
export function asciiJson(value: unknown): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escape);
}

/**
 * A value as JSON in as many text columns as it needs (`memory0`, `memory1`, …) and their number (`memoryParts`).
 * @param before the number of parts the row has now: a merge cannot delete columns, so those left over are emptied
 * @throws RangeError when the JSON is longer than {@link longestJson}
 */
export function jsonColumns(name: string, value: unknown, before = 0): Columns {
  const json = asciiJson(value);
  if (json.length > longestJson)
    throw new RangeError(`The ${name} is too large to be stored: ${json.length} characters of JSON.`);
  const count = Math.ceil(json.length / partLength);
  const columns: Record<string, string | number> = { [`${name}Parts`]: count };
  for (let part = 0; part < Math.max(count, before); part += 1)
    columns[`${name}${part}`] = json.slice(part * partLength, (part + 1) * partLength);
  return columns;
}

/** A value as JSON in one text column, if it is short enough for that. */
export function oneColumn(value: unknown): string | undefined {
  const json = asciiJson(value);
  return json.length <= partLength ? json : undefined;
}

/** The value that {@link jsonColumns} stored. @throws UnreadableRowError */
export function fromJsonColumns(name: string, row: Readonly<Record<string, unknown>>): unknown {
  const count = row[`${name}Parts`];
  if (typeof count !== "number" || !(count >= 1 && count <= mostParts))
    throw new UnreadableRowError(`${name}Parts is not the number of columns that hold the ${name}.`);
  const parts = Array.from({ length: count }, (_, part) => row[`${name}${part}`]);
  if (!parts.every((part) => typeof part === "string"))
    throw new UnreadableRowError(`A part of the ${name} is missing.`);
  try {
    return JSON.parse(parts.join(""));
  } catch {
    throw new UnreadableRowError(`The ${name} is not JSON.`);
  }
}
