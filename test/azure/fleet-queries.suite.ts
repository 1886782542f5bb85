import { expect, test } from "vitest";
import { queries } from "../../src/azure/fleet-reads.ts";
import { leastRoles } from "../../src/core/baseline.ts";
import { analyzeQuery } from "../support/check-query.ts";

const asked = [
  queries.workspaces,
  queries.endpoints,
  queries.storageAccounts,
  queries.subscriptions,
  queries.assignments([...leastRoles, "c0570000-0000-4000-8000-000000000001"]),
];

test.each(asked)("what the app asks is a query that Kusto understands, and can be paged: %s", (text) => {
  const { problems, columns } = analyzeQuery(text);
  expect(problems).toEqual([]);
  expect(columns.map(([name]) => name)).toContain("id");
});
