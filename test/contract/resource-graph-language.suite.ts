import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { analyzeQuery, checkQuery } from "../support/check-query.ts";
import { acrPull, sharedAzure, group, registryId, resourceGraph, storageId, subscriptionId } from "./stand-in.ts";

const workspaces = `${group}/providers/Microsoft.MachineLearningServices/workspaces`;
const alpha = `${workspaces}/alpha`;
const beta = `${workspaces}/Beta`;
const endpoint = `${beta}/onlineEndpoints/score`;
const identityId = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
const principalId = "33333333-3333-4333-8333-333333333333";

const fixture: Fixture = {
  resources: [
    { id: registryId },
    { id: storageId, properties: { keyCreationTime: { key1: "2026-01-01T00:00:00Z", key2: "2026-02-01T00:00:00Z" } } },
    { id: identityId },
    {
      id: alpha,
      kind: "Hub",
      tags: { team: "red", "cost.center": "a b" },
      properties: { containerRegistry: registryId, storageAccount: storageId, hbiWorkspace: true },
    },
    {
      id: beta,
      kind: "Project",
      location: "NorthEurope",
      identity: { type: "UserAssigned", userAssignedIdentities: { [identityId]: {} } },
      properties: { hubResourceId: alpha, primaryUserAssignedIdentity: identityId, list: [{ a: "x" }] },
    },
    { id: endpoint },
    { id: `${beta}/computes/cluster` },
  ],
  roleAssignments: [{ scope: registryId, role: "AcrPull", principalId }],
};

const shared = sharedAzure(fixture);

async function rowsOf(query: string): Promise<unknown[]> {
  const answer = await resourceGraph(shared()).resources({ query, subscriptions: [subscriptionId] });
  return answer.data as unknown[];
}

/** The names of the workspaces that a condition lets through. */
async function where(condition: string): Promise<unknown[]> {
  const query = `resources | where type endswith '/workspaces' and (${condition}) | order by id asc | project name`;
  expect(checkQuery(query)).toEqual([]);
  return (await rowsOf(query)).map((row) => (row as { name: string }).name);
}

describe("where", () => {
  test.each([
    ["name == 'alpha'", ["alpha"]],
    ["name == 'beta'", []],
    ["name != 'alpha'", ["Beta"]],
    ["name =~ 'BETA'", ["Beta"]],
    ["name !~ 'BETA'", ["alpha"]],
    ["name in ('alpha', 'beta')", ["alpha"]],
    ["name !in ('alpha', 'beta')", ["Beta"]],
    ["name in~ ('ALPHA', 'BETA')", ["Beta", "alpha"]],
    ["name !in~ ('beta')", ["alpha"]],
    ["name startswith 'AL'", ["alpha"]],
    ["name !startswith 'AL'", ["Beta"]],
    ["name endswith 'ta'", ["Beta"]],
    ["name contains 'LPH'", ["alpha"]],
    ["name !contains 'LPH'", ["Beta"]],
    ["id has 'workspaces'", ["Beta", "alpha"]],
    ["id has 'workspace'", []],
    ["id has 'MachineLearningServices/workspaces'", ["Beta", "alpha"]],
    ["id !has 'alpha'", ["Beta"]],
    ["name == 'alpha' or name == 'Beta' and kind == 'Hub'", ["alpha"]],
    ["(name == 'alpha' or name == 'Beta') and kind == 'Project'", ["Beta"]],
    ["not(name == 'alpha')", ["Beta"]],
    ["location == 'northeurope'", ["Beta"]],
    ["properties.hbiWorkspace == true", ["alpha"]],
    ["properties.nothing == true", []],
    ["properties.nothing != true", ["Beta", "alpha"]],
    ["properties.nothing == properties.nothing", []],
    ["not(properties.nothing == properties.nothing)", []],
    ["properties.nothing !~ 'x'", ["Beta", "alpha"]],
    ["isempty(properties.storageAccount)", ["Beta"]],
    ["isnotempty(properties.storageAccount)", ["alpha"]],
    ["isnull(properties.storageAccount)", ["Beta"]],
    ["isnotnull(properties.storageAccount)", ["alpha"]],
    ["isnull(managedBy)", []],
    ["isempty(managedBy)", ["Beta", "alpha"]],
    ["iff(kind == 'Hub', tags.team == 'red', false)", ["alpha"]],
    ["tags['cost.center'] == 'a b'", ["alpha"]],
    ["tags.['cost.center'] == \"a b\"", ["alpha"]],
    ["properties.list[0].a == 'x'", ["Beta"]],
    ["['name'] == @'alpha'", ["alpha"]],
    ["name == 'al' // is nothing\n or name == 'alpha'", ["alpha"]],
  ])("%s", async (condition, names) => {
    expect(await where(condition)).toEqual(names);
  });

  test("a project shows its hub's registry", async () => {
    expect(await where(`properties.containerRegistry =~ '${registryId}'`)).toEqual(["Beta", "alpha"]);
  });
});

