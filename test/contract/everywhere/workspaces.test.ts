import { expect } from "vitest";
import { collect } from "../stand-in.ts";
import { useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const newer = "?api-version=2024-10-01";
const guid = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;

everywhere("it is found whatever the casing of its id, and answers in the casing it was made with", async (azure) => {
  const { workspaces } = azure.machineLearning();
  const found = await workspaces.get(azure.place.resourceGroup.toUpperCase(), azure.names.workspace.toUpperCase());
  expect(found).toMatchObject({ id: azure.cast.workspaceId, provisioningState: "Succeeded" });
  expect(found.identity).toMatchObject({ type: "SystemAssigned", principalId: guid });
  expect(found.storageAccount?.toLowerCase()).toBe(azure.cast.storageId.toLowerCase());
});

everywhere("its kind appears only in the api-versions whose model has it", async ({ raw, cast }) => {
  expect((await raw("GET", `${cast.workspaceId}?api-version=2022-10-01`)).body).not.toHaveProperty("kind");
  expect((await raw("GET", cast.workspaceId + newer)).body).toMatchObject({ kind: "Default" });
});

everywhere("it is in the lists of its group and of its subscription", async ({ machineLearning, place, cast }) => {
  const { workspaces } = machineLearning();
  const ofGroup = await collect(workspaces.listByResourceGroup(place.resourceGroup));
  const ofSubscription = await collect(workspaces.listBySubscription());
  for (const list of [ofGroup, ofSubscription]) expect(list.map(({ id }) => id)).toContain(cast.workspaceId);
});

everywhere("attaching leaves what the PATCH does not name: identity, tags, other properties", async (azure) => {
  const { workspaces } = azure.machineLearning();
  const [group, name] = [azure.place.resourceGroup, azure.names.workspace];
  const before = await workspaces.get(group, name);
  const done = await workspaces.beginUpdateAndWait(group, name, { containerRegistry: azure.cast.registryId });
  expect(done.containerRegistry?.toLowerCase()).toBe(azure.cast.registryId.toLowerCase());
  const { containerRegistry } = done;
  const after = await workspaces.get(group, name);
  // Who changed it last, and when, is stamped by each write.
  expect({ ...after, systemData: undefined }).toEqual({ ...before, systemData: undefined, containerRegistry });
});

everywhere("a registry that is not there cannot be attached", async ({ machineLearning, place, names, cast }) => {
  const attaching = machineLearning().workspaces.beginUpdateAndWait(place.resourceGroup, names.workspace, {
    containerRegistry: `${cast.registryId}gone`,
  });
  await expect(attaching).rejects.toMatchObject({ statusCode: 400 });
});

everywhere("syncing keys is done at once, or accepted with a place to look and a time to wait", async (azure) => {
  const answer = await azure.raw("POST", `${azure.cast.workspaceId}/resyncKeys${newer}`);
  expect([200, 202]).toContain(answer.status);
  if (answer.status !== 202) return;
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  const location = answer.headers.get("location") ?? "";
  expect(location).toContain("/workspaceOperationsStatus/");
  const path = location.slice(azure.place.armEndpoint.length);
  await azure.eventually(async () => {
    expect((await azure.raw("GET", path)).status).toBe(200);
  });
});

everywhere("a poller goes on from its serialised state", async ({ machineLearning, place, names }) => {
  const { workspaces } = machineLearning();
  const state = (await workspaces.beginResyncKeys(place.resourceGroup, names.workspace)).toString();
  const resumed = await workspaces.beginResyncKeys(place.resourceGroup, names.workspace, { resumeFrom: state });
  await resumed.pollUntilDone();
  expect(resumed.isDone()).toBe(true);
});

everywhere("a PATCH of the identity replaces it: what it does not name is gone", async (azure) => {
  const { workspaces } = azure.machineLearning();
  const [group, name] = [azure.place.resourceGroup, azure.names.workspace];
  const { principalId } = (await workspaces.get(group, name)).identity ?? {};
  const both = await workspaces.beginUpdateAndWait(group, name, {
    identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { [azure.cast.identityId]: {} } },
  });
  expect(both.identity).toMatchObject({ principalId });
  const [assigned] = Object.entries(both.identity?.userAssignedIdentities ?? {});
  expect(assigned?.[0].toLowerCase()).toBe(azure.cast.identityId.toLowerCase());
  expect(assigned?.[1]).toMatchObject({ principalId: guid, clientId: guid });
  await workspaces.beginUpdateAndWait(group, name, { identity: { type: "SystemAssigned" } });
  const { identity } = await workspaces.get(group, name);
  expect(identity).toMatchObject({ type: "SystemAssigned", principalId });
  expect(Object.keys(identity?.userAssignedIdentities ?? {})).toEqual([]);
});

everywhere("a diagnosis has a list of what is wrong with the registry", async ({ machineLearning, place, names }) => {
  const { value } = await machineLearning().workspaces.beginDiagnoseAndWait(place.resourceGroup, names.workspace, {
    parameters: { value: {} },
  });
  expect(value?.containerRegistryResults).toBeInstanceOf(Array);
});
