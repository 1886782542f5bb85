import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { ManagedIdentityCredential } from "@azure/identity";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { trust } from "../../local/azure/certificates.ts";
import { type Azure, startAzure } from "../../local/azure/index.ts";
import { subscriptionId, workspaceId } from "./stand-in.ts";

// MSAL keeps the endpoint that the first credential of a process found: one stand-in for the whole file.
let azure: Azure;

beforeAll(async () => {
  azure = await startAzure({ fixture: { resources: [{ id: workspaceId }] } });
  trust(azure);
  vi.stubEnv("IDENTITY_ENDPOINT", azure.identityEndpoint);
  vi.stubEnv("IDENTITY_HEADER", azure.identityHeader);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await azure.close();
});

const query = "api-version=2019-08-01&resource=https://management.azure.com";

test("the SDK's managed identity credential gets a token that ARM takes", async () => {
  const client = new AzureMachineLearningWorkspaces(new ManagedIdentityCredential(), subscriptionId, {
    endpoint: azure.armEndpoint,
  });
  expect((await client.workspaces.get("ml", "alpha")).id).toBe(workspaceId);
  expect(azure.requests[0]).toMatchObject({ principalId: azure.world.self.principalId, isSelf: true });
});

test("a user-assigned identity is asked for by its client id; another one is not there", async () => {
  const scope = "https://management.azure.com/.default";
  const { clientId } = azure.world.self;
  const { token } = await new ManagedIdentityCredential({ clientId }).getToken(scope);
  expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toMatchObject({ appid: clientId });
  const stranger = new ManagedIdentityCredential({ clientId: "0b2f1c5e-0000-4000-8000-000000000000" });
  await expect(stranger.getToken(scope)).rejects.toThrow();
});

test.each([
  ["the wrong header", { "x-identity-header": "guess" }, query, 401],
  ["no header", {}, query, 400],
  ["another api-version", undefined, "api-version=2017-09-01&resource=x", 400],
  ["no resource", undefined, "api-version=2019-08-01", 400],
])("%s gets no token", async (_what, headers, parameters, status) => {
  const own = { "x-identity-header": azure.identityHeader };
  const response = await fetch(`${azure.identityEndpoint}?${parameters}`, { headers: headers ?? own });
  expect(response.status).toBe(status);
});
