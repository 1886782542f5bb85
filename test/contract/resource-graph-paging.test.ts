import type { QueryRequestOptions, QueryResponse } from "@azure/arm-resourcegraph";
import { expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { azureOf, resourceGraph, subscriptionId, type TestAzure } from "./stand-in.ts";

function workspace(name: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

const many: Fixture = {
  resources: Array.from({ length: 2500 }, (_, index) => ({ id: workspace(`w${index}`) })),
};

async function ask(azure: TestAzure, query: string, options: QueryRequestOptions = {}): Promise<QueryResponse> {
  return resourceGraph(azure).resources({ query, options });
}

test("a result comes in pages of 1000 that follow from each other by their token", async () => {
  const azure = await azureOf(many);
  const query = "resources | project id, name | order by id asc";
  const first = await ask(azure, query);
  expect(first).toMatchObject({ totalRecords: 2500, count: 1000, resultTruncated: "false" });
  const second = await ask(azure, query, { skipToken: first.skipToken ?? "" });
  const third = await ask(azure, query, { skipToken: second.skipToken ?? "" });
  expect(third).toMatchObject({ totalRecords: 2500, count: 500, resultTruncated: "false" });
  expect(third.skipToken).toBeUndefined();
  const ids = [first, second, third].flatMap(({ data }) => (data as { id: string }[]).map(({ id }) => id));
  expect(new Set(ids).size).toBe(2500);
  expect(ids).toEqual([...ids].sort());
});

test("without the id among its columns, or with a take, a result has only one page and says that it is cut", async () => {
  const azure = await azureOf(many);
  for (const query of ["resources | project name", "resources | take 2000", "resources | project id = properties"]) {
    const answer = await ask(azure, query);
    expect(answer).toMatchObject({ count: 1000, resultTruncated: "true" });
    expect(answer.skipToken).toBeUndefined();
  }
  expect(await ask(azure, "resources | take 5")).toMatchObject({ totalRecords: 5, count: 5, resultTruncated: "false" });
});

test("$top is the size of the pages to come, $skip where they begin", async () => {
  const azure = await azureOf(many);
  const query = "resources | order by id asc";
  const first = await ask(azure, query, { top: 2, skip: 2497 });
  expect(first).toMatchObject({ totalRecords: 2500, count: 2 });
  expect(await ask(azure, query, { skipToken: first.skipToken ?? "" })).toMatchObject({ count: 1 });
  expect(await ask(azure, query, { skipToken: first.skipToken ?? "", top: 7, skip: 0 })).toMatchObject({ count: 7 });
  expect(await ask(azure, "resources | take 3", { skip: 2 })).toMatchObject({ count: 3 });
  await expect(ask(azure, query, { top: 1001 })).rejects.toMatchObject({ statusCode: 400, code: "BadRequest" });
});

test("a token is good only for the query and scope it was made for", async () => {
  const azure = await azureOf(many);
  const { skipToken = "" } = await ask(azure, "resources");
  await expect(ask(azure, "resources | order by id asc", { skipToken })).rejects.toMatchObject({ statusCode: 400 });
  await expect(ask(azure, "resources", { skipToken: "made-up" })).rejects.toMatchObject({ statusCode: 400 });
});

test("each page is of the world as it is by then, so that what is deleted in between shifts the rows after it", async () => {
  const azure = await azureOf({
    resources: ["a", "b", "c", "d"].map((name) => ({ id: workspace(name) })),
  });
  const query = "resources | project id, name | order by id asc";
  const first = await ask(azure, query, { top: 2 });
  azure.pass(1);
  azure.world.delete(workspace("a"));
  const second = await ask(azure, query, { skipToken: first.skipToken ?? "" });
  expect(second.data).toMatchObject([{ name: "d" }]);
  expect(second.totalRecords).toBe(3);
});
