import { bool, type Expression, requireBool, requireText, type Schema } from "./expression.ts";
import { functions } from "./functions.ts";
import { notModelled, semanticError } from "./query-error.ts";
import type { Token, Tokens } from "./tokens.ts";
import { equals, negate, type Row, type ScalarType, textComparisons, textOf, type Truth } from "./values.ts";

/** What may follow a value in KQL and is not read here. */
const NOT_MODELLED =
  /^([<>+\-*/%]|<=|>=|![a-z_]+|between|matches|has(prefix|suffix|_any|_all)|(has|contains|startswith|endswith|hasprefix|hassuffix)_cs)$/;

/**
 * Reads an expression over these columns: recursive descent from `or` down, in the precedence of KQL.
 *
 * Written by hand: the part of KQL that is answered is small, a tree from Microsoft's own parser would have to be walked
 * and typed all the same, and so that parser can judge this one in the tests.
 *
 * @throws QueryError for what is no KQL, names no column or is not modelled
 */
export function readExpression(tokens: Tokens, schema: Schema): Expression {
  return readLogical(tokens, schema, "or", (inner) =>
    readLogical(tokens, inner, "and", (s) => readComparison(tokens, s)),
  );
}

/** As `readExpression`, of which only a bool is taken. */
export function readCondition(tokens: Tokens, schema: Schema): Expression {
  const condition = readExpression(tokens, schema);
  requireBool(condition);
  return condition;
}

/** `and` is false as soon as one side is, `or` true; else null as soon as one side is. */
function readLogical(
  tokens: Tokens,
  schema: Schema,
  word: "and" | "or",
  readOperand: (schema: Schema) => Expression,
): Expression {
  const first = readOperand(schema);
  const operands = [first];
  while (tokens.accept(word)) operands.push(readOperand(schema));
  if (operands.length === 1) return first;
  operands.forEach(requireBool);
  const decisive = word === "or";
  return bool(first.at, (row) => {
    let isNull = false;
    for (const operand of operands) {
      const truth = operand.of(row) as Truth;
      if (truth === decisive) return decisive;
      isNull ||= truth === null;
    }
    return isNull ? null : !decisive;
  });
}

function readComparison(tokens: Tokens, schema: Schema): Expression {
  const left = readPrimary(tokens, schema);
  const operator = tokens.peek();
  const { text } = operator;
  if (text === "==" || text === "!=") {
    tokens.take();
    return compared(left, readPrimary(tokens, schema), operator);
  }
  const isNegated = text.startsWith("!");
  const word = text === "!~" ? "=~" : text.replace(/^!/, "");
  const comparison = Object.hasOwn(textComparisons, word) ? textComparisons[word] : undefined;
  if (comparison) {
    tokens.take();
    const right = readPrimary(tokens, schema);
    [left, right].forEach(requireText);
    const textOfRight = lowerText(right);
    const textOfLeft = lowerText(left);
    return bool(left.at, (row) => comparison(textOfLeft(row), textOfRight(row)) !== isNegated);
  }
  if (word === "in" || word === "in~") {
    tokens.take();
    return readMembership(tokens, schema, left, word, isNegated);
  }
  if (NOT_MODELLED.test(text)) throw notModelled(`'${text}'`, operator);
  return left;
}

function compared(left: Expression, right: Expression, operator: Token): Expression {
  const isAny = left.type === "dynamic" || right.type === "dynamic";
  if (!isAny && left.type !== right.type) {
    throw semanticError(`Cannot compare values of types ${left.type} and ${right.type}`, operator);
  }
  if (operator.text === "==") return bool(left.at, (row) => equals(left.of(row), right.of(row)));
  return bool(left.at, (row) => negate(equals(left.of(row), right.of(row))));
}

