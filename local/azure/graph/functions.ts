import { bool, type Expression, requireBool, requireText } from "./expression.ts";
import { semanticError } from "./query-error.ts";
import type { Token } from "./tokens.ts";
import { isMissing, negate, textOf, type Truth } from "./values.ts";

type Build = (args: readonly Expression[], at: Token) => Expression;

/**
 * The functions that are modelled. Text functions take JSON too, and read it as `tostring()` does.
 *
 * Source: https://learn.microsoft.com/kusto/query/scalar-functions
 */
export const functions: Readonly<Record<string, Build>> = {
  /** Only this one keeps the name of its argument. */
  tostring: (args, at) => {
    const [value] = exactly(1, args, at);
    return { type: "string", name: value.name, at, of: (row) => textOf(value.of(row), value.type) };
  },
  tolower: (args, at) => {
    const [value] = exactly(1, args, at);
    requireText(value);
    return { type: "string", name: undefined, at, of: (row) => textOf(value.of(row), value.type).toLowerCase() };
  },
  /** The first one that is not null or, of strings, not empty. */
  coalesce: (args, at) => {
    const [first, ...rest] = args;
    if (!first || rest.length === 0) throw semanticError(`coalesce(): expects 2 or more arguments`, at);
    for (const other of rest) requireType(first, other);
    const isNothing = first.type === "string" ? (value: unknown) => value === "" : isMissing;
    const of: Expression["of"] = (row) => {
      for (const candidate of args) {
        const value = candidate.of(row);
        if (!isNothing(value)) return value;
      }
      return first.type === "string" ? "" : null;
    };
    return { type: first.type, name: undefined, at, of };
  },
  /** What is null counts as false. */
  iff: (args, at) => {
    const [condition, then, otherwise] = exactly(3, args, at);
    requireBool(condition);
    requireType(then, otherwise);
    return {
      type: then.type,
      name: undefined,
      at,
      of: (row) => (condition.of(row) === true ? then.of(row) : otherwise.of(row)),
    };
  },
  not: (args, at) => {
    const [condition] = exactly(1, args, at);
    requireBool(condition);
    return bool(at, (row) => negate(condition.of(row) as Truth));
  },
  isempty: emptiness((value, type) => textOf(value, type) === ""),
  isnotempty: emptiness((value, type) => textOf(value, type) !== ""),
  /** A string is never null. */
  isnull: emptiness((value, type) => type !== "string" && isMissing(value)),
  isnotnull: emptiness((value, type) => type === "string" || !isMissing(value)),
};

function emptiness(test: (value: unknown, type: Expression["type"]) => boolean): Build {
  return (args, at) => {
    const [value] = exactly(1, args, at);
    return bool(at, (row) => test(value.of(row), value.type));
  };
}

function exactly(count: 1, args: readonly Expression[], at: Token): [Expression];
function exactly(count: 3, args: readonly Expression[], at: Token): [Expression, Expression, Expression];
function exactly(count: number, args: readonly Expression[], at: Token): Expression[] {
  if (args.length !== count) throw semanticError(`${at.text}(): expects ${count} argument(s), not ${args.length}`, at);
  return [...args];
}

/** Of arguments that must be of one type: Kusto converts none of them by itself. */
function requireType(first: Expression, { type, at }: Expression): void {
  if (type !== first.type) throw semanticError(`A value of type ${first.type} expected, not ${type}`, at);
}
