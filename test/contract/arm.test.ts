import { expect, test } from "vitest";

import {
  authorization,
  azureOf,
  collect,
  group,
  machineLearning,
  raw,
  registryId,
  subscriptionId,
  workspaceId,
} from "./stand-in.ts";

const newer = "?api-version=2024-10-01";

test.each([
  ["a type that is not modelled", `${workspaceId}/batchEndpoints`, "InvalidResourceType"],
  ["a method that is not modelled", `${workspaceId}/listKeys`, "InvalidResourceType"],
  ["a path without a provider", "/nothing", "MissingSubscription"],
])("%s is answered 404", async (_what, path, code) => {
  const azure = await azureOf();
  expect(await raw(azure, `${path}${newer}`)).toMatchObject({ status: 404, code });
});

test("without a token, or with one that is none or has expired, nobody is let in", async () => {
  const azure = await azureOf();
  const statusWith = async (headers: Record<string, string>): Promise<[number, string | undefined]> => {
    const { status, code } = await raw(azure, `${workspaceId}${newer}`, { headers });
    return [status, code];
  };
  const authorizationHeader = `Bearer ${azure.token()}`;
  expect(await statusWith({})).toEqual([401, "AuthenticationFailed"]);
  expect(await statusWith({ authorization: "Bearer nonsense" })).toEqual([401, "InvalidAuthenticationToken"]);
  expect(await statusWith({ authorization: authorizationHeader })).toEqual([200, undefined]);
  azure.pass(10 * 365 * 86_400);
  expect(await statusWith({ authorization: authorizationHeader })).toEqual([401, "ExpiredAuthenticationToken"]);
});

test("the app's identity is refused what its permissions do not allow, by client, action and scope", async () => {
  const azure = await azureOf();
  azure.world.setPermissions([
    { scope: group, actions: ["microsoft.machinelearningservices/workspaces/*"], notActions: ["*/resyncKeys/action"] },
  ]);
  const { workspaces } = machineLearning(azure);
  await workspaces.get("ml", "alpha");
  const { clientId, principalId } = azure.world.self;
  await expect(workspaces.beginResyncKeys("ml", "alpha")).rejects.toMatchObject({
    statusCode: 403,
    code: "AuthorizationFailed",
    message:
      `The client '${clientId}' with object id '${principalId}' does not have authorization to perform action ` +
      `'Microsoft.MachineLearningServices/workspaces/resynckeys/action' over scope '${workspaceId}' or the scope is ` +
      "invalid. If access was recently granted, please refresh your credentials.",
  });
  await expect(collect(workspaces.listBySubscription())).rejects.toMatchObject({ code: "AuthorizationFailed" });
  await expect(collect(authorization(azure).roleAssignments.listForScope(registryId))).rejects.toMatchObject({
    message: expect.stringContaining("Microsoft.Authorization/roleAssignments/read") as string,
  });
});

test("everybody else may do everything", async () => {
  const azure = await azureOf();
  azure.world.setPermissions([]);
  const operator = { principalId: "0be4a704-0000-4000-8000-0000000000aa" };
  expect((await raw(azure, `${workspaceId}${newer}`, operator)).status).toBe(200);
  expect((await raw(azure, `${workspaceId}${newer}`)).status).toBe(403);
});

test("every answer counts what is left of the caller's requests", async () => {
  const azure = await azureOf();
  const { headers } = await raw(azure, `${workspaceId}${newer}`);
  expect(headers.get("x-ms-ratelimit-remaining-subscription-reads")).toBe("249");
  const written = await raw(azure, `${workspaceId}/resyncKeys${newer}`, { method: "POST" });
  expect(written.headers.get("x-ms-ratelimit-remaining-subscription-writes")).toBe("199");
  expect(written.headers.get("x-ms-correlation-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("an empty bucket answers 429 with Retry-After and fills again with time", async () => {
  const azure = await azureOf(undefined, { throttling: true });
  for (let sent = 0; sent < 200; sent += 1) await raw(azure, `${workspaceId}/resyncKeys${newer}`, { method: "POST" });
  const { workspaces } = machineLearning(azure);
  const refused: unknown = await workspaces.beginResyncKeys("ml", "alpha").catch((error: unknown) => error);
  expect(refused).toMatchObject({ statusCode: 429, code: "TooManyRequests" });
  expect(refused).toHaveProperty("response.headers");
  const { headers } = (refused as { response: { headers: { get: (name: string) => string | undefined } } }).response;
  expect(headers.get("retry-after")).toBe("1");
  await workspaces.get("ml", "alpha");
  azure.pass(1);
  await workspaces.beginResyncKeys("ml", "alpha");
});

test("subscriptions are listed as far as the caller sees into them", async () => {
  const other = "22222222-2222-4222-8222-222222222222";
  const azure = await azureOf({ subscriptions: [{ subscriptionId }, { subscriptionId: other, displayName: "other" }] });
  const ids = async (): Promise<string[]> => {
    const { body } = await raw(azure, "/subscriptions?api-version=2022-12-01");
    return (body as { value: { subscriptionId: string }[] }).value.map((one) => one.subscriptionId);
  };
  expect(await ids()).toEqual([subscriptionId, other]);
  azure.world.setPermissions([{ scope: `/subscriptions/${other}/resourceGroups/any`, actions: ["*/read"] }]);
  expect(await ids()).toEqual([other]);
  expect((await raw(azure, `/subscriptions/${subscriptionId}?api-version=2022-12-01`)).status).toBe(403);
});

test("resource groups come and go, with what lies in them", async () => {
  const azure = await azureOf();
  const version = "?api-version=2022-09-01";
  const { body } = await raw(azure, `/subscriptions/${subscriptionId}/resourceGroups${version}`);
  expect(body).toMatchObject({ value: [{ id: group, name: "ml" }] });
  expect((await raw(azure, `${group}2${version}`, { method: "PUT", body: '{"location":"northeurope"}' })).status).toBe(
    201,
  );
  expect((await raw(azure, group + version, { method: "DELETE" })).status).toBe(200);
  expect(azure.world.get(workspaceId)).toBeUndefined();
  expect((await raw(azure, group + version)).code).toBe("ResourceGroupNotFound");
  expect((await raw(azure, `/tenants${version}`)).body).toMatchObject({ value: [{ tenantId: azure.world.tenantId }] });
});

test("a fixture that is wrong is refused with the path of what is wrong", async () => {
  await expect(azureOf({ resources: [{ id: "/subscriptions/x" }] })).rejects.toThrow(/resources\[0\]\.id/);
});
