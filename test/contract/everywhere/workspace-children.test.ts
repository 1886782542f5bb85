/** Computes and online endpoints: what lies in a workspace and pulls images under an identity of its own. */
import { expect } from "vitest";
import { acrPull, collect } from "../stand-in.ts";
import { useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const newer = "?api-version=2024-10-01";

everywhere("a compute is made, listed with its identity, and deleted", async ({ machineLearning, place, names }) => {
  const { computeOperations } = machineLearning();
  const [group, workspace, name] = [place.resourceGroup, names.workspace, "conformance"];
  // Without nodes it costs nothing.
  const scaleSettings = { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" };
  await computeOperations.beginCreateOrUpdateAndWait(group, workspace, name, {
    location: place.location,
    identity: { type: "SystemAssigned" },
    properties: { computeType: "AmlCompute", properties: { vmSize: "Standard_DS2_v2", scaleSettings } },
  });
  const [found] = await collect(computeOperations.list(group, workspace));
  expect(found).toMatchObject({
    name,
    identity: { type: "SystemAssigned", principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    properties: { computeType: "AmlCompute", provisioningState: "Succeeded" },
  });
  await computeOperations.beginDeleteAndWait(group, workspace, name, "Delete");
  await expect(computeOperations.get(group, workspace, name)).rejects.toMatchObject({ statusCode: 404 });
});

everywhere(
  "an online endpoint is made, and Azure itself lets its identity pull from the attached registry",
  async (azure) => {
    const { workspaces, onlineEndpoints } = azure.machineLearning();
    const { cast, place, names } = azure;
    const { containerRegistry } = await workspaces.get(place.resourceGroup, names.workspace);
    if (!containerRegistry)
      await workspaces.beginUpdateAndWait(place.resourceGroup, names.workspace, { containerRegistry: cast.registryId });
    // Its name is unique in the region.
    const name = `e-${names.registry}`;
    const endpoint = {
      location: place.location,
      identity: { type: "SystemAssigned" },
      properties: { authMode: "Key" },
    };
    const made = await onlineEndpoints.beginCreateOrUpdateAndWait(place.resourceGroup, names.workspace, name, endpoint);
    const principalId = made.identity?.principalId ?? "";
    expect(principalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.properties.provisioningState).toBe("Succeeded");
    await azure.eventually(async () => {
      const filter = `assignedTo('${principalId}')`;
      const held = await collect(azure.authorization().roleAssignments.listForScope(cast.registryId, { filter }));
      expect(held.map(({ roleDefinitionId }) => roleDefinitionId?.split("/").at(-1))).toContain(acrPull);
    });
    await onlineEndpoints.beginDeleteAndWait(place.resourceGroup, names.workspace, name);
  },
);

everywhere(
  "a compute of a workspace that is not there, and one without its type, are refused",
  async ({ raw, cast, place }) => {
    const put = async (id: string, properties: object): Promise<number> =>
      (await raw("PUT", id + newer, JSON.stringify({ location: place.location, properties }))).status;
    expect(await put(`${cast.workspaceId}-gone/computes/c`, { computeType: "AmlCompute" })).toBe(404);
    expect(await put(`${cast.workspaceId}/computes/c`, {})).toBe(400);
  },
);
