import fc from "fast-check";
import { expect, test } from "vitest";

import { QueryError } from "../../local/azure/graph/query-error.ts";
import { readQuery } from "../../local/azure/graph/read-query.ts";
import { tables } from "../../local/azure/graph/tables.ts";
import { analyzeQuery } from "../support/check-query.ts";

const literal = fc.constantFrom("'a'", '"b\\"c"', "@'d\\'");
const column = fc.constantFrom("id", "name", "kind", "['location']");
const json = fc.constantFrom(
  "tags",
  "identity.principalId",
  "properties.storageAccount",
  "properties.keyCreationTime.key1",
  "properties['a-b'].c",
  "properties.list[0]",
  "tags.['cost.center']",
);
/** What is right in some places only, or nowhere. */
const misfit = fc.constantFrom("5", "true", "nothing", "coalesce(name)", "id.a", "tostring()");

const { text, truth } = fc.letrec<{ text: string; truth: string }>((tie) => {
  const readable = fc.oneof({ depthSize: "small" }, { weight: 9, arbitrary: tie("text") }, json, misfit);
  const call = (names: readonly string[], ...args: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(fc.constantFrom(...names), fc.tuple(...args)).map(([name, given]) => `${name}(${given.join(", ")})`);
  const compared = (words: readonly string[], left: fc.Arbitrary<string>, right: fc.Arbitrary<string>): typeof left =>
    fc.tuple(left, fc.constantFrom(...words), right).map((parts) => parts.join(" "));
  const list = fc.array(literal, { minLength: 1, maxLength: 3 }).map((items) => `(${items.join(", ")})`);
  return {
    text: fc.oneof(
      { depthSize: "small" },
      column,
      literal,
      call(["tostring", "tolower"], readable),
      call(["coalesce"], tie("text"), tie("text")),
      call(["iff"], tie("truth"), tie("text"), tie("text")),
      tie("text").map((inner) => `(${inner})`),
    ),
    truth: fc.oneof(
      { depthSize: "small" },
      compared(["==", "!=", "=~", "!~", "has", "!has", "contains", "startswith", "!endswith"], readable, readable),
      compared(["in", "!in", "in~", "!in~"], readable, list),
      call(["isempty", "isnotempty", "isnull", "isnotnull"], readable),
      call(["not"], tie("truth")),
      compared(["and", "or"], tie("truth"), tie("truth")),
      tie("truth").map((inner) => `(${inner})`),
    ),
  };
});
const expression = fc.oneof({ weight: 4, arbitrary: text }, json, truth, misfit);

const name = fc.constantFrom("", "", "x = ", "y = ", "id = ", "['kind'] = ");
const columns = fc
  .array(fc.tuple(name, expression), { minLength: 1, maxLength: 3 })
  .map((all) => all.map((parts) => parts.join("")).join(", "));
const operator = fc.oneof(
  truth.map((condition) => `where ${condition}`),
  columns.map((list) => `project ${list}`),
  columns.map((list) => `extend ${list}`),
  columns.map((list) => `summarize n = count() by ${list}`),
  fc.tuple(expression, fc.constantFrom("", " asc", " desc")).map(([key, way]) => `order by ${key}${way}`),
  fc.constantFrom("count", "take 5", "limit 1", "summarize count()"),
);
const query = fc
  .tuple(fc.constantFrom("resources", "authorizationresources"), fc.array(operator, { minLength: 1, maxLength: 3 }))
  .map(([table, operators]) => [table, ...operators].join(" | "));

test("what the stand-in answers, Kusto understands, with the same columns", () => {
  let answered = 0;
  fc.assert(
    fc.property(query, (given) => {
      try {
        const { schema } = readQuery(given, tables);
        answered += 1;
        expect(analyzeQuery(given)).toEqual({ problems: [], columns: [...schema] });
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
  expect(answered).toBeGreaterThan(20);
}, 120_000);
