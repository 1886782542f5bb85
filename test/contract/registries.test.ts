import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { azureOf, collect, containerRegistry, raw, registryId, type TestAzure, workspaceId } from "./stand-in.ts";

test("a registry needs no more than an id to have everything that a client reads", async () => {
  const azure = await azureOf();
  expect(await containerRegistry(azure).registries.get("ML", "Images")).toMatchObject({
    id: registryId,
    loginServer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    adminUserEnabled: false,
    provisioningState: "Succeeded",
    roleAssignmentMode: "LegacyRegistryPermissions",
    sku: { name: "Premium" },
  });
});

test("the permission mode is what the fixture says, and older api-versions do not show it", async () => {
  const azure = await azureOf({
    resources: [{ id: registryId, properties: { roleAssignmentMode: "AbacRepositoryPermissions" } }],
  });
  const { registries } = containerRegistry(azure);
  expect((await registries.get("ml", "images")).roleAssignmentMode).toBe("AbacRepositoryPermissions");
  const { body } = await raw(azure, `${registryId}?api-version=2023-07-01`);
  expect(body).not.toHaveProperty("properties.roleAssignmentMode");
});

test("registries are listed page after page", async () => {
  const resources = ["a", "b", "c"].map((name) => ({ id: registryId.replace("images", name) }));
  const azure = await azureOf({ resources }, { pageSize: 1 });
  const { registries } = containerRegistry(azure);
  expect((await collect(registries.list())).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(await collect(registries.listByResourceGroup("ml"))).toHaveLength(3);
});

test("a new admin password puts the workspaces that use it out of sync", async () => {
  const azure = await azureOf({
    resources: [
      { id: registryId, properties: { adminUserEnabled: true } },
      { id: workspaceId, properties: { containerRegistry: registryId } },
    ],
  });
  const { registries } = containerRegistry(azure);
  const answer = await registries.regenerateCredential("ml", "images", { name: "password" });
  expect(answer.passwords).toHaveLength(2);
  expect(azure.world.keysInSync(workspaceId)).toBe(false);
  expect(JSON.stringify(await registries.get("ml", "images"))).not.toContain("redentialGeneration");
});

test("a registry that was deleted is not found", async () => {
  const azure = await azureOf();
  const { registries } = containerRegistry(azure);
  await registries.delete("ml", "images");
  await expect(registries.get("ml", "images")).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
});

test("a long update is accepted, shows Updating meanwhile and the change only in the end", async () => {
  const azure = await azureOf(undefined, { registrySeconds: 30 });
  const { registries } = containerRegistry(azure);
  const poller = registries.update("ml", "images", { adminUserEnabled: true });
  await poller.submitted();
  expect(await registries.get("ml", "images")).toMatchObject({
    adminUserEnabled: false,
    provisioningState: "Updating",
  });
  azure.pass(30);
  await poller.poll();
  expect(poller.result).toMatchObject({ adminUserEnabled: true, provisioningState: "Succeeded" });
  const polls = azure.requests.filter(({ path }) => path.includes("/operationStatuses/"));
  expect(polls.map(({ action, status }) => [action, status])).toEqual([
    ["Microsoft.ContainerRegistry/registries/operationStatuses/read", 200],
  ]);
});

describe("importing an image", () => {
  const publicRegistries = { "docker.io": { "library/busybox": ["1.36", "latest"] } };
  const busybox = { registryUri: "docker.io", sourceImage: "library/busybox:1.36" };
  const into = (repositories = {}): Fixture => ({ resources: [{ id: registryId, repositories }], publicRegistries });
  const images = (azure: TestAzure): unknown => azure.world.images.repositories(registryId);

  test("it is accepted and there when the operation has ended", async () => {
    const azure = await azureOf(into(), { importSeconds: 60 });
    const { registries } = containerRegistry(azure);
    const poller = registries.importImage("ml", "images", { source: busybox, targetTags: ["base/busybox:1.36"] });
    await poller.submitted();
    expect(images(azure)).toEqual({});
    azure.pass(60);
    await poller.poll();
    expect(poller.isDone).toBe(true);
    expect(images(azure)).toEqual({ "base/busybox": ["1.36"] });
    expect(azure.requests[0]).toMatchObject({
      status: 202,
      action: "Microsoft.ContainerRegistry/registries/importImage/action",
    });
  });

  test.each([
    ["no target", { source: busybox }, { "library/busybox": ["1.36"] }],
    ["a target without a tag", { source: busybox, targetTags: ["base"] }, { base: ["1.36"] }],
    [
      "a source without a tag",
      { source: { ...busybox, sourceImage: "library/busybox" } },
      { "library/busybox": ["latest"] },
    ],
    ["two targets", { source: busybox, targetTags: ["a:1", "b:2"] }, { a: ["1"], b: ["2"] }],
    ["a target without any tag", { source: busybox, untaggedTargetRepositories: ["a"] }, { a: [] }],
    [
      "another name of the hub",
      { source: { ...busybox, registryUri: "https://registry.hub.docker.com/" } },
      { "library/busybox": ["1.36"] },
    ],
  ])("with %s", async (_, order, expected) => {
    const azure = await azureOf(into());
    await containerRegistry(azure).registries.importImage("ml", "images", order);
    expect(images(azure)).toEqual(expected);
  });

  test.each([
    ["a tag that is not there", { ...busybox, sourceImage: "library/busybox:9" }, /Unable to find manifest digest/],
    ["a repository that is not there", { ...busybox, sourceImage: "busybox:1.36" }, /Unable to find manifest digest/],
    ["a registry that is not there", { ...busybox, registryUri: "quay.io" }, /Unable to find manifest digest/],
  ])("the operation for %s fails", async (_, source, message) => {
    const azure = await azureOf(into());
    const poller = containerRegistry(azure).registries.importImage("ml", "images", { source });
    await expect(poller).rejects.toThrow(message);
    expect(images(azure)).toEqual({});
  });

  test("a tag that is taken is overwritten only by force", async () => {
    const azure = await azureOf(into({ base: ["1"] }));
    const { registries } = containerRegistry(azure);
    const digest = (): string | undefined => azure.world.images.find(registryId, "base:1")?.digest;
    const before = digest();
    const order = { source: busybox, targetTags: ["base:1"] };
    await expect(registries.importImage("ml", "images", order)).rejects.toMatchObject({
      code: "Conflict",
      message: expect.stringContaining("Tag base:1 already exists in target registry.") as string,
    });
    expect(digest()).toBe(before);
    await registries.importImage("ml", "images", { ...order, mode: "Force" });
    expect(digest()).not.toBe(before);
  });

  test("it asks for its own action, and another registry as a source is not modelled", async () => {
    const azure = await azureOf(into());
    const path = `${registryId}/importImage?api-version=2025-11-01`;
    const order = JSON.stringify({ source: { resourceId: registryId, sourceImage: "base:1" } });
    expect((await raw(azure, path, { method: "POST", body: order })).code).toBe("StandInFailure");
    expect((await raw(azure, path, { method: "POST", body: '{"source":{}}' })).status).toBe(400);
    azure.world.setPermissions([{ scope: "/", actions: ["*/read", "*/write"] }]);
    expect((await raw(azure, path, { method: "POST", body: order })).message).toContain(
      "registries/importImage/action",
    );
  });
});
