import type { Expression, Schema } from "./expression.ts";
import { notModelled, semanticError, unknownTable } from "./query-error.ts";
import { readBracketedName, readCondition, readExpression } from "./read-expression.ts";
import { type Token, Tokens } from "./tokens.ts";
import { compare, type Row, type ScalarType } from "./values.ts";

/** A query whose names are resolved. */
export interface Query {
  /** In lower case. */
  readonly table: string;
  /** The columns of its result. */
  readonly schema: Schema;
  /** Whether it has a `take` or `limit`, which switches paging off. */
  readonly isLimited: boolean;
  readonly run: (rows: readonly Row[]) => readonly Row[];
}

/** What an operator makes of a table. */
interface Stage {
  readonly schema: Schema;
  readonly run: (rows: readonly Row[]) => readonly Row[];
  readonly isLimit?: true;
  /** Where it makes a column that is called `Column1` or the like. */
  readonly numbered?: Token | undefined;
}

type ReadOperator = (tokens: Tokens, schema: Schema) => Stage;

/** The operators that are modelled. Source: https://learn.microsoft.com/kusto/query/tabular-operators */
const operators: Readonly<Record<string, ReadOperator>> = {
  where: readWhere,
  project: (tokens, schema) => select(readColumns(tokens, schema)),
  extend: readExtend,
  order: readOrder,
  sort: readOrder,
  take: readTake,
  limit: readTake,
  count: () => ({
    schema: new Map([["Count", "long"]]),
    run: (rows) => [{ Count: rows.length }],
  }),
  summarize: readSummarize,
};

/**
 * Reads a query and resolves its names. The names of tables are taken without regard to case, everything else with it. A
 * query without a table, which Azure reads as one of `resources`, is not modelled.
 *
 * @throws QueryError for what is no KQL, does not fit or is not modelled
 */
export function readQuery(text: string, tables: ReadonlyMap<string, Schema>): Query {
  const tokens = new Tokens(text);
  const start = tokens.expectKind("name", "the name of a table");
  const table = start.text.toLowerCase();
  const columns = tables.get(table);
  if (!columns)
    throw Object.hasOwn(operators, table) ? notModelled("a query without a table", start) : unknownTable(start);
  const stages: Stage[] = [];
  let schema = columns;
  while (tokens.accept("|")) {
    const stage = readOperator(tokens)(tokens, schema);
    // Kusto's numbers go on from one operator to the next, by rules that nobody should build upon.
    if (stage.numbered && stages.some(({ numbered }) => numbered)) {
      throw notModelled("expressions without a name in more than one operator", stage.numbered);
    }
    stages.push(stage);
    schema = stage.schema;
  }
  if (tokens.peek().kind !== "end") throw tokens.failure("|");
  return {
    table,
    schema,
    isLimited: stages.some(({ isLimit }) => isLimit === true),
    run: (rows) => stages.reduce((left, stage) => stage.run(left), rows),
  };
}

function readOperator(tokens: Tokens): ReadOperator {
  const token = tokens.expectKind("name", "an operator");
  // `project-away`, `mv-expand`: a hyphen is no part of a name elsewhere.
  const rest = tokens.peek().text === "-" ? `-${tokens.peek(1).text}` : "";
  const name = token.text + rest;
  const read = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!read) throw notModelled(`the operator '${name}'`, token);
  return read;
}

function readWhere(tokens: Tokens, schema: Schema): Stage {
  const condition = readCondition(tokens, schema);
  return { schema, run: (rows) => rows.filter((row) => condition.of(row) === true) };
}

/** Columns with their names: `a`, `b = expression`, `expression`. */
type Columns = ReadonlyMap<string, Expression>;

function readColumns(tokens: Tokens, schema: Schema): Columns {
  const columns = new Map<string, Expression>();
  let unnamed = 0;
  do {
    const at = tokens.peek();
    const given = readName(tokens);
    const expression = readExpression(tokens, schema);
    if (given === undefined && expression.name === undefined) unnamed += 1;
    const name = given ?? expression.name ?? `Column${unnamed}`;
    if (columns.has(name)) throw semanticError(`A column with the name '${name}' is already declared.`, at);
    columns.set(name, expression);
  } while (tokens.accept(","));
  return columns;
}

function numberedIn(columns: Columns): Token | undefined {
  return [...columns].find(([name, expression]) => /^Column\d+$/.test(name) && name !== expression.name)?.[1].at;
}

