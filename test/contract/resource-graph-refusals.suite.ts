import { describe, expect, test } from "vitest";

import { checkQuery } from "../support/check-query.ts";
import { resourceGraph, sharedAzure } from "./stand-in.ts";

const shared = sharedAzure({});

interface Refusal {
  readonly message: string;
  readonly details: { readonly code: string; readonly message: string; readonly additionalProperties: object }[];
}

async function refusal(query: string): Promise<Refusal> {
  const error: unknown = await resourceGraph(shared())
    .resources({ query })
    .catch((failure: unknown) => failure);
  expect(error).toMatchObject({ statusCode: 400, code: "BadRequest" });
  return (error as { details: { error: Refusal } }).details.error;
}

describe("what is refused", () => {
  test.each([
    ["resources | where id == 'a' and", "<EOF>", 1, 31],
    ["resources | where\n  (id == 'a'", "<EOF>", 2, 12],
    ["resources where id == 'a'", "where", 1, 10],
    ["resources | where id ? 'a'", "?", 1, 21],
    ["resources | where id == 'a", "'", 1, 24],
    ["resources | project id asc", "asc", 1, 23],
    ["resources | project kind = id", "kind", 1, 20],
    ["resources | take many", "many", 1, 17],
  ])("what is no KQL, with the place: %s", async (query, token, line, characterPositionInLine) => {
    const { details, message } = await refusal(query);
    expect(message).toContain(
      "Please provide below info when asking for support: timestamp = 2026-03-01T12:00:00.000Z",
    );
    expect(details).toMatchObject([
      { code: "InvalidQuery" },
      { code: "ParserFailure", additionalProperties: { token, line, characterPositionInLine } },
    ]);
    expect(checkQuery(query)).not.toEqual([]);
  });

  test.each([
    ["resources | join (resources) on id", "the operator 'join'"],
    ["resources | mv-expand identity", "the operator 'mv-expand'"],
    ["resources | project-away id", "the operator 'project-away'"],
    ["resources | distinct type", "the operator 'distinct'"],
    ["resources | constructor id", "the operator 'constructor'"],
    ["where type == 'a'", "a query without a table"],
    ["resources | where strlen(name) == 5", "the function 'strlen'"],
    ["resources | where toString(name) == 'a'", "the function 'toString'"],
    ["resources | where name has_any ('a')", "'has_any'"],
    ["resources | where name !endswith_cs 'a'", "'!endswith_cs'"],
    ["resources | where name matches regex 'a'", "'matches'"],
    ["resources | where properties.a > 5", "'>'"],
    ["resources | project x = 5 + 5", "'+'"],
    ["resources | where name in (tags.a)", "'in' with anything but literals"],
    ["resources | summarize make_set(id)", "'summarize' of anything but count()"],
    ["resources | summarize count(), count()", "'summarize' of more than one count()"],
    ["resources | extend tolower(id) | project tolower(kind)", "expressions without a name in more than one operator"],
    ["resources | order by id desc nulls first", "'nulls first' and 'nulls last'"],
  ])("what is not modelled, by name: %s", async (query, what) => {
    const { details } = await refusal(query);
    expect(details).toMatchObject([
      { code: "InvalidQuery" },
      { code: "InvalidQueryLanguage", message: expect.stringContaining(`does not model ${what}`) as string },
    ]);
  });

  test("a table that there is not", async () => {
    const { details } = await refusal("resourcse | take 1");
    expect(details[1]).toMatchObject({
      code: "DisallowedLogicalTableName",
      additionalProperties: { token: "resourcse" },
    });
  });

  test.each([
    ["resources | where typ == 'a'", "'typ'"],
    ["resources | project id | where name == 'a'", "'name'"],
    ["resources | project id.a", "'id' is a string and has no parts"],
    ["resources | order by properties.a", "'dynamic' is not allowed"],
    ["resources | summarize count() by properties.a", "'dynamic' is not allowed"],
    ["resources | where kind", "bool expected, not string"],
    ["resources | where not(properties.a)", "bool expected, not dynamic"],
    ["resources | project x = coalesce(properties.a, 'x')", "dynamic expected, not string"],
    ["resources | project id, id", "'id' is already declared"],
    ["resources | project tolower()", "expects 1 argument(s), not 0"],
  ])("names that are not there and types that do not fit: %s", async (query, message) => {
    const { details } = await refusal(query);
    expect(details[1]).toMatchObject({ code: "SemanticError", message: expect.stringContaining(message) as string });
    expect(checkQuery(query)).not.toEqual([]);
  });
});
