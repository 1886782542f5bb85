import { expect } from "vitest";
import { type AnyAzure, useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";

function ask({ resourceGraph, place }: AnyAzure, query: string, options: object = {}) {
  return resourceGraph().resources({ query, subscriptions: [place.subscriptionId], options });
}

const ofWorkspace = ({ cast }: AnyAzure): string =>
  `resources | where type == 'microsoft.machinelearningservices/workspaces' | where id =~ '${cast.workspaceId}'`;

everywhere("a workspace is shown, with its identity and what it is made of", async (azure) => {
  const query = `${ofWorkspace(azure)} | project name, principalId = tostring(identity.principalId), storage = tostring(properties.storageAccount)`;
  await azure.eventually(async () => {
    const answer = await ask(azure, query);
    expect(answer.data).toEqual([
      {
        name: azure.names.workspace,
        principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        storage: expect.stringMatching(new RegExp(`^${azure.cast.storageId}$`, "i")) as string,
      },
    ]);
  });
});

everywhere("as a table it has columns with types", async (azure) => {
  const query = `${ofWorkspace(azure)} | project name, isempty(kind)`;
  const answer = await ask(azure, query, { resultFormat: "table" });
  expect(answer.data).toMatchObject({
    columns: [
      { name: "name", type: "string" },
      { name: "Column1", type: "boolean" },
    ],
  });
});

everywhere("every answer says what is left of the quota and when it is whole again", async ({ raw, place }) => {
  const body = JSON.stringify({ query: "resources | take 1", subscriptions: [place.subscriptionId] });
  const { headers } = await raw("POST", path, body);
  expect(Number(headers.get("x-ms-user-quota-remaining"))).toBeGreaterThanOrEqual(0);
  expect(headers.get("x-ms-user-quota-resets-after")).toMatch(/^\d\d:\d\d:\d\d$/);
});

everywhere("a query that makes no sense, and a body without one, are refused", async ({ raw, place }) => {
  for (const query of ["", "resources | where where"]) {
    const answer = await raw("POST", path, JSON.stringify({ query, subscriptions: [place.subscriptionId] }));
    expect(answer).toMatchObject({ status: 400, code: "BadRequest" });
  }
});
