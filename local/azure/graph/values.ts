/** The types of KQL that are modelled. `dynamic` is JSON, of which each part may be missing, which is null. */
export type ScalarType = "string" | "dynamic" | "bool" | "long";

/** A row of a table. */
export type Row = Readonly<Record<string, unknown>>;

/** KQL's bool, which may be null. Only true passes a `where`. */
export type Truth = boolean | null;

/**
 * What `tostring()` makes of a value, and how text operators read one; null is "".
 * Source: https://learn.microsoft.com/kusto/query/tostring-function
 */
export function textOf(value: unknown, type: ScalarType): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean" && type === "bool") return value ? "True" : "False";
  return JSON.stringify(value);
}

/**
 * `==`: with one null it is false, with two it is null. A part of JSON equals a string only when it is one, and
 * objects and arrays equal nothing, the harder case for a query.
 * Source: https://learn.microsoft.com/kusto/query/scalar-data-types/null-values
 */
export function equals(left: unknown, right: unknown): Truth {
  const [leftMissing, rightMissing] = [isMissing(left), isMissing(right)];
  if (leftMissing && rightMissing) return null;
  return !leftMissing && !rightMissing && typeof left !== "object" && left === right;
}

export function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

export function negate(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

/** How texts are compared, without regard to case; both are in lower case already. */
export const textComparisons: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  "=~": (text, part) => text === part,
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
  has: hasTerm,
};

/** Source: https://learn.microsoft.com/kusto/query/datatypes-string-operators ("What is a term?") */
function hasTerm(text: string, part: string): boolean {
  const isPartOfTerm = (index: number): boolean => /[a-z0-9]/.test(text.charAt(index));
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    if (!isPartOfTerm(at - 1) && !isPartOfTerm(at + part.length)) return true;
    if (part === "") return false;
  }
  return false;
}

/** Their order in an ascending `order by`: nulls come first, as in KQL; texts are ordered by their code units. */
export function compare(left: unknown, right: unknown): number {
  if (left === right || (isMissing(left) && isMissing(right))) return 0;
  if (isMissing(left)) return -1;
  if (isMissing(right)) return 1;
  return (left as string) < (right as string) ? -1 : 1;
}
