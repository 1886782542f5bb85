/** The oracle about everything that pulls for a workspace: who that is, and whether each of them can. */
import { describe, expect, test } from "vitest";

import { canPull } from "../../local/azure/can-pull.ts";
import type { Fixture } from "../../local/azure/index.ts";
import { azureOf, group, machineLearning, raw, registryId, type TestAzure, workspaceId } from "./stand-in.ts";

type Resource = NonNullable<Fixture["resources"]>[number];

const userIdentity = (name: string): string =>
  `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const user = (...names: string[]): NonNullable<Resource["identity"]> => ({
  type: "UserAssigned",
  userAssignedIdentities: Object.fromEntries(names.map((name) => [userIdentity(name), {}])),
});
const system = { type: "SystemAssigned" };
const both = (...names: string[]): NonNullable<Resource["identity"]> => ({
  ...user(...names),
  type: "SystemAssigned, UserAssigned",
});
const identities = [{ id: userIdentity("one") }, { id: userIdentity("two") }];
const computeId = `${workspaceId}/computes/cluster`;
const endpointId = `${workspaceId}/onlineEndpoints/scoring`;
const registry = { id: registryId };
const workspace = { id: workspaceId, properties: { containerRegistry: registryId } };

function compute(identity: Resource["identity"], computeType = "AmlCompute"): Resource {
  return { id: computeId, identity, properties: { computeType } };
}

/** Who pulls, in words. */
function pullersIn(azure: TestAzure, id = workspaceId): string[] {
  return (canPull(azure.world, id)?.principals ?? []).map(({ kind, by, identityId }) =>
    [kind, by, identityId?.split("/").at(-1)].filter(Boolean).join(" "),
  );
}

test.each<[string, readonly Resource[], string[]]>([
  ["a system identity", [workspace], ["workspace systemAssigned"]],
  ["a user-assigned one", [{ ...workspace, identity: user("one") }], ["workspace userAssigned one"]],
  [
    "two, none of them the primary",
    [{ ...workspace, identity: user("one", "two") }],
    ["workspace userAssigned one", "workspace userAssigned two"],
  ],
  [
    "two, one of them the primary",
    [
      {
        ...workspace,
        identity: user("one", "two"),
        properties: { ...workspace.properties, primaryUserAssignedIdentity: userIdentity("TWO") },
      },
    ],
    ["workspace userAssigned two"],
  ],
  ["a system identity besides", [{ ...workspace, identity: both("one") }], ["workspace systemAssigned"]],
  ["none", [{ ...workspace, identity: { type: "None" } }], ["workspace nothing"]],
])("of a workspace with %s", async (_, resources, expected) => {
  const azure = await azureOf({ resources: [registry, ...identities, ...resources] });
  expect(pullersIn(azure)).toEqual(expected);
});

test.each<[string, Resource, string[]]>([
  ["a cluster with a system identity", compute(system), ["compute systemAssigned"]],
  ["an instance with one", compute(system, "ComputeInstance"), ["compute systemAssigned"]],
  ["a cluster with user-assigned ones", compute(user("two", "one")), ["compute userAssigned two"]],
  ["a cluster with both", compute(both("one")), ["compute systemAssigned"]],
  ["a cluster without", compute(undefined), ["compute workspace"]],
  ["a cluster with none", compute({ type: "None" }), ["compute workspace"]],
  ["Kubernetes", compute(system, "Kubernetes"), []],
  ["a virtual machine", compute(system, "VirtualMachine"), []],
  ["an endpoint with a system identity", { id: endpointId, identity: system }, ["onlineEndpoint systemAssigned"]],
  [
    "an endpoint with a user-assigned one",
    { id: endpointId, identity: user("one") },
    ["onlineEndpoint userAssigned one"],
  ],
  ["an endpoint without", { id: endpointId }, ["onlineEndpoint nothing"]],
])("of %s", async (_, resource, expected) => {
  const azure = await azureOf({ resources: [registry, ...identities, workspace, resource] });
  expect(pullersIn(azure)).toEqual(["workspace systemAssigned", ...expected]);
});

test("each has an answer of its own", async () => {
  const azure = await azureOf({
    resources: [registry, ...identities, workspace, compute(user("one")), { id: endpointId, identity: system }],
  });
  const principalId = azure.world.get(endpointId)?.identity?.principalId ?? "";
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId });
  const { body } = await raw(azure, `/_local/can-pull?workspace=${encodeURIComponent(workspaceId)}&image=base:1`);
  const { principals, ...about } = body as { principals: { of: string; right: boolean }[] };
  expect(about).toEqual({ workspace: workspaceId, registry: registryId });
  expect(principals.map(({ of, right }) => [of, right])).toEqual([
    [workspaceId, false],
    [computeId, false],
    [endpointId, true],
  ]);
  expect(principals[2]).toMatchObject({ kind: "onlineEndpoint", by: "systemAssigned", identityId: null, principalId });
  expect(principals[2]).toMatchObject({ effective: true, network: true, login: true, images: { "base:1": false } });
});

test("an identity that has not been created yet has no right, and gets an answer when it has", async () => {
  const azure = await azureOf({ resources: [registry, workspace] }, { identityDelaySeconds: 60 });
  azure.world.put(compute(system));
  const ofCompute = (): unknown => canPull(azure.world, workspaceId)?.principals[1];
  expect(ofCompute()).toMatchObject({
    principalId: null,
    right: false,
    reasons: ["the identity has not been created yet"],
  });
  azure.pass(60);
  expect(ofCompute()).toMatchObject({ right: true, principalId: azure.world.get(computeId)?.identity?.principalId });
});

test("a project pulls from its hub's registry", async () => {
  const project = { id: workspaceId.replace(/alpha$/, "project"), properties: { hubResourceId: workspaceId } };
  const azure = await azureOf({ resources: [registry, workspace, project] });
  const principalId = azure.world.get(project.id)?.identity?.principalId ?? "";
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId });
  expect(canPull(azure.world, project.id)).toMatchObject({ registry: registryId, principals: [{ right: true }] });
  azure.world.delete(workspaceId);
  expect(canPull(azure.world, project.id)).toMatchObject({ registry: null, principals: [{ right: false }] });
});

test("without a registry nobody can pull", async () => {
  const azure = await azureOf({ resources: [{ id: workspaceId }, compute(system)] });
  const answer = canPull(azure.world, workspaceId);
  expect(answer?.registry).toBeNull();
  expect(answer?.principals.map(({ right }) => right)).toEqual([false, false]);
});

describe("a compute without an identity", () => {
  const answerFor = (azure: TestAzure): unknown => canPull(azure.world, workspaceId)?.principals[1];
  const withAdmin = { id: registryId, properties: { adminUserEnabled: true } };

  test("pulls as its workspace", async () => {
    const azure = await azureOf({ resources: [registry, workspace, compute(undefined)] });
    expect(answerFor(azure)).toMatchObject({ by: "workspace", right: false, principalId: null });
    const principalId = azure.world.get(workspaceId)?.identity?.principalId ?? "";
    azure.world.grant({ scope: registryId, role: "AcrPull", principalId });
    expect(answerFor(azure)).toMatchObject({ right: true, effective: true });
  });

  test("needs every identity of a workspace of which none is the primary", async () => {
    const azure = await azureOf({
      resources: [registry, ...identities, { ...workspace, identity: user("one", "two") }, compute(undefined)],
    });
    const principals = ["one", "two"].map((name) => azure.world.get(userIdentity(name))?.properties.principalId);
    for (const [index, principalId] of principals.entries()) {
      azure.world.grant({ scope: registryId, role: "AcrPull", principalId: String(principalId) });
      expect(canPull(azure.world, workspaceId)?.principals[2]).toMatchObject({ right: index === 1 });
    }
  });

  test("pulls as the admin user while the workspace's copy of its password is current", async () => {
    const azure = await azureOf({ resources: [withAdmin, workspace, compute(undefined)] });
    expect(answerFor(azure)).toMatchObject({ right: true, effective: true, login: true });
    azure.world.regenerateCredential(registryId);
    expect(answerFor(azure)).toMatchObject({
      right: false,
      reasons: ["the workspace's copy of the admin user's password is not current", expect.any(String)],
    });
    await machineLearning(azure).workspaces.beginResyncKeysAndWait("ml", "alpha");
    expect(answerFor(azure)).toMatchObject({ right: true });
    azure.world.patch(registryId, { properties: { adminUserEnabled: false } });
    expect(answerFor(azure)).toMatchObject({
      right: false,
      reasons: ["the admin user is disabled", expect.any(String)],
    });
  });

  test("the admin user is not the workspace's before a sync, and only of the registry that is attached", async () => {
    const other = { id: `${registryId}2`, properties: { adminUserEnabled: true } };
    const azure = await azureOf({ resources: [registry, other, workspace, compute(undefined)] });
    azure.world.patch(registryId, { properties: { adminUserEnabled: true } });
    expect(answerFor(azure)).toMatchObject({ right: false });
    await machineLearning(azure).workspaces.beginResyncKeysAndWait("ml", "alpha");
    expect(answerFor(azure)).toMatchObject({ right: true });
    azure.world.patch(workspaceId, { properties: { containerRegistry: other.id } });
    expect(answerFor(azure)).toMatchObject({ right: false });
  });

  test("the admin user is no way for a principal that has an identity", async () => {
    const azure = await azureOf({ resources: [withAdmin, workspace, compute(system)] });
    expect(answerFor(azure)).toMatchObject({ by: "systemAssigned", right: false });
  });

  test("a storage key that is out of sync does not matter to it", async () => {
    const storage = { id: `${group}/providers/Microsoft.Storage/storageAccounts/data` };
    const properties = { ...workspace.properties, storageAccount: storage.id };
    const azure = await azureOf({ resources: [withAdmin, storage, { ...workspace, properties }, compute(undefined)] });
    azure.pass(1);
    azure.world.rotateStorageKey(storage.id);
    expect(azure.world.keysInSync(workspaceId)).toBe(false);
    expect(answerFor(azure)).toMatchObject({ right: true });
  });
});
