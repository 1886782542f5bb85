/** The data plane of a registry, through the client that will ask it whether an image is there. */
import { ContainerRegistryClient } from "@azure/container-registry";
import { expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { azureOf, containerRegistry, raw, registryId, type TestAzure } from "./stand-in.ts";

const puller = "6d0d0000-0000-4000-8000-00000000000a";
const arm = "https://management.azure.com";
const own = "https://containerregistry.azure.net";
const repositories = { "team/base": ["1.0", "latest"], plain: ["1"] };
const abac = { roleAssignmentMode: "AbacRepositoryPermissions" };

interface Given {
  readonly properties?: Record<string, unknown>;
  readonly role?: string;
  readonly condition?: string;
  readonly settings?: SettingsInput;
}

/** A registry with images, and a principal that holds a role there. */
async function registryWith({ properties, role = "AcrPull", condition, settings }: Given = {}): Promise<TestAzure> {
  const roleAssignments: Fixture["roleAssignments"] =
    role === "" ? [] : [{ scope: registryId, role, principalId: puller, condition }];
  const registry = { id: registryId, repositories, properties };
  return azureOf({ resources: [registry], users: [puller], roleAssignments }, settings);
}

async function clientOf(azure: TestAzure, principalId = puller, audience = arm): Promise<ContainerRegistryClient> {
  const { loginServer } = await containerRegistry(azure).registries.get("ml", "images");
  const getToken = () =>
    Promise.resolve({ token: azure.token(principalId, audience), expiresOnTimestamp: Date.now() + 3_600_000 });
  return new ContainerRegistryClient(
    `https://${loginServer ?? ""}`,
    { getToken },
    { audience, retryOptions: { maxRetries: 0 } },
  );
}

const statusOf = (asking: Promise<unknown>): Promise<number> =>
  asking.then(
    () => 200,
    (error: unknown) => (error as { statusCode: number }).statusCode,
  );

/** What asking for an image that is there is answered. */
async function answerTo(azure: TestAzure, principalId = puller, audience = arm): Promise<number> {
  const client = await clientOf(azure, principalId, audience);
  return statusOf(client.getArtifact("team/base", "1.0").getTagProperties("1.0"));
}

test("the properties of a tag, its manifest and its repository", async () => {
  const azure = await registryWith();
  const client = await clientOf(azure);
  const artifact = client.getArtifact("team/base", "1.0");
  const tag = await artifact.getTagProperties("1.0");
  expect(tag).toMatchObject({ name: "1.0", repositoryName: "team/base", createdOn: new Date("2026-03-01T12:00:00Z") });
  expect(tag.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await artifact.getManifestProperties()).toMatchObject({ digest: tag.digest, tags: ["1.0"] });
  expect(await client.getArtifact("team/base", tag.digest).getManifestProperties()).toMatchObject({ tags: ["1.0"] });
  expect(await client.getRepository("team/base").getProperties()).toMatchObject({ name: "team/base", tagCount: 2 });
  expect(await client.getArtifact("plain", "1").getManifestProperties()).toMatchObject({ tags: ["1"] });
});

test("what is not there is answered 404 with the code that says what", async () => {
  const client = await clientOf(await registryWith());
  const asking = async (repository: string, reference: string): Promise<string> =>
    client
      .getArtifact(repository, reference)
      .getManifestProperties()
      .then(
        () => "",
        (error: unknown) => (error as { details: { errors: { code: string }[] } }).details.errors[0]?.code ?? "",
      );
  expect(await asking("team/base", "2.0")).toBe("TAG_UNKNOWN");
  expect(await asking("team/other", "1.0")).toBe("NAME_UNKNOWN");
  expect(await asking("team/base", "sha256:00")).toBe("MANIFEST_UNKNOWN");
});

test.each<[string, Given, number]>([
  ["nothing", { role: "" }, 401],
  ["AcrPull", { role: "AcrPull" }, 200],
  ["AcrPush", { role: "AcrPush" }, 200],
  ["Reader", { role: "Reader" }, 200],
  ["Owner", { role: "Owner" }, 200],
  ["AcrDelete", { role: "AcrDelete" }, 401],
  ["AcrPull under a condition", { condition: "@Resource[x] StringEquals 'y'" }, 401],
  ["Repository Reader", { role: "Container Registry Repository Reader" }, 401],
  ["AcrPull, where repositories have permissions", { role: "AcrPull", properties: abac }, 401],
  ["Owner, where repositories have permissions", { role: "Owner", properties: abac }, 401],
  ["Repository Reader, where they have", { role: "Container Registry Repository Reader", properties: abac }, 200],
])("with %s", async (_, given, status) => {
  expect(await answerTo(await registryWith(given))).toBe(status);
});

test("the app's own identity reads what its permissions say", async () => {
  const azure = await registryWith({ role: "", properties: abac });
  const self = azure.world.self.principalId;
  expect(await answerTo(azure, self)).toBe(200);
  azure.world.setPermissions([{ scope: "/", actions: ["*"] }]);
  expect(await answerTo(azure, self)).toBe(401);
  azure.world.grant({ scope: registryId, role: "Container Registry Repository Reader", principalId: self });
  expect(await answerTo(azure, self)).toBe(200);
});

test.each([
  ["enabled", arm, 200],
  ["enabled", own, 200],
  ["disabled", arm, 401],
  ["disabled", own, 200],
])("with authentication as ARM %s, a token for %s is answered %i", async (status, audience, answer) => {
  const azure = await registryWith({ properties: { policies: { azureADAuthenticationAsArmPolicy: { status } } } });
  expect(await answerTo(azure, puller, audience)).toBe(answer);
});

test("a token for a registry is none for ARM, and the identity endpoint gives out either", async () => {
  const azure = await registryWith();
  const path = `${registryId}?api-version=2025-11-01`;
  const answer = await raw(azure, path, { headers: { authorization: `Bearer ${azure.token(undefined, own)}` } });
  expect(answer).toMatchObject({ status: 401, code: "InvalidAuthenticationTokenAudience" });
  const audienceFor = async (resource: string): Promise<unknown> => {
    const url = `${azure.identityEndpoint}?api-version=2019-08-01&resource=${resource}`;
    const response = await fetch(url, { headers: { "x-identity-header": azure.identityHeader } });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { aud: unknown }).aud;
  };
  expect(await audienceFor(own)).toBe(own);
  expect(await audienceFor(arm)).toBe(arm);
});