/** `in (…)` with literals. What is null is in no list. */
function readMembership(
  tokens: Tokens,
  schema: Schema,
  left: Expression,
  word: "in" | "in~",
  isNegated: boolean,
): Expression {
  tokens.expect("(");
  const items = readList(tokens, schema);
  const members = new Set<unknown>();
  for (const { literal, at } of items) {
    if (literal === undefined) throw notModelled(`'${word}' with anything but literals`, at);
    members.add(word === "in~" ? String(literal).toLowerCase() : literal);
  }
  const textOfLeft = lowerText(left);
  if (word === "in~") {
    requireText(left);
    return bool(left.at, (row) => members.has(textOfLeft(row)) !== isNegated);
  }
  return bool(left.at, (row) => members.has(left.of(row)) !== isNegated);
}

/** Expressions up to the closing parenthesis, which is read too. */
function readList(tokens: Tokens, schema: Schema): Expression[] {
  const items: Expression[] = [];
  if (tokens.accept(")")) return items;
  do items.push(readExpression(tokens, schema));
  while (tokens.accept(","));
  tokens.expect(")");
  return items;
}

function readPrimary(tokens: Tokens, schema: Schema): Expression {
  const at = tokens.peek();
  if (tokens.accept("(")) {
    const inner = readExpression(tokens, schema);
    tokens.expect(")");
    return inner;
  }
  if (at.kind === "string") return literal(tokens.take(), "string", at.value);
  if (at.kind === "number") return literal(tokens.take(), "long", Number(at.value));
  if (at.text === "[") return readPath(tokens, schema, readBracketedName(tokens), at);
  if (at.kind !== "name") throw tokens.failure("an expression");
  tokens.take();
  if (at.text === "true" || at.text === "false") return literal(at, "bool", at.text === "true");
  if (!tokens.accept("(")) return readPath(tokens, schema, at.value, at);
  const build = Object.hasOwn(functions, at.text) ? functions[at.text] : undefined;
  if (!build) throw notModelled(`the function '${at.text}'`, at);
  return build(readList(tokens, schema), at);
}

/** `['name']`, with which any text can be a name. */
export function readBracketedName(tokens: Tokens): string {
  tokens.expect("[");
  const { value } = tokens.expectKind("string", "a string");
  tokens.expect("]");
  return value;
}

/** A column, or a part of one that is JSON: `properties.a`, `properties.a['b']`, `properties.a.['b']`, `properties.a[0]`. */
function readPath(tokens: Tokens, schema: Schema, column: string, at: Token): Expression {
  const type = schema.get(column);
  if (type === undefined) throw semanticError(`Failed to resolve scalar expression named '${column}'`, at);
  const steps: (string | number)[] = [];
  for (;;) {
    const here = tokens.peek();
    if (here.text === "." && tokens.peek(1).text !== "[") {
      tokens.take();
      steps.push(tokens.expectKind("name", "a name").value);
    } else if (here.text === "." || here.text === "[") {
      tokens.accept(".");
      if (tokens.peek(1).kind === "number") {
        tokens.expect("[");
        steps.push(Number(tokens.take().value));
        tokens.expect("]");
      } else steps.push(readBracketedName(tokens));
    } else break;
    if (type !== "dynamic") throw semanticError(`'${column}' is a ${type} and has no parts`, here);
  }
  const name = [column, ...steps].join("_");
  if (steps.length === 0) return { type, name, at, of: (row) => row[column] ?? null };
  return { type, name, at, of: (row) => partOf(row[column], steps) };
}

function partOf(value: unknown, steps: readonly (string | number)[]): unknown {
  let part = value;
  for (const step of steps) {
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, step)) return null;
    part = (part as Record<string | number, unknown>)[step];
  }
  return part ?? null;
}

function literal(at: Token, type: ScalarType, value: string | number | boolean): Expression {
  return { type, name: undefined, at, literal: value, of: () => value };
}

function lowerText({ literal: fixed, of, type }: Expression): (row: Row) => string {
  if (typeof fixed !== "string") return (row) => textOf(of(row), type).toLowerCase();
  const lower = fixed.toLowerCase();
  return () => lower;
}
