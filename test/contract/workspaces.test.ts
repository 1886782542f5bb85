import { expect, test } from "vitest";

import { azureOf, collect, group, machineLearning, raw, registryId, storageId, workspaceId } from "./stand-in.ts";

const newer = "?api-version=2024-10-01";
const idOf = (name: string): string => workspaceId.replace(/alpha$/, name);

test("kind and hub appear only in the api-versions whose model has them", async () => {
  const azure = await azureOf({
    resources: [
      { id: registryId },
      { id: idOf("hub"), kind: "hub", properties: { containerRegistry: registryId } },
      { id: idOf("project"), kind: "project", properties: { hubResourceId: idOf("hub") } },
    ],
  });
  const old = await raw(azure, `${idOf("project")}?api-version=2022-10-01`);
  expect(old.body).not.toHaveProperty("kind");
  expect(old.body).not.toHaveProperty("properties.hubResourceId");
  const { body } = await raw(azure, `${idOf("project")}${newer}`);
  expect(body).toMatchObject({ kind: "project", properties: { hubResourceId: idOf("hub") } });
});

test("a project shows its hub's registry and refuses one of its own", async () => {
  const azure = await azureOf({
    resources: [
      { id: registryId },
      { id: idOf("hub"), kind: "hub", properties: { containerRegistry: registryId } },
      { id: idOf("project"), kind: "project", properties: { hubResourceId: idOf("hub") } },
    ],
  });
  const { workspaces } = machineLearning(azure);
  expect((await workspaces.get("ml", "project")).containerRegistry).toBe(registryId);
  await expect(workspaces.beginUpdate("ml", "project", { containerRegistry: registryId })).rejects.toMatchObject({
    statusCode: 400,
  });
});

test("lists go on page after page, by subscription and by group", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const azure = await azureOf({ resources: names.map((name) => ({ id: idOf(name) })) }, { pageSize: 2 });
  azure.world.put({ id: idOf("elsewhere").replace("/ml/", "/other/") });
  const { workspaces } = machineLearning(azure);
  const all = await collect(workspaces.listBySubscription());
  expect(all.map(({ name }) => name)).toEqual([...names, "elsewhere"]);
  expect((await collect(workspaces.listByResourceGroup("ml"))).map(({ name }) => name)).toEqual(names);
  expect(azure.requests.filter(({ method }) => method === "GET")).toHaveLength(6);
});

test("attaching a registry takes effect at once when the operation takes no time", async () => {
  const azure = await azureOf();
  const { workspaces } = machineLearning(azure);
  const poller = await workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  expect(poller.isDone()).toBe(true);
  expect(poller.getResult()?.containerRegistry).toBe(registryId);
  expect(azure.requests.map(({ method, status }) => [method, status])).toEqual([["PATCH", 200]]);
});

test("a long attach is accepted, shows Updating meanwhile and the registry only in the end", async () => {
  const azure = await azureOf(undefined, { attachSeconds: 30, retryAfterSeconds: 10 });
  const { workspaces } = machineLearning(azure);
  const poller = await workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  expect(poller.isDone()).toBe(false);
  const meanwhile = await workspaces.get("ml", "alpha");
  expect(meanwhile.provisioningState).toBe("Updating");
  expect(meanwhile.containerRegistry).toBeUndefined();

  azure.pass(30);
  await poller.poll();
  expect(poller.getResult()?.containerRegistry).toBe(registryId);
  expect((await workspaces.get("ml", "alpha")).provisioningState).toBe("Succeeded");
});

test("an accepted operation answers 202 with Location and Retry-After, and so do its polls until it has ended", async () => {
  const azure = await azureOf(undefined, { syncSeconds: 30, retryAfterSeconds: 10 });
  const accepted = await raw(azure, `${workspaceId}/resyncKeys${newer}`, {
    method: "POST",
    headers: { authorization: `Bearer ${azure.token()}` },
  });
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get("retry-after")).toBe("10");
  const location = accepted.headers.get("location") ?? "";
  expect(location).toContain("/locations/westeurope/workspaceOperationsStatus/");
  const path = location.slice(azure.armEndpoint.length);
  expect((await raw(azure, path)).status).toBe(202);
  azure.pass(30);
  expect((await raw(azure, path)).status).toBe(200);
});

test("the SDK's poller asks at once, before Retry-After: the log marks such polls as early", async () => {
  const azure = await azureOf(undefined, { syncSeconds: 20, retryAfterSeconds: 10 });
  const poller = await machineLearning(azure).workspaces.beginResyncKeys("ml", "alpha");
  azure.pass(20);
  await poller.poll();
  expect(poller.isDone()).toBe(true);
  expect(azure.requests.map(({ method, status, early }) => [method, status, early])).toEqual([
    ["POST", 202, false],
    ["GET", 202, true],
    ["GET", 200, false],
  ]);
});

