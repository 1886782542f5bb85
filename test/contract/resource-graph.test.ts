import { expect, test } from "vitest";

import type { QueryRequestOptions, QueryResponse } from "@azure/arm-resourcegraph";

import type { Fixture } from "../../local/azure/index.ts";
import {
  azureOf,
  group,
  raw,
  registryId,
  resourceGraph,
  subscriptionId,
  type TestAzure,
  workspaceId,
} from "./stand-in.ts";

const elsewhere = "22222222-2222-4222-8222-222222222222";
const principalId = "33333333-3333-4333-8333-333333333333";
const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";

function workspaceIn(subscription: string, name: string): string {
  return `/subscriptions/${subscription}/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

async function ask(azure: TestAzure, query: string, options: QueryRequestOptions = {}): Promise<QueryResponse> {
  return resourceGraph(azure).resources({ query, options });
}

async function namesOf(azure: TestAzure, scope: object = {}): Promise<string[]> {
  const answer = await resourceGraph(azure).resources({
    query: "resources | order by id asc | project name",
    ...scope,
  });
  return (answer.data as { name: string }[]).map(({ name }) => name);
}

/** The names of the roles whose assignments are seen, each as often as it is. */
async function rolesOf(azure: TestAzure, request: object, options: QueryRequestOptions = {}): Promise<string[]> {
  const query =
    "authorizationresources | where type == 'microsoft.authorization/roleassignments' | project role = tostring(properties.roleDefinitionId)";
  const answer = await resourceGraph(azure).resources({ query, ...request, options });
  const names = (answer.data as { role: string }[]).map(
    ({ role }) => azure.world.roles.definition(role)?.roleName ?? role,
  );
  return names.sort();
}

test("as a table it has columns with types and rows without names", async () => {
  const azure = await azureOf({ resources: [{ id: workspaceId }] });
  const answer = await ask(azure, "resources | project name, properties.storageAccount, isempty(kind)", {
    resultFormat: "table",
  });
  expect(answer.data).toEqual({
    columns: [
      { name: "name", type: "string" },
      { name: "properties_storageAccount", type: "object" },
      { name: "Column1", type: "boolean" },
    ],
    rows: [["alpha", null, false]],
  });
});

test("the graph sees everything as it was a while ago", async () => {
  const azure = await azureOf({ resources: [{ id: workspaceId }] }, { graphLagSeconds: 60, identityDelaySeconds: 30 });
  const beta = workspaceIn(subscriptionId, "beta");
  azure.world.put({ id: beta });
  azure.world.patch(workspaceId, { properties: { containerRegistry: registryId } });
  azure.world.grant({ scope: workspaceId, role: "Reader", principalId });
  const query =
    "resources | order by id asc | project name, registry = properties.containerRegistry, identity.principalId";
  expect((await ask(azure, query)).data).toMatchObject([{ name: "alpha", registry: null }]);
  expect(await rolesOf(azure, {})).toEqual([]);
  azure.pass(59);
  expect((await ask(azure, query)).data).toMatchObject([{ name: "alpha", registry: null }]);
  azure.pass(1);
  expect((await ask(azure, query)).data).toMatchObject([
    { name: "alpha", registry: registryId },
    { name: "beta", identity_principalId: null },
  ]);
  expect(await rolesOf(azure, {})).toEqual(["Reader"]);
  azure.pass(30);
  expect((await ask(azure, query)).data).toMatchObject([{}, { identity_principalId: expect.any(String) as string }]);
  azure.world.delete(beta);
  expect((await ask(azure, query)).data).toHaveLength(2);
  azure.pass(60);
  expect((await ask(azure, query)).data).toHaveLength(1);
});

test("a workspace that is being made shows it as long as it takes", async () => {
  const azure = await azureOf({}, { provisioningSeconds: 10 });
  azure.world.put({ id: workspaceId });
  const query = "resources | project properties.provisioningState";
  expect((await ask(azure, query)).data).toEqual([{ properties_provisioningState: "Creating" }]);
  azure.pass(10);
  expect((await ask(azure, query)).data).toEqual([{ properties_provisioningState: "Succeeded" }]);
});

test("what the app's identity may not read is missing without a word", async () => {
  const there = workspaceIn(elsewhere, "there");
  const azure = await azureOf({
    self: { permissions: [] },
    resources: [{ id: workspaceId }, { id: registryId }, { id: there }],
    roleAssignments: [{ scope: there, role: "Reader", principalId }],
  });
  const self = azure.world.self.principalId;
  await expect(ask(azure, "resources")).rejects.toMatchObject({
    statusCode: 400,
    details: { error: { details: [{ code: "NoValidSubscriptionsInQueryRequest" }] } },
  });
  azure.world.grant({ scope: workspaceId, role: "Reader", principalId: self });
  expect(await namesOf(azure)).toEqual(["alpha"]);
  expect(await namesOf(azure, { subscriptions: [subscriptionId, elsewhere] })).toEqual(["alpha"]);
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: self });
  expect(await namesOf(azure)).toEqual(["alpha"]);
  azure.world.setPermissions([
    { scope: `/subscriptions/${elsewhere}`, actions: ["Microsoft.MachineLearningServices/workspaces/read"] },
  ]);
  expect(await namesOf(azure)).toEqual(["alpha", "there"]);
  expect(await rolesOf(azure, {})).toEqual(["Reader"]);
  azure.world.grant({ scope: `/subscriptions/${elsewhere}`, role: "Reader", principalId: self });
  expect(await rolesOf(azure, { subscriptions: [elsewhere] })).toEqual(["Reader", "Reader"]);
  azure.world.deny({
    denyAssignmentName: "locked",
    scope: there,
    permissions: [{ actions: ["*/read"] }],
    principals: [{ id: self, type: "ServicePrincipal" }],
  });
  expect(await namesOf(azure)).toEqual(["alpha"]);
  const operator = resourceGraph(azure, principalId);
  expect(await operator.resources({ query: "resources" })).toMatchObject({ totalRecords: 3 });
});

test("a query is about the subscriptions it names, or about everything", async () => {
  const azure = await azureOf({ resources: [{ id: workspaceId }, { id: workspaceIn(elsewhere, "there") }] });
  expect(await namesOf(azure)).toEqual(["alpha", "there"]);
  expect(await namesOf(azure, { subscriptions: [elsewhere.toUpperCase()] })).toEqual(["there"]);
  const unknown = "44444444-4444-4444-8444-444444444444";
  expect(await namesOf(azure, { subscriptions: [unknown, subscriptionId] })).toEqual(["alpha"]);
  await expect(namesOf(azure, { subscriptions: [unknown] })).rejects.toMatchObject({ statusCode: 400 });
});

const nested: Fixture = {
  managementGroups: [
    { name: "Root" },
    { name: "platform", parent: "Root", subscriptions: [subscriptionId] },
    { name: "sandbox", parent: "Root", subscriptions: [elsewhere] },
  ],
  resources: [{ id: workspaceId }, { id: workspaceIn(elsewhere, "there") }],
  roleAssignments: [
    { scope: "/", role: "Owner", principalId },
    { scope: "/providers/Microsoft.Management/managementGroups/root", role: "Contributor", principalId },
    { scope: "/providers/Microsoft.Management/managementGroups/platform", role: "Reader", principalId },
    { scope: "/providers/Microsoft.Management/managementGroups/sandbox", role: "AcrPush", principalId },
    { scope: `/subscriptions/${subscriptionId}`, role: "AcrPull", principalId },
    { scope: group, role: "AcrDelete", principalId },
  ],
};

test("a management group stands for the subscriptions in it and below it", async () => {
  const azure = await azureOf(nested);
  expect(await namesOf(azure, { managementGroups: ["PLATFORM"] })).toEqual(["alpha"]);
  expect(await namesOf(azure, { managementGroups: ["platform", "sandbox"] })).toEqual(["alpha", "there"]);
  expect(await namesOf(azure, { managementGroups: ["root"] })).toEqual(["alpha", "there"]);
  await expect(namesOf(azure, { managementGroups: ["none"] })).rejects.toMatchObject({
    statusCode: 403,
    code: "AccessDenied",
  });
  const both = { managementGroups: ["root"], subscriptions: [subscriptionId] };
  await expect(namesOf(azure, both)).rejects.toMatchObject({ statusCode: 400 });
});

test("a hierarchy of management groups that is wrong is refused", async () => {
  await expect(azureOf({ managementGroups: [{ name: "a", parent: "b" }] })).rejects.toThrow("there is no 'b'");
  await expect(azureOf({ managementGroups: [{ name: "a", parent: "a" }] })).rejects.toThrow("lies in itself");
});

const ofSubscription = { subscriptions: [subscriptionId] };
const ofGroup = { managementGroups: ["platform"] };
test.each([
  ["AtScopeAndBelow", ofSubscription, ["AcrDelete", "AcrPull"]],
  ["AtScopeExact", ofSubscription, ["AcrPull"]],
  ["AtScopeAndAbove", ofSubscription, ["AcrPull", "Contributor", "Owner", "Reader"]],
  ["AtScopeAboveAndBelow", ofSubscription, ["AcrDelete", "AcrPull", "Contributor", "Owner", "Reader"]],
  ["AtScopeAndBelow", ofGroup, ["AcrDelete", "AcrPull", "Reader"]],
  ["AtScopeExact", ofGroup, ["Reader"]],
  ["AtScopeAndAbove", ofGroup, ["Contributor", "Owner", "Reader"]],
  [
    "AtScopeAboveAndBelow",
    { managementGroups: ["root"] },
    ["AcrDelete", "AcrPull", "AcrPush", "Contributor", "Owner", "Reader"],
  ],
  ["AtScopeAndBelow", {}, ["AcrDelete", "AcrPull", "AcrPush", "Contributor", "Owner", "Reader"]],
  ["AtScopeExact", {}, ["Owner"]],
] as const)("%s of %j decides which role assignments are seen", async (authorizationScopeFilter, scope, roles) => {
  const azure = await azureOf(nested);
  expect(await rolesOf(azure, scope, { authorizationScopeFilter })).toEqual(roles);
  if (authorizationScopeFilter === "AtScopeAndBelow") expect(await rolesOf(azure, scope)).toEqual(roles);
});

test("a management group of which nothing is known is above every subscription", async () => {
  const scope = "/providers/Microsoft.Management/managementGroups/other";
  const azure = await azureOf({
    self: { permissions: [] },
    resources: [{ id: workspaceId }],
    roleAssignments: [{ scope, role: "Owner", principalId }],
  });
  const self = azure.world.self.principalId;
  azure.world.grant({ scope: `/subscriptions/${subscriptionId}`, role: "Reader", principalId: self });
  expect(await rolesOf(azure, ofSubscription)).toEqual(["Reader"]);
  const options = { authorizationScopeFilter: "AtScopeAboveAndBelow" } as const;
  expect(await rolesOf(azure, ofSubscription, options)).toEqual(["Owner", "Reader"]);
});

test("every answer says what is left of the quota and when it is whole again", async () => {
  const azure = await azureOf();
  const quota = async (): Promise<[string | null, string | null]> => {
    const { headers } = await raw(azure, path, { method: "POST", body: '{"query":"resources"}' });
    return [headers.get("x-ms-user-quota-remaining"), headers.get("x-ms-user-quota-resets-after")];
  };
  expect(await quota()).toEqual(["14", "00:00:05"]);
  azure.pass(2);
  expect(await quota()).toEqual(["13", "00:00:03"]);
  azure.pass(3);
  expect(await quota()).toEqual(["14", "00:00:05"]);
});

test("beyond 15 queries in 5 seconds a user is refused until the time is over", async () => {
  const azure = await azureOf(undefined, { throttling: true });
  for (let sent = 0; sent < 15; sent += 1) await ask(azure, "resources | take 1");
  const body = '{"query":"resources"}';
  const refused = await raw(azure, path, { method: "POST", body });
  expect(refused).toMatchObject({ status: 429, code: "RateLimiting" });
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(refused.headers.get("x-ms-user-quota-remaining")).toBe("0");
  await expect(ask(azure, "resources")).rejects.toMatchObject({ statusCode: 429, code: "RateLimiting" });
  await resourceGraph(azure, principalId).resources({ query: "resources" });
  azure.pass(5);
  await ask(azure, "resources");
});

test("a page can be made to fail, and a query is logged as no write", async () => {
  const azure = await azureOf();
  const first = await ask(azure, "resources", { top: 1 });
  azure.setFaults([
    { match: { action: "Microsoft.ResourceGraph/resources/read" }, times: 1, respond: { status: 503 } },
  ]);
  const options = { skipToken: first.skipToken ?? "" };
  await expect(ask(azure, "resources", options)).rejects.toMatchObject({ statusCode: 503 });
  expect(await ask(azure, "resources", options)).toMatchObject({ count: 1 });
  expect(azure.summary()).toMatchObject({ reads: 3, writes: 0 });
  expect(azure.requests[1]?.body).toMatchObject({ query: "resources", options: { $skipToken: first.skipToken } });
});

test.each([
  ["no query", { query: "" }],
  ["facets", { query: "resources", facets: [{ expression: "type" }] }],
  ["a format that there is not", { query: "resources", options: { resultFormat: "csv" } }],
])("a body with %s is refused", async (_what, body) => {
  const answer = await raw(await azureOf(), path, { method: "POST", body: JSON.stringify(body) });
  expect(answer).toMatchObject({
    status: 400,
    code: "BadRequest",
    body: { error: { details: [{ code: "InvalidRequest" }] } },
  });
});
