import { expect, test } from "vitest";

import { tables } from "../../local/azure/graph/tables.ts";
import { analyzeQuery, checkQuery } from "./check-query.ts";

test.each([
  "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, registry = properties.containerRegistry | order by id asc",
  "resources | where type in~ ('a', 'b') and isnotempty(properties.storageAccount) | summarize count() by subscriptionId",
  "authorizationresources | where properties.principalId in ('a') | project id, role = tolower(tostring(properties.roleDefinitionId))",
  "resources | extend key1 = tostring(properties.keyCreationTime.key1) | take 5",
])("a query that Kusto understands has no problems: %s", (query) => {
  expect(checkQuery(query)).toEqual([]);
});

test.each([
  ["a table", "resourcse | take 1", "0: The name 'resourcse' does not refer to any known table"],
  ["a column", "resources | where typ == 'a'", "18: The name 'typ' does not refer to any known column"],
  ["an operator", "resources | whre id == 'a'", "12: Query operator expected."],
  ["a comparison", "resources | where id startwith 'a'", "21: "],
  [
    "a function",
    "resources | project lower = tolowr(id)",
    "28: The name 'tolowr' does not refer to any known function.",
  ],
])("%s that is misspelt is found, with its place", (_what, query, problem) => {
  expect(checkQuery(query).join("\n")).toContain(problem);
});

test.each([
  ["JSON cannot be ordered by", "resources | order by properties.a"],
  ["JSON cannot be grouped by", "resources | summarize count() by identity.principalId"],
  ["a text is no condition", "resources | where kind"],
  ["what is not finished", "resources | where id == 'a' and"],
])("types and syntax are checked: %s", (_what, query) => {
  expect(checkQuery(query)).not.toEqual([]);
});

test("it knows the columns that the stand-in has", () => {
  for (const [table, schema] of tables) expect(analyzeQuery(table).columns).toEqual([...schema]);
});
