/** Computes and online endpoints: what lies in a workspace and pulls images under an identity of its own. */
import type { OnlineEndpoint } from "@azure/arm-machinelearning";
import { describe, expect, test } from "vitest";

import { receiverOf } from "./receiver.ts";
import {
  acrPull,
  azureOf,
  collect,
  group,
  machineLearning,
  raw,
  registryId,
  type TestAzure,
  workspaceId,
} from "./stand-in.ts";

const newer = "?api-version=2024-10-01";
const computeId = `${workspaceId}/computes/cluster`;
const endpointId = `${workspaceId}/onlineEndpoints/scoring`;
const userIdentityId = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
const attached = { id: workspaceId, properties: { containerRegistry: registryId } };
const withRegistry = { resources: [{ id: registryId }, attached, { id: userIdentityId }] };
const cluster = { location: "westeurope", properties: { computeType: "AmlCompute" } as const };
const endpoint: OnlineEndpoint = { location: "westeurope", properties: { authMode: "Key" } };
const system = { identity: { type: "SystemAssigned" } };
const user = { identity: { type: "UserAssigned", userAssignedIdentities: { [userIdentityId]: {} } } };

describe.each(["2022-10-01", "2024-10-01"])("in api-version %s", (apiVersion) => {
  test("computes of every kind are listed page after page, each with its identity", async () => {
    const kinds = ["AmlCompute", "ComputeInstance", "Kubernetes", "VirtualMachine"];
    const resources = kinds.map((computeType) => ({
      id: `${workspaceId}/computes/${computeType}`,
      identity: { type: computeType === "AmlCompute" ? "SystemAssigned,UserAssigned" : "None" },
      properties: { computeType },
    }));
    const azure = await azureOf({ resources: [attached, ...resources] }, { pageSize: 3 });
    const found = await collect(machineLearning(azure, apiVersion).computeOperations.list("ML", "ALPHA"));
    expect(found.map(({ properties }) => properties?.computeType)).toEqual(kinds);
    expect(found[0]?.identity?.principalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(found[1]?.identity).toEqual({ type: "None" });
    expect(azure.requests.map(({ action }) => action)).toEqual([
      "Microsoft.MachineLearningServices/workspaces/computes/read",
      "Microsoft.MachineLearningServices/workspaces/computes/read",
    ]);
  });

  test("online endpoints are listed page after page, each with its identity", async () => {
    const resources = ["a", "b", "c"].map((name) => ({ id: `${workspaceId}/onlineEndpoints/${name}`, ...user }));
    const azure = await azureOf({ resources: [...withRegistry.resources, ...resources] }, { pageSize: 2 });
    const found = await collect(machineLearning(azure, apiVersion).onlineEndpoints.list("ml", "alpha"));
    expect(found.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    const principalId = azure.world.get(userIdentityId)?.properties.principalId;
    expect(found[0]?.identity?.userAssignedIdentities?.[userIdentityId]?.principalId).toBe(principalId);
    expect(found[0]?.properties).toMatchObject({ authMode: "Key", provisioningState: "Succeeded" });
  });
});

test("a compute is made at once when that takes no time, and shown as it was made", async () => {
  const azure = await azureOf(withRegistry);
  const { computeOperations } = machineLearning(azure);
  const made = await computeOperations.beginCreateOrUpdateAndWait("ml", "alpha", "cluster", { ...cluster, ...system });
  expect(made).toMatchObject({
    id: computeId,
    properties: { computeType: "AmlCompute", provisioningState: "Succeeded" },
  });
  expect(await computeOperations.get("ml", "alpha", "cluster")).toEqual(made);
  expect(azure.requests[0]).toMatchObject({ method: "PUT", status: 201, workspaceIds: [workspaceId.toLowerCase()] });
});

test("a compute is Creating until its operation has ended, and its identity appears late", async () => {
  const azure = await azureOf(withRegistry, { childSeconds: 60, identityDelaySeconds: 90 });
  const { computeOperations } = machineLearning(azure);
  const poller = await computeOperations.beginCreateOrUpdate("ml", "alpha", "cluster", { ...cluster, ...system });
  expect(poller.isDone()).toBe(false);
  const young = await computeOperations.get("ml", "alpha", "cluster");
  expect(young.properties?.provisioningState).toBe("Creating");
  expect(young.identity?.principalId).toBeUndefined();
  azure.pass(60);
  await poller.poll();
  expect(poller.getResult()?.properties?.provisioningState).toBe("Succeeded");
  azure.pass(30);
  expect((await computeOperations.get("ml", "alpha", "cluster")).identity?.principalId).toBeDefined();
});

test("an online endpoint is changed when its operation has ended", async () => {
  const azure = await azureOf({ resources: [...withRegistry.resources, { id: endpointId }] }, { childSeconds: 30 });
  const { onlineEndpoints } = machineLearning(azure);
  const poller = await onlineEndpoints.beginCreateOrUpdate("ml", "alpha", "scoring", { ...endpoint, ...system });
  expect(poller.isDone()).toBe(false);
  const meanwhile = await onlineEndpoints.get("ml", "alpha", "scoring");
  expect(meanwhile).toMatchObject({ properties: { provisioningState: "Updating" } });
  expect(meanwhile.identity).toBeUndefined();
  azure.pass(30);
  await poller.poll();
  expect(poller.getResult()?.identity?.principalId).toBeDefined();
});

test("deleting is followed by the operation's status, and a second delete finds nothing", async () => {
  const azure = await azureOf({ resources: [attached, { id: computeId }, { id: endpointId }] }, { childSeconds: 30 });
  const { computeOperations, onlineEndpoints } = machineLearning(azure);
  const pollers = [
    await computeOperations.beginDelete("ml", "alpha", "cluster", "Delete"),
    await onlineEndpoints.beginDelete("ml", "alpha", "scoring"),
  ];
  const shown = await computeOperations.get("ml", "alpha", "cluster");
  expect(shown.properties?.provisioningState).toBe("Deleting");
  azure.pass(30);
  for (const poller of pollers) {
    await poller.poll();
    expect(poller.isDone()).toBe(true);
  }
  await expect(computeOperations.get("ml", "alpha", "cluster")).rejects.toMatchObject({ code: "ResourceNotFound" });
  expect((await raw(azure, endpointId + newer, { method: "DELETE" })).status).toBe(204);
});

test("an operation that ends badly says so and leaves a compute that Failed", async () => {
  const azure = await azureOf(withRegistry);
  azure.setFaults([{ match: { method: "PUT" }, operation: { code: "QuotaExceeded", message: "No cores are left." } }]);
  const { computeOperations } = machineLearning(azure);
  await expect(computeOperations.beginCreateOrUpdateAndWait("ml", "alpha", "cluster", cluster)).rejects.toThrow(
    /No cores are left/,
  );
  const left = await computeOperations.get("ml", "alpha", "cluster");
  expect(left.properties?.provisioningState).toBe("Failed");
});

test.each([
  ["a compute without its type", computeId, { location: "westeurope", properties: {} }, 400],
  ["an endpoint without a mode of authentication", endpointId, { location: "westeurope", properties: {} }, 400],
  [
    "an identity that is not there",
    computeId,
    { ...cluster, identity: { ...user.identity, userAssignedIdentities: { [`${userIdentityId}2`]: {} } } },
    400,
  ],
  ["a compute of a workspace that is not there", computeId.replace("alpha", "omega"), cluster, 404],
])("%s is refused", async (_, id, body, status) => {
  const azure = await azureOf(withRegistry);
  const answer = await raw(azure, id + newer, { method: "PUT", body: JSON.stringify(body) });
  expect(answer.status).toBe(status);
});

test("each verb asks for its own action", async () => {
  const azure = await azureOf({ resources: [attached, { id: computeId }, { id: endpointId }] });
  azure.world.setPermissions([{ scope: "/", actions: ["*/read"] }]);
  const refused = async (path: string, method: string): Promise<string> =>
    (await raw(azure, path, { method, body: JSON.stringify(cluster) })).message;
  expect(await refused(computeId + newer, "PUT")).toContain("workspaces/computes/write");
  expect(await refused(`${computeId + newer}&underlyingResourceAction=Detach`, "DELETE")).toContain("computes/delete");
  expect(await refused(endpointId + newer, "PUT")).toContain("workspaces/onlineEndpoints/write");
  expect(await refused(endpointId + newer, "DELETE")).toContain("workspaces/onlineEndpoints/delete");
});

test("events name the compute or the endpoint, and come when it is done", async () => {
  const [azure, receiver] = await Promise.all([azureOf(withRegistry, { childSeconds: 1 }), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  const { computeOperations } = machineLearning(azure);
  await computeOperations.beginCreateOrUpdate("ml", "alpha", "cluster", cluster);
  azure.pass(1);
  azure.world.settle();
  azure.world.put({ id: endpointId });
  azure.world.delete(computeId);
  await azure.idle();
  const told = receiver.events().map((event) => {
    const { subject, data } = event as { subject: string; data: { operationName: string } };
    return [subject, data.operationName.split("/").slice(1).join("/")];
  });
  expect(told).toEqual([
    [computeId, "workspaces/computes/write"],
    [endpointId, "workspaces/onlineEndpoints/write"],
    [computeId, "workspaces/computes/delete"],
  ]);
});

test("a workspace takes its computes and endpoints, and their identities, with it", async () => {
  const azure = await azureOf({ resources: [attached, { id: computeId, ...system }, { id: endpointId }] });
  const principalId = azure.world.get(computeId)?.identity?.principalId ?? "";
  azure.world.delete(workspaceId);
  expect([azure.world.get(computeId), azure.world.get(endpointId)]).toEqual([undefined, undefined]);
  expect(azure.world.directory.find(principalId)).toBeUndefined();
});

describe("what Azure grants by itself", () => {
  const rolesOf = (azure: TestAzure, id: string): string[] => {
    const principalId = azure.world.get(id)?.identity?.principalId;
    return azure.world.roles
      .assignments()
      .filter((one) => one.principalId === principalId)
      .map(({ roleId, scope }) => `${roleId} at ${scope}`);
  };
  const pull = [`${acrPull} at ${registryId}`];

  test("a new endpoint's and a new compute's system identity get AcrPull on the attached registry", async () => {
    const azure = await azureOf(withRegistry);
    const { onlineEndpoints } = machineLearning(azure);
    await onlineEndpoints.beginCreateOrUpdateAndWait("ml", "alpha", "scoring", { ...endpoint, ...system });
    azure.world.put({ id: computeId, ...system });
    expect([rolesOf(azure, endpointId), rolesOf(azure, computeId)]).toEqual([pull, pull]);
  });

  test("of a project's endpoint it is the hub's registry", async () => {
    const project = { id: workspaceId.replace(/alpha$/, "project"), properties: { hubResourceId: workspaceId } };
    const azure = await azureOf({ resources: [...withRegistry.resources, project] });
    azure.world.put({ id: `${project.id}/onlineEndpoints/scoring`, ...system });
    expect(rolesOf(azure, `${project.id}/onlineEndpoints/scoring`)).toEqual(pull);
  });

  test("a user-assigned identity, a registry attached later, the setting off: nothing", async () => {
    const azure = await azureOf({ resources: [{ id: registryId }, { id: workspaceId }, { id: userIdentityId }] });
    azure.world.put({ id: computeId, ...system });
    azure.world.patch(workspaceId, { properties: { containerRegistry: registryId } });
    azure.world.put({ id: endpointId, ...user });
    azure.settings.platformGrants = false;
    azure.world.put({ id: `${endpointId}2`, ...system });
    expect(azure.world.roles.assignments()).toEqual([]);
  });
});

test("what happens to a child's identity is about its workspace", async () => {
  const azure = await azureOf({ resources: [...withRegistry.resources, { id: computeId, ...user }] });
  const body = JSON.stringify({
    properties: {
      roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`,
      principalId: azure.world.get(userIdentityId)?.properties.principalId,
    },
  });
  const name = "0b2f1c5e-0000-4000-8000-000000000000";
  const list = `${registryId}/providers/Microsoft.Authorization/roleAssignments`;
  await raw(azure, `${list}/${name}?api-version=2022-04-01`, { method: "PUT", body });
  expect(azure.requests[0]).toMatchObject({ status: 201, workspaceIds: [workspaceId.toLowerCase()] });
});
