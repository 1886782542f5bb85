import { describe, expect, test } from "vitest";

import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { type Hints, routedOperations, routedTypes, routeEvent } from "../../src/functions/event-routing.ts";
import { resourceUri, subscriptionId } from "./samples.ts";
import {
  acr,
  assignmentAt,
  computeUri,
  definitionAt,
  endpointUri,
  groupUri,
  ml,
  policy,
  registryUri,
  routable,
  shouted,
  storageUri,
  subscriptionUri,
  successOf,
  tagsOf,
  time,
} from "./routing-samples.ts";

const tagsWrite = "Microsoft.Resources/tags/write";
const assignmentDelete = "Microsoft.Authorization/roleAssignments/delete";
const definitionWrite = "Microsoft.Authorization/roleDefinitions/write";
const at = Date.parse(time);

test("the table names each operation once, and every operation of the table has a route", () => {
  expect(routable.map(({ operation }) => operation)).toEqual(routedOperations);
  expect(new Set(routedOperations.map((operation) => operation.toLowerCase())).size).toBe(routedOperations.length);
  for (const event of routable) expect(routeEvent(event, policy).kind).toMatch(/workspace|fanOut/);
});

test("the types to let through are those of successes", () => {
  expect([...routedTypes].sort()).toEqual(
    ["Action", "Delete", "Write"].map((verb) => `Microsoft.Resources.Resource${verb}Success`),
  );
});

describe("an event leads to one workspace", () => {
  test.each<[operation: string, uri: string, hints: Hints]>([
    [`${ml}/write`, resourceUri, {}],
    [`${ml}/delete`, resourceUri, { confirm: true }],
    [`${ml}/computes/write`, computeUri, { list: true, confirm: true }],
    [`${ml}/computes/delete`, computeUri, { list: true, confirm: true }],
    [`${ml}/onlineEndpoints/write`, endpointUri, { list: true, confirm: true }],
    [`${ml}/onlineEndpoints/delete`, endpointUri, { list: true, confirm: true }],
    [`${ml}/onlineEndpoints/write`, `${endpointUri}/deployments/blue`, { list: true, confirm: true }],
    [tagsWrite, tagsOf(resourceUri), {}],
    [tagsWrite, `${tagsOf(resourceUri)}/`, {}],
    [tagsWrite, resourceUri, {}],
  ])("%s at %s, in any casing", (operation, uri, hints) => {
    const event = successOf(operation, uri);
    expect(routeEvent(event, policy)).toEqual({ kind: "workspace", workspace: parseWorkspaceId(resourceUri), hints });
    const loud = { kind: "workspace", workspace: parseWorkspaceId(resourceUri.toUpperCase()), hints };
    expect(routeEvent(shouted(event), policy)).toEqual(loud);
  });
});

describe("an event leads to all workspaces that depend on", () => {
  const fresh = { fresh: true, confirm: true } as const;
  const contoso = { subscriptionId, resourceGroup: "shared", name: "contoso" };

  test.each<[operation: string, hints: Hints]>([
    [`${acr}/write`, fresh],
    [`${acr}/delete`, fresh],
    [`${acr}/regenerateCredential/action`, { ...fresh, rotated: { of: "registry", at } }],
  ])("the registry of a %s", (operation, hints) => {
    const route = routeEvent(successOf(operation, registryUri), policy);
    expect(route).toEqual({ kind: "fanOut", index: "registry", scope: contoso, hints });
  });

  test("the storage account whose keys were regenerated", () => {
    const operation = "Microsoft.Storage/storageAccounts/regenerateKey/action";
    expect(routeEvent(successOf(operation, storageUri), policy)).toEqual({
      kind: "fanOut",
      index: "storageAccount",
      scope: { ...contoso, name: "contosodata" },
      hints: { ...fresh, rotated: { of: "storageAccount", at } },
    });
  });

  test.each([
    ["the registry", registryUri, contoso],
    ["any registry of the resource group", groupUri, { subscriptionId, resourceGroup: "shared" }],
    ["any registry of the subscription", subscriptionUri, { subscriptionId }],
    [
      "any registry of a group named in letters that grow in lower case",
      `${subscriptionUri}/resourceGroups/\u00dfÄ-\u01c5`,
      { subscriptionId, resourceGroup: "\u00dfÄ-\u01c5" },
    ],
  ])("%s where a role assignment or a role definition lies", (_what, uri, scope) => {
    const deleted = routeEvent(successOf(assignmentDelete, assignmentAt(uri)), policy);
    expect(deleted).toEqual({ kind: "fanOut", index: "registry", scope, hints: { confirm: true } });
    const changed = routeEvent(successOf(definitionWrite, definitionAt(uri)), policy);
    expect(changed).toEqual({ kind: "fanOut", index: "registry", scope, hints: fresh });
  });

  test("a registry in a subscription that the policy does not name: its workspaces may lie in one that it does", () => {
    const foreign = "99999999-9999-4999-8999-999999999999";
    const route = routeEvent(successOf(`${acr}/write`, registryUri.replace(subscriptionId, foreign)), policy);
    expect(route).toMatchObject({ kind: "fanOut", scope: { subscriptionId: foreign } });
  });

  test("a registry, in any casing", () => {
    for (const event of routable.slice(7)) {
      const [quiet, loud] = [routeEvent(event, policy), routeEvent(shouted(event), policy)];
      expect(loud.kind).toBe("fanOut");
      expect(JSON.stringify(loud).toLowerCase()).toBe(JSON.stringify(quiet).toLowerCase());
    }
  });
});

describe("an event leads nowhere, and that is no mistake, when it is about", () => {
  const compute = `${groupUri}/providers/Microsoft.Compute/virtualMachines/vm1`;
  const container = `${storageUri}/blobServices/default/containers/$web`;
  const alert = `${groupUri}/providers/microsoft.alertsmanagement/smartDetectorAlertRules/failure anomalies - x`;

  test.each([
    ["the tags of a subscription", tagsWrite, tagsOf(subscriptionUri)],
    ["the tags of a resource group", tagsWrite, tagsOf(groupUri)],
    ["the tags of another resource", tagsWrite, tagsOf(compute)],
    ["the tags of another resource, under its own id", tagsWrite, compute],
    ["the tags of a compute", tagsWrite, tagsOf(computeUri)],
    ["the tags of a resource with blanks in its name", tagsWrite, tagsOf(alert)],
    ["a role at the root", assignmentDelete, assignmentAt("")],
    [
      "a role at a management group",
      assignmentDelete,
      assignmentAt("/providers/Microsoft.Management/managementGroups/top"),
    ],
    ["a role at another resource", assignmentDelete, assignmentAt(compute)],
    ["a role at a container with a dollar in its name", assignmentDelete, assignmentAt(container)],
    [
      "a role at something without a resource group",
      assignmentDelete,
      assignmentAt(`${subscriptionUri}/providers/Microsoft.Quota/x/y`),
    ],
    ["a role below a registry", assignmentDelete, assignmentAt(`${registryUri}/scopeMaps/readers`)],
    ["a role of a workspace", assignmentDelete, assignmentAt(resourceUri)],
    ["a role definition of all subscriptions", definitionWrite, definitionAt("")],
  ])("%s", (_what, operation, uri) => {
    expect(routeEvent(successOf(operation, uri), policy)).toEqual({
      kind: "elsewhere",
      message: `${uri} concerns no workspace and no registry.`,
    });
  });
});