test.each([
  ["no public access", { publicNetworkAccess: "Disabled" }, 403],
  ["a rule that denies", { networkRuleSet: { defaultAction: "Deny" } }, 403],
  ["a rule that allows", { networkRuleSet: { defaultAction: "Allow" } }, 200],
])("a registry with %s", async (_, properties, status) => {
  expect(await answerTo(await registryWith({ properties }))).toBe(status);
});

test("a deny assignment stands against a pull as well", async () => {
  const azure = await registryWith();
  azure.world.deny({
    denyAssignmentName: "locked",
    scope: registryId,
    permissions: [{ actions: ["*/pull/read"] }],
    principals: [{ id: puller, type: "ServicePrincipal" }],
  });
  expect(await answerTo(azure)).toBe(401);
});

test("grants are honoured late, and so is their end, when they are told to", async () => {
  const azure = await registryWith({ role: "", settings: { grantDelaySeconds: 300 } });
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: puller });
  expect(await answerTo(azure)).toBe(401);
  azure.pass(300);
  expect(await answerTo(azure)).toBe(200);
  azure.world.revoke({ scope: registryId, principalId: puller });
  expect(await answerTo(azure)).toBe(200);
  azure.pass(300);
  expect(await answerTo(azure)).toBe(401);
});

test("each registry has a door of its own, a later one too, and images come and go from outside", async () => {
  const azure = await registryWith();
  const other = registryId.replace(/images$/, "other");
  azure.world.put({ id: other, repositories: { "team/base": ["2.0"] } });
  const { registries } = containerRegistry(azure);
  const [first, second] = [await registries.get("ml", "images"), await registries.get("ml", "other")];
  expect(second.loginServer).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(second.loginServer).not.toBe(first.loginServer);
  const at = `/_local/images?registry=${encodeURIComponent(other)}`;
  expect((await raw(azure, at)).body).toEqual({ "team/base": ["2.0"] });
  await raw(azure, at, { method: "PUT", body: '{"team/base":["3.0"]}' });
  expect((await raw(azure, at)).body).toEqual({ "team/base": ["3.0"] });
  azure.world.delete(other);
  expect(azure.world.images.repositories(other)).toEqual({});
});

test("requests are logged apart from those to ARM", async () => {
  const azure = await registryWith();
  const client = await clientOf(azure);
  const before = azure.requests.length;
  await client.getArtifact("plain", "1").getTagProperties("1");
  expect(azure.requests).toHaveLength(before);
  expect((await raw(azure, "/_local/registry-requests")).body).toMatchObject([
    { registryId, method: "GET", path: "/acr/v1/plain/_tags/1", status: 401, principalId: null },
    { method: "POST", path: "/oauth2/exchange", status: 200 },
    { method: "POST", path: "/oauth2/token", status: 200 },
    { method: "GET", path: "/acr/v1/plain/_tags/1", status: 200, principalId: puller },
  ]);
});

test("what is not modelled is not answered", async () => {
  const azure = await registryWith();
  const { loginServer = "" } = await containerRegistry(azure).registries.get("ml", "images");
  expect((await fetch(`https://${loginServer}/v2/`)).status).toBe(404);
  expect((await fetch(`https://${loginServer}/acr/v1/_catalog`)).status).toBe(404);
});
