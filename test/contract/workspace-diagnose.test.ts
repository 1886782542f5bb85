import { expect, test } from "vitest";

import { azureOf, group, machineLearning, raw, registryId, type TestAzure, workspaceId } from "./stand-in.ts";

const empty = {
  userDefinedRouteResults: [],
  networkSecurityRuleResults: [],
  resourceLockResults: [],
  dnsResolutionResults: [],
  storageAccountResults: [],
  keyVaultResults: [],
  containerRegistryResults: [],
  applicationInsightsResults: [],
  otherResults: [],
};

const attached = [{ id: registryId }, { id: workspaceId, properties: { containerRegistry: registryId } }];

function diagnosed(azure: TestAzure) {
  return machineLearning(azure).workspaces.beginDiagnoseAndWait("ml", "alpha", { parameters: { value: {} } });
}

function grant(azure: TestAzure): void {
  const principalId = azure.world.get(workspaceId)?.identity?.principalId ?? "";
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId });
}

test("a workspace that is well, and one without a registry, have nothing but empty lists", async () => {
  const azure = await azureOf({ resources: attached });
  grant(azure);
  expect(await diagnosed(azure)).toEqual({ value: empty });
  expect(await diagnosed(await azureOf())).toEqual({ value: empty });
});

test("what is wrong with the registry is said", async () => {
  const azure = await azureOf({ resources: attached });
  const codes = async (): Promise<unknown> => {
    const { value } = await diagnosed(azure);
    return value?.containerRegistryResults?.map(({ code, level }) => `${code ?? ""} ${level ?? ""}`);
  };
  expect(await codes()).toEqual(["ContainerRegistryAccessDenied Error"]);
  grant(azure);
  azure.world.patch(registryId, { properties: { publicNetworkAccess: "Disabled" } });
  expect(await codes()).toEqual(["ContainerRegistryNotReachable Error"]);
  azure.world.delete(registryId);
  expect(await codes()).toEqual(["ContainerRegistryNotFound Error"]);
});

test("a long diagnosis is accepted, and answers at its Location what is wrong when it ends", async () => {
  const azure = await azureOf({ resources: attached }, { diagnoseSeconds: 30, retryAfterSeconds: 10 });
  const accepted = await raw(azure, `${workspaceId}/diagnose?api-version=2024-10-01`, {
    method: "POST",
    headers: { authorization: `Bearer ${azure.token()}` },
  });
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get("retry-after")).toBe("10");
  const path = (accepted.headers.get("location") ?? "").slice(azure.armEndpoint.length);
  expect((await raw(azure, path)).status).toBe(202);
  grant(azure);
  azure.pass(30);
  expect(await raw(azure, path)).toMatchObject({ status: 200, body: { value: empty } });
});

test("while a diagnosis runs the workspace is as before and may be written to", async () => {
  const azure = await azureOf(undefined, { diagnoseSeconds: 30 });
  const { workspaces } = machineLearning(azure);
  const poller = await workspaces.beginDiagnose("ml", "alpha");
  expect(poller.isDone()).toBe(false);
  expect((await workspaces.get("ml", "alpha")).provisioningState).toBe("Succeeded");
  await workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
});

test("a diagnosis asks for a right to read, and makes no event", async () => {
  const azure = await azureOf();
  azure.world.setPermissions([{ scope: group, actions: ["Microsoft.MachineLearningServices/workspaces/read"] }]);
  await expect(diagnosed(azure)).rejects.toMatchObject({ statusCode: 403, code: "AuthorizationFailed" });
  azure.world.setPermissions([{ scope: group, actions: ["*/read"] }]);
  await diagnosed(azure);
  expect(
    azure.requests.map(({ method, action, status }) => [method, action?.split("/").slice(-2).join("/"), status]),
  ).toEqual([
    ["POST", "diagnose/read", 403],
    ["POST", "diagnose/read", 200],
  ]);
});

test("the diagnosis of a workspace that is not there is a 404", async () => {
  const azure = await azureOf();
  await expect(machineLearning(azure).workspaces.beginDiagnose("ml", "none")).rejects.toMatchObject({
    statusCode: 404,
  });
});