describe("the tables", () => {
  test("resources have the graph's casing, and computes are not among them", async () => {
    expect(await rowsOf("resources | summarize count() by type | order by type asc")).toEqual([
      { type: "microsoft.containerregistry/registries", count_: 1 },
      { type: "microsoft.machinelearningservices/workspaces", count_: 2 },
      { type: "microsoft.machinelearningservices/workspaces/onlineendpoints", count_: 1 },
      { type: "microsoft.managedidentity/userassignedidentities", count_: 1 },
      { type: "microsoft.storage/storageaccounts", count_: 1 },
    ]);
    const [row] = await rowsOf("Resources | where name == 'Beta'");
    expect(row).toMatchObject({
      id: beta,
      type: "microsoft.machinelearningservices/workspaces",
      kind: "Project",
      location: "northeurope",
      resourceGroup: "ml",
      subscriptionId,
      tenantId: shared().world.tenantId,
      managedBy: "",
      plan: null,
      sku: { name: "Basic" },
      identity: {
        type: "UserAssigned",
        userAssignedIdentities: { [identityId]: { principalId: expect.any(String) as string } },
      },
      properties: {
        containerRegistry: registryId,
        hubResourceId: alpha,
        primaryUserAssignedIdentity: identityId,
        provisioningState: "Succeeded",
      },
    });
  });

  test("storage accounts show when their keys were made", async () => {
    const query =
      "resources | where type == 'microsoft.storage/storageaccounts' | project properties.keyCreationTime.key1";
    expect(await rowsOf(query)).toEqual([{ properties_keyCreationTime_key1: "2026-01-01T00:00:00Z" }]);
  });

  test("registries do not show their permission mode", async () => {
    const query = "resources | where type == 'microsoft.containerregistry/registries' | project properties";
    const [row] = await rowsOf(query);
    expect(row).not.toHaveProperty("properties.roleAssignmentMode");
    expect(row).toHaveProperty("properties.loginServer");
  });

  test("role assignments and role definitions lie in authorizationresources", async () => {
    expect(
      await rowsOf("authorizationresources | where type =~ 'Microsoft.Authorization/roleAssignments'"),
    ).toMatchObject([
      {
        id: expect.stringContaining(`${registryId}/providers/Microsoft.Authorization/roleAssignments/`) as string,
        type: "microsoft.authorization/roleassignments",
        subscriptionId,
        properties: {
          principalId,
          principalType: "ServicePrincipal",
          scope: registryId,
          roleDefinitionId: expect.stringContaining(acrPull) as string,
          createdOn: "2026-03-01T12:00:00.000Z",
        },
      },
    ]);
    const roles =
      "authorizationresources | where type == 'microsoft.authorization/roledefinitions' and properties.roleName == 'AcrPull' | project name";
    expect(await rowsOf(roles)).toEqual([{ name: acrPull }]);
  });
});

describe("the other operators", () => {
  test("order by is descending unless said otherwise, with what is missing last", async () => {
    const only = "resources | where type endswith '/workspaces'";
    const names = async (rest: string): Promise<unknown[]> =>
      (await rowsOf(`${only} | ${rest} | project name`)).map((row) => (row as { name: string }).name);
    expect(await names("order by name")).toEqual(["alpha", "Beta"]);
    expect(await names("order by name asc")).toEqual(["Beta", "alpha"]);
    expect(await names("sort by tolower(name) desc")).toEqual(["Beta", "alpha"]);
    expect(await names("order by type asc, location asc")).toEqual(["Beta", "alpha"]);
    expect(await names("order by tostring(tags.team) desc")).toEqual(["alpha", "Beta"]);
  });

  test("extend adds and replaces columns, for what comes after it", async () => {
    const query =
      "resources | where name == 'alpha' | extend lower = tolower(kind), name = 'other' | extend both = coalesce(tostring(tags.none), lower) | project lower, name, both, kind";
    expect(await rowsOf(query)).toEqual([{ lower: "hub", name: "other", both: "hub", kind: "Hub" }]);
  });

  test("count, take and limit", async () => {
    expect(await rowsOf("resources | count")).toEqual([{ Count: 6 }]);
    expect(await rowsOf("resources | take 2 | count")).toEqual([{ Count: 2 }]);
    expect(await rowsOf("resources | limit 0")).toEqual([]);
    expect(await rowsOf("resources | where name == 'none' | summarize n = count()")).toEqual([{ n: 0 }]);
    expect(await rowsOf("resources | where name == 'none' | summarize count() by kind")).toEqual([]);
  });
});

/** Microsoft's parser is the judge of names and types. */
test.each([
  "resources",
  "resources | project tolower(id), tostring(properties.a.b), properties.c, properties['a-b'], coalesce(kind, name)",
  "resources | project properties.a[0].c, identity.['x.y'], isempty(kind), kind == 'a', 'text', 5, x = true",
  "resources | project tostring(tostring(properties.a)), (id), same = iff(kind == 'a', id, name)",
  "resources | extend tolower(id), x = id, id = tolower(id)",
  "resources | extend x = properties.a.b | project x, x2 = x.c",
  "resources | summarize count() by tostring(properties.a), type, tolower(kind), k = kind",
  "resources | summarize n = count() by ['kind']",
  "resources | project ['kind'] = id",
  "resources | order by id asc, name | count",
  "authorizationresources | project properties.principalId, isnull(properties) | take 1",
])("columns are named and typed as Kusto does: %s", async (query) => {
  const { problems, columns } = analyzeQuery(query);
  expect(problems).toEqual([]);
  const options = { resultFormat: "table" as const };
  const answer = await resourceGraph(shared()).resources({ query, options });
  const types: Record<string, string> = { string: "string", dynamic: "object", bool: "boolean", long: "integer" };
  expect((answer.data as { columns: unknown }).columns).toEqual(
    columns.map(([name, type]) => ({ name, type: types[type] })),
  );
});