test("a poller goes on from its serialised state without sending the write again", async () => {
  const azure = await azureOf(undefined, { syncSeconds: 20 });
  const { workspaces } = machineLearning(azure);
  const state = (await workspaces.beginResyncKeys("ml", "alpha")).toString();
  azure.pass(20);
  const resumed = await workspaces.beginResyncKeys("ml", "alpha", { resumeFrom: state });
  expect(resumed.isDone()).toBe(true);
  expect(azure.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("rights on the workspace's group are enough to follow an operation, whose path lies outside of it", async () => {
  const azure = await azureOf(undefined, { syncSeconds: 20 });
  azure.world.setPermissions([{ scope: group, actions: ["Microsoft.MachineLearningServices/*"] }]);
  const poller = await machineLearning(azure).workspaces.beginResyncKeys("ml", "alpha");
  azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.MachineLearningServices/workspaces/*"] }]);
  await expect(poller.poll()).rejects.toMatchObject({ code: "AuthorizationFailed" });
});

test("an operation that ends badly says so when it is polled, and changed nothing", async () => {
  const azure = await azureOf();
  const operation = { code: "InternalServerError", message: "The registry could not be reached." };
  azure.setFaults([{ match: { method: "PATCH" }, operation }]);
  await expect(
    machineLearning(azure).workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId }),
  ).rejects.toThrow(/The registry could not be reached/);
  expect(azure.world.get(workspaceId)?.properties.containerRegistry).toBeUndefined();
});

test("keys are out of sync after a registry is attached or a storage key rotated, until they are synced", async () => {
  const azure = await azureOf({
    resources: [{ id: storageId }, { id: registryId }, { id: workspaceId, properties: { storageAccount: storageId } }],
  });
  const { workspaces } = machineLearning(azure);
  expect(azure.world.keysInSync(workspaceId)).toBe(true);
  await workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
  expect(azure.world.keysInSync(workspaceId)).toBe(false);
  await workspaces.beginResyncKeysAndWait("ml", "alpha");
  expect(azure.world.keysInSync(workspaceId)).toBe(true);
  azure.pass(1);
  azure.world.rotateStorageKey(storageId);
  expect(azure.world.keysInSync(workspaceId)).toBe(false);
});

test("a sync covers the keys as they were when it started", async () => {
  const azure = await azureOf(
    {
      resources: [{ id: storageId }, { id: workspaceId, properties: { storageAccount: storageId }, keysInSync: false }],
    },
    { syncSeconds: 10 },
  );
  await machineLearning(azure).workspaces.beginResyncKeys("ml", "alpha");
  expect(azure.world.keysInSync(workspaceId)).toBe(false);
  azure.pass(5);
  azure.world.rotateStorageKey(storageId);
  azure.pass(5);
  expect(azure.world.keysInSync(workspaceId)).toBe(false);
});

test("a write while an operation runs on the workspace is refused with Conflict", async () => {
  const azure = await azureOf(undefined, { syncSeconds: 10 });
  const { workspaces } = machineLearning(azure);
  await workspaces.beginResyncKeys("ml", "alpha");
  await expect(workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId })).rejects.toMatchObject({
    statusCode: 409,
    code: "Conflict",
  });
  azure.pass(10);
  await workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
});

test("a new workspace is Creating until it is provisioned", async () => {
  const azure = await azureOf({ resources: [{ id: registryId }] }, { provisioningSeconds: 60 });
  const { workspaces } = machineLearning(azure);
  await workspaces.beginCreateOrUpdate("ml", "fresh", { location: "westeurope", identity: { type: "SystemAssigned" } });
  expect((await workspaces.get("ml", "fresh")).provisioningState).toBe("Creating");
  azure.pass(60);
  expect((await workspaces.get("ml", "fresh")).provisioningState).toBe("Succeeded");
});

test("the identity of a new workspace appears late when it is told to", async () => {
  const azure = await azureOf({ resources: [{ id: registryId }] }, { identityDelaySeconds: 45 });
  const { workspaces } = machineLearning(azure);
  await workspaces.beginCreateOrUpdateAndWait("ml", "fresh", {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
  });
  const young = await workspaces.get("ml", "fresh");
  expect(young.identity?.type).toBe("SystemAssigned");
  expect(young.identity?.principalId).toBeUndefined();
  azure.pass(45);
  expect((await workspaces.get("ml", "fresh")).identity?.principalId).toBeDefined();
});

test("a recreated workspace has another identity", async () => {
  const azure = await azureOf();
  const { workspaces } = machineLearning(azure);
  const before = (await workspaces.get("ml", "alpha")).identity?.principalId;
  await workspaces.beginDeleteAndWait("ml", "alpha");
  azure.world.put({ id: workspaceId });
  expect((await workspaces.get("ml", "alpha")).identity?.principalId).not.toBe(before);
});

test("a PATCH of the identity replaces it: what it does not name is gone", async () => {
  const userAssigned = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
  const azure = await azureOf({ resources: [{ id: userAssigned }, { id: workspaceId }] });
  const { workspaces } = machineLearning(azure);
  await workspaces.beginUpdateAndWait("ml", "alpha", {
    identity: { type: "UserAssigned", userAssignedIdentities: { [userAssigned]: {} } },
  });
  const { identity } = await workspaces.get("ml", "alpha");
  expect(identity?.principalId).toBeUndefined();
  expect(identity?.userAssignedIdentities?.[userAssigned]).toMatchObject({
    principalId: azure.world.get(userAssigned)?.properties.principalId,
  });
});

test("a registry that is not there cannot be attached, nor one the caller may not use", async () => {
  const azure = await azureOf();
  const { workspaces } = machineLearning(azure);
  await expect(
    workspaces.beginUpdate("ml", "alpha", { containerRegistry: `${registryId}-gone` }),
  ).rejects.toMatchObject({ statusCode: 400 });
  azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.MachineLearningServices/*"] }]);
  await expect(workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId })).rejects.toMatchObject({
    statusCode: 403,
    code: "LinkedAuthorizationFailed",
  });
});

test("stale reads show the world as it was", async () => {
  const azure = await azureOf(undefined, { staleReadSeconds: 20 });
  const { workspaces } = machineLearning(azure);
  azure.world.put({ id: idOf("beta") });
  await expect(workspaces.get("ml", "beta")).rejects.toMatchObject({ code: "ResourceNotFound" });
  await workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
  expect((await workspaces.get("ml", "alpha")).containerRegistry).toBeUndefined();
  azure.pass(20);
  expect((await workspaces.get("ml", "alpha")).containerRegistry).toBe(registryId);
});
