import { expect } from "vitest";
import { collect } from "../stand-in.ts";
import { useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();

everywhere("it has what a client reads", async ({ containerRegistry, place, names, cast }) => {
  const { registries } = containerRegistry();
  expect(await registries.get(place.resourceGroup, names.registry.toUpperCase())).toMatchObject({
    id: cast.registryId,
    loginServer: expect.any(String) as string,
    adminUserEnabled: false,
    provisioningState: "Succeeded",
    publicNetworkAccess: "Enabled",
    policies: { azureADAuthenticationAsArmPolicy: { status: "enabled" } },
  });
  const ids = (await collect(registries.listByResourceGroup(place.resourceGroup))).map(({ id }) => id);
  expect(ids).toEqual([cast.registryId]);
});

everywhere("its permission mode is shown by the newest api-version, and by older ones not", async ({ raw, cast }) => {
  expect((await raw("GET", `${cast.registryId}?api-version=2025-11-01`)).body).toMatchObject({
    properties: { roleAssignmentMode: "LegacyRegistryPermissions" },
  });
  const { body } = await raw("GET", `${cast.registryId}?api-version=2023-07-01`);
  expect(body).not.toHaveProperty("properties.roleAssignmentMode");
});

everywhere(
  "the admin user is switched on by a PATCH that leaves the rest alone, and then has two passwords",
  async (azure) => {
    const { registries } = azure.containerRegistry();
    const [group, name] = [azure.place.resourceGroup, azure.names.registry];
    const before = await registries.get(group, name);
    try {
      const after = await registries.update(group, name, { adminUserEnabled: true });
      // Who changed it last, and when, is stamped by each write.
      expect({ ...after, systemData: undefined }).toEqual({ ...before, systemData: undefined, adminUserEnabled: true });
      const { passwords } = await registries.regenerateCredential(group, name, { name: "password" });
      expect(passwords?.map((one) => one.name)).toEqual(["password", "password2"]);
    } finally {
      await registries.update(group, name, { adminUserEnabled: false });
    }
  },
);

everywhere("an image is imported once, and a tag that is taken is overwritten only by force", async (azure) => {
  const { registries } = azure.containerRegistry();
  const source = { registryUri: "mcr.microsoft.com", sourceImage: "hello-world:latest" };
  const order = { source, targetTags: ["conformance/hello:1"] };
  const [group, name] = [azure.place.resourceGroup, azure.names.registry];
  await registries.importImage(group, name, { ...order, mode: "Force" });
  await expect(registries.importImage(group, name, order)).rejects.toThrow(/already exists/i);
  await registries.importImage(group, name, { ...order, mode: "Force" });
});

everywhere("the import of an image that is not there fails", async ({ containerRegistry, place, names }) => {
  const source = { registryUri: "mcr.microsoft.com", sourceImage: "hello-world:no-such-tag" };
  const importing = containerRegistry().registries.importImage(place.resourceGroup, names.registry, {
    source,
    targetTags: ["conformance/none:1"],
  });
  await expect(importing).rejects.toThrow();
});
