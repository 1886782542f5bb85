import { semanticError } from "./query-error.ts";
import type { Token } from "./tokens.ts";
import type { Row, ScalarType, Truth } from "./values.ts";

/** The columns of a table, by name, in order. */
export type Schema = ReadonlyMap<string, ScalarType>;

/** An expression whose names are resolved: it can be asked of a row. */
export interface Expression {
  readonly type: ScalarType;
  /** The column name it gets where it is given none; undefined for `Column1`, `Column2` … */
  readonly name: string | undefined;
  /** Where it stands, for messages. */
  readonly at: Token;
  /** What it always is, of a literal. */
  readonly literal?: string | number | boolean;
  readonly of: (row: Row) => unknown;
}

export function bool(at: Token, of: (row: Row) => Truth): Expression {
  return { type: "bool", name: undefined, at, of };
}

export function requireBool({ type, at }: Expression): void {
  if (type !== "bool") throw semanticError(`A value of type bool expected, not ${type}`, at);
}

/** Text operators and functions take JSON too, and read it as `tostring()` does. */
export function requireText({ type, at }: Expression): void {
  if (type !== "string" && type !== "dynamic") throw semanticError(`A value of type string expected, not ${type}`, at);
}
