import { expect, test } from "vitest";

import { azureOf, collect, containerRegistry, raw, registryId, workspaceId } from "./stand-in.ts";

test("a registry needs no more than an id to have everything that a client reads", async () => {
  const azure = await azureOf();
  expect(await containerRegistry(azure).registries.get("ML", "Images")).toMatchObject({
    id: registryId,
    loginServer: "images.azurecr.io",
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

test("the admin user is switched on by a PATCH that leaves the rest alone", async () => {
  const azure = await azureOf();
  const { registries } = containerRegistry(azure);
  const before = await registries.get("ml", "images");
  const after = await registries.update("ml", "images", { adminUserEnabled: true });
  expect(after).toEqual({ ...before, adminUserEnabled: true });
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