/** The name before a `=`, which is read too; reads nothing where there is none. */
function readName(tokens: Tokens): string | undefined {
  const token = tokens.peek();
  if (token.kind === "name" && tokens.peek(1).text === "=") {
    // Kusto takes it for its own word there.
    if (token.text === "kind") throw tokens.failure("['kind']");
    tokens.take();
    tokens.expect("=");
    return token.value;
  }
  if (token.text === "[" && tokens.peek(3).text === "=") {
    const name = readBracketedName(tokens);
    tokens.expect("=");
    return name;
  }
  return undefined;
}

function select(columns: Columns): Stage {
  const parts = [...columns];
  return {
    schema: schemaOf(columns),
    numbered: numberedIn(columns),
    run: (rows) =>
      rows.map((row) => {
        const selected: Record<string, unknown> = {};
        for (const [name, { of }] of parts) selected[name] = of(row);
        return selected;
      }),
  };
}

/** New columns come last, those that were there keep their place. */
function readExtend(tokens: Tokens, schema: Schema): Stage {
  const columns = readColumns(tokens, schema);
  const { run } = select(columns);
  return {
    schema: new Map([...schema, ...schemaOf(columns)]),
    numbered: numberedIn(columns),
    run: (rows) => {
      const added = run(rows);
      return rows.map((row, index) => ({ ...row, ...added[index] }));
    },
  };
}

/** Descending unless `asc` is said, as in KQL. Rows that are equal stay in the order they had. */
function readOrder(tokens: Tokens, schema: Schema): Stage {
  tokens.expect("by");
  const keys: { of: Expression["of"]; sign: 1 | -1 }[] = [];
  do {
    const key = readExpression(tokens, schema);
    requireScalar(key);
    const isAscending = tokens.accept("asc");
    if (!isAscending) tokens.accept("desc");
    if (tokens.peek().text === "nulls") throw notModelled("'nulls first' and 'nulls last'", tokens.peek());
    keys.push({ of: key.of, sign: isAscending ? 1 : -1 });
  } while (tokens.accept(","));
  const run = (rows: readonly Row[]): readonly Row[] => {
    const keyed = rows.map((row) => ({ row, values: keys.map(({ of }) => of(row)) }));
    keyed.sort((a, b) => {
      let order = 0;
      for (let key = 0; order === 0 && key < keys.length; key += 1) {
        order = compare(a.values[key], b.values[key]) * (keys[key]?.sign ?? 1);
      }
      return order;
    });
    return keyed.map(({ row }) => row);
  };
  return { schema, run };
}

function readTake(tokens: Tokens, schema: Schema): Stage {
  const count = Number(tokens.expectKind("number", "a number").value);
  return { schema, isLimit: true, run: (rows) => rows.slice(0, count) };
}

/** Only `count()`, with or without a name and a `by`. */
function readSummarize(tokens: Tokens, schema: Schema): Stage {
  const at = tokens.peek();
  const name = readName(tokens) ?? "count_";
  const aggregate = tokens.peek();
  if (!tokens.accept("count")) throw notModelled("'summarize' of anything but count()", aggregate);
  tokens.expect("(");
  tokens.expect(")");
  if (tokens.peek().text === ",") throw notModelled("'summarize' of more than one count()", tokens.peek());
  const columns: Columns = tokens.accept("by") ? readColumns(tokens, schema) : new Map<string, Expression>();
  [...columns.values()].forEach(requireScalar);
  if (columns.has(name)) throw semanticError(`A column with the name '${name}' is already declared.`, at);
  const { run } = select(columns);
  return {
    schema: new Map([...schemaOf(columns), [name, "long"]]),
    numbered: numberedIn(columns),
    run: (rows) => {
      const groups = new Map<string, { row: Row; count: number }>();
      if (columns.size === 0) groups.set("[]", { row: {}, count: 0 });
      for (const row of run(rows)) {
        const key = JSON.stringify(Object.values(row));
        const group = groups.get(key) ?? { row, count: 0 };
        groups.set(key, group);
        group.count += 1;
      }
      return [...groups.values()].map(({ row, count }) => ({ ...row, [name]: count }));
    },
  };
}

/** What orders and groups has to be of a type that has an order: Kusto wants a `tostring()` around JSON. */
function requireScalar({ type, at }: Expression): void {
  if (type === "dynamic") throw semanticError("The value of type 'dynamic' is not allowed in this context.", at);
}

function schemaOf(columns: Columns): Map<string, ScalarType> {
  return new Map([...columns].map(([name, { type }]) => [name, type]));
}
