import { UnreadableRowError } from "./storage-error.ts";
import type { Columns } from "./table.ts";

// A text column holds 32 Ki UTF-16 code units (64 KiB), an entity 1 MiB in all ("Understanding the Table service data model").
const partLength = 32_000;
const mostParts = 15;

/** How long the JSON of a value may be, in UTF-16 code units; a part may end one short of its length. */
export const longestJson = (partLength - 1) * mostParts;

/**
 * A value as JSON in as many text columns as it needs (`memory0`, `memory1`, …) and their number (`memoryParts`).
 * @param before the number of parts the row has now: a merge cannot delete columns, so those left over are emptied
 * @throws RangeError when the JSON is longer than {@link longestJson}
 */
export function jsonColumns(name: string, value: unknown, before = 0): Columns {
  const json = JSON.stringify(value);
  if (json.length > longestJson)
    throw new RangeError(`The ${name} is too large to be stored: ${json.length} characters of JSON.`);
  const parts: string[] = [];
  for (let at = 0; at < json.length;) {
    let end = at + partLength;
    // A surrogate pair torn apart would come back as two replacement characters.
    if (isHighSurrogate(json.charCodeAt(end - 1))) end -= 1;
    parts.push(json.slice(at, end));
    at = end;
  }
  const columns: Record<string, string | number> = { [`${name}Parts`]: parts.length };
  for (let part = 0; part < Math.max(parts.length, before); part += 1) columns[`${name}${part}`] = parts[part] ?? "";
  return columns;
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

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
