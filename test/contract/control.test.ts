import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import {
  acrPullId,
  authorization,
  azureOf,
  group,
  machineLearning,
  raw,
  registryId,
  subscriptionId,
  workspaceId,
} from "./stand-in.ts";

const send = (method: string, body?: unknown): RequestInit => ({ method, body: JSON.stringify(body) });
const beta = workspaceId.replace(/alpha$/, "beta");

test("the log says who asked for what and what came of it", async () => {
  const azure = await azureOf();
  await machineLearning(azure).workspaces.beginUpdateAndWait("ML", "alpha", { containerRegistry: registryId });
  const { body } = await raw(azure, "/_local/requests");
  expect(body).toMatchObject([
    {
      time: "2026-03-01T12:00:00.000Z",
      method: "PATCH",
      path: workspaceId.replace("/ml/", "/ML/"),
      apiVersion: "2024-10-01",
      status: 200,
      principalId: azure.world.self.principalId,
      isSelf: true,
      action: "Microsoft.MachineLearningServices/workspaces/write",
      isWrite: true,
      subscriptionId,
      workspaceIds: [workspaceId.toLowerCase()],
      body: { properties: { containerRegistry: registryId } },
    },
  ]);
  await raw(azure, "/_local/requests", { method: "DELETE" });
  expect((await raw(azure, "/_local/requests")).body).toEqual([]);
});

test("the summary counts the app's own requests by subscription and by the workspace they are about", async () => {
  const azure = await azureOf();
  const { workspaces } = machineLearning(azure);
  await workspaces.get("ml", "alpha");
  await workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
  await workspaces.beginResyncKeysAndWait("ml", "alpha");
  const principalId = azure.world.get(workspaceId)?.identity?.principalId ?? "";
  await authorization(azure).roleAssignments.create(registryId, randomUUID(), {
    roleDefinitionId: acrPullId,
    principalId,
    principalType: "ServicePrincipal",
  });
  await raw(azure, `${workspaceId}?api-version=2024-10-01`, { principalId: randomUUID() });
  expect((await raw(azure, "/_local/summary")).body).toMatchObject({
    reads: 1,
    writes: 3,
    subscriptions: { [subscriptionId]: { reads: 1, writes: 3 } },
    workspaces: { [workspaceId.toLowerCase()]: { reads: 1, writes: 3 } },
    events: { published: 3, delivered: 0 },
  });
});

test("resources and grants are changed from outside, with an event or silently", async () => {
  const azure = await azureOf();
  const at = `/_local/resources?id=${encodeURIComponent(beta)}`;
  expect((await raw(azure, at)).status).toBe(404);
  await raw(azure, at, send("PUT", { tags: { team: "vision" } }));
  await raw(azure, `${at}&event=false`, send("PATCH", { properties: { containerRegistry: registryId } }));
  expect((await raw(azure, at)).body).toMatchObject({
    tags: { team: "vision" },
    properties: { containerRegistry: registryId },
  });
  expect((await raw(azure, `/_local/keys-in-sync?id=${encodeURIComponent(beta)}`)).body).toEqual({ inSync: false });
  const principalId = azure.world.get(beta)?.identity?.principalId ?? "";
  await raw(azure, "/_local/role-assignments", send("POST", { scope: registryId, role: "AcrPull", principalId }));
  const revoked = await raw(
    azure,
    `/_local/role-assignments?scope=${encodeURIComponent(registryId)}&principalId=${principalId}`,
    { method: "DELETE" },
  );
  expect(revoked.body).toEqual({ deleted: 1 });
  expect((await raw(azure, at, { method: "DELETE" })).body).toEqual({ deleted: 1 });
  expect(azure.summary().events.published).toBe(4);
});

test("settings are changed as they run; a wrong one changes nothing", async () => {
  const azure = await azureOf();
  await raw(azure, "/_local/settings", send("PATCH", { syncSeconds: 5 }));
  expect((await raw(azure, "/_local/settings")).body).toMatchObject({ syncSeconds: 5, pageSize: 100 });
  const refused = await raw(azure, "/_local/settings", send("PATCH", { syncSeconds: -1 }));
  expect(refused.status).toBe(400);
  expect(azure.settings.syncSeconds).toBe(5);
});

test("a fault answers in ARM's place as often as it was told to", async () => {
  const azure = await azureOf();
  const respond = { status: 503, code: "ServiceUnavailable", message: "later", headers: { "retry-after": "7" } };
  await raw(
    azure,
    "/_local/faults",
    send("PUT", [{ match: { method: "POST", path: "resyncKeys$" }, times: 1, respond }]),
  );
  const { workspaces } = machineLearning(azure);
  await expect(workspaces.beginResyncKeys("ml", "alpha")).rejects.toMatchObject({
    statusCode: 503,
    code: "ServiceUnavailable",
  });
  await workspaces.beginResyncKeysAndWait("ml", "alpha");
  expect((await raw(azure, "/_local/faults")).body).toEqual([]);
});

test("a connection is cut before the request took effect, or after", async () => {
  const azure = await azureOf();
  const { workspaces } = machineLearning(azure);
  const attach = (): Promise<unknown> => workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  const attached = (): unknown => azure.world.get(workspaceId)?.properties.containerRegistry;
  azure.setFaults([{ match: { action: "microsoft.machinelearningservices/workspaces/WRITE" }, reset: true }]);
  await expect(attach()).rejects.toThrow();
  expect(attached()).toBeUndefined();
  azure.setFaults([{ match: { method: "PATCH" }, reset: true, afterEffect: true, delayMs: 1 }]);
  await expect(attach()).rejects.toThrow();
  expect(attached()).toBe(registryId);
  expect(azure.summary().writes).toBe(2);
});

test("the app's permissions are changed as they run", async () => {
  const azure = await azureOf();
  await raw(azure, "/_local/permissions", send("PUT", [{ scope: group, actions: ["*/read"] }]));
  const { workspaces } = machineLearning(azure);
  await workspaces.get("ml", "alpha");
  await expect(workspaces.beginResyncKeys("ml", "alpha")).rejects.toMatchObject({ code: "AuthorizationFailed" });
});

test.each([
  ["GET", "nothing", undefined, 404],
  ["GET", "resources", undefined, 400],
  ["PUT", "faults", [{ match: {}, respond: { status: "500" } }], 400],
  ["POST", "role-assignments", { scope: registryId, role: "No such role", principalId: randomUUID() }, 400],
  ["PUT", "event-subscriptions/app", { endpoint: "nowhere" }, 400],
])("%s /_local/%s says what is wrong", async (method, path, body, status) => {
  const azure = await azureOf();
  const answer = await raw(azure, `/_local/${path}`, method === "GET" ? {} : send(method, body));
  expect(answer.status).toBe(status);
  expect(answer.body).toHaveProperty("error");
});
