import { describe, expect, test } from "vitest";

import { listWorkspaceIds } from "../../src/azure/workspaces.ts";
import { formatId, parseResourceId, workspaceId as workspaceIdOf } from "../../src/core/arm-id.ts";
import {
  adapters,
  failureOf,
  group,
  identityId,
  principalIn,
  registryId,
  storageId,
  subscriptionId,
  unaborted,
  workspace,
  workspaceId,
} from "./setting.ts";

const idOf = (name: string): string => workspaceId.replace(/alpha$/, name);
const collect = async (ids: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const id of ids) all.push(id);
  return all;
};
const named = (name: string) => workspaceIdOf(subscriptionId, "ml", name);

describe("a workspace", () => {
  test("is described with everything that a decision needs", async () => {
    const insights = `${group}/providers/Microsoft.Insights/components/logs`;
    const { reads, azure } = await adapters({
      resources: [
        { id: registryId },
        { id: storageId },
        { id: identityId },
        {
          id: workspaceId,
          location: "West Europe",
          tags: { team: "vision", "acr-remediation": "manage" },
          identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { [identityId]: {} } },
          properties: {
            containerRegistry: registryId,
            storageAccount: storageId,
            applicationInsights: insights,
            primaryUserAssignedIdentity: identityId,
          },
        },
      ],
    });
    const found = await reads.workspace(workspace, unaborted);
    expect(found).toEqual({
      id: workspace,
      kind: "default",
      location: "West Europe",
      tags: { team: "vision", "acr-remediation": "manage" },
      provisioningState: "Succeeded",
      identity: {
        systemAssigned: true,
        systemPrincipalId: principalIn(azure),
        userAssigned: [
          { id: parseResourceId(identityId), principalId: azure.world.get(identityId)?.properties["principalId"] },
        ],
        primary: parseResourceId(identityId),
      },
      containerRegistry: expect.objectContaining({ name: "images" }) as unknown,
      storageAccount: parseResourceId(storageId),
      applicationInsights: insights,
    });
  });

  test("without registry, storage or insights is described without them", async () => {
    const { reads } = await adapters();
    const found = await reads.workspace(workspace, unaborted);
    expect(Object.keys(found ?? {}).sort()).toEqual([
      "id",
      "identity",
      "kind",
      "location",
      "provisioningState",
      "tags",
    ]);
  });

  test.each([
    ["Hub", "hub"],
    ["FeatureStore", "featurestore"],
    ["Default", "default"],
  ])("of kind %s is called %s, whatever Azure's casing", async (kind, told) => {
    const { reads } = await adapters({ resources: [{ id: workspaceId, kind }] });
    expect(await reads.workspace(workspace, unaborted)).toMatchObject({ kind: told });
  });

  test("that is a project names its hub, and shows the hub's registry as its own", async () => {
    const { reads } = await adapters({
      resources: [
        { id: registryId },
        { id: idOf("hub"), kind: "hub", properties: { containerRegistry: registryId } },
        { id: idOf("project"), kind: "Project", properties: { hubResourceId: idOf("hub") } },
      ],
    });
    expect(await reads.workspace(named("project"), unaborted)).toMatchObject({
      kind: "project",
      hubId: named("hub"),
      containerRegistry: { name: "images" },
    });
  });

  test("is found by an id of any casing, and answers in Azure's own", async () => {
    const { reads } = await adapters();
    const found = await reads.workspace(workspaceIdOf(subscriptionId.toUpperCase(), "ML", "Alpha"), unaborted);
    expect(found?.id).toEqual(workspace);
  });

  test("with letters beyond ASCII and parentheses in its group's name is found", async () => {
    const id = workspaceIdOf(subscriptionId, "größe_(prod).v1", "alpha");
    const { reads } = await adapters({ resources: [{ id: formatId(id) }] });
    expect(await reads.workspace(id, unaborted)).toMatchObject({ id });
  });

  test("shows no principal until Azure has made it", async () => {
    const { reads, azure, clock } = await adapters({}, { identityDelaySeconds: 30 });
    azure.world.put({ id: workspaceId });
    const young = await reads.workspace(workspace, unaborted);
    expect(young?.identity).toEqual({ systemAssigned: true, userAssigned: [] });
    clock.pass(30);
    const grown = await reads.workspace(workspace, unaborted);
    expect(grown?.identity.systemPrincipalId).toBe(principalIn(azure));
  });

  test("with user-assigned identities only has no system identity", async () => {
    const other = identityId.replace("puller", "other");
    const identity = { type: "UserAssigned", userAssignedIdentities: { [identityId.toUpperCase()]: {}, [other]: {} } };
    const { reads } = await adapters({
      resources: [{ id: identityId }, { id: other }, { id: workspaceId, identity }],
    });
    const found = await reads.workspace(workspace, unaborted);
    expect(found?.identity.systemAssigned).toBe(false);
    expect(found?.identity).not.toHaveProperty("systemPrincipalId");
    expect(found?.identity).not.toHaveProperty("primary");
    expect(found?.identity.userAssigned.map(({ id }) => id.names[0])).toEqual(["PULLER", "other"]);
    expect(found?.identity.userAssigned.every(({ principalId }) => principalId !== undefined)).toBe(true);
  });

  test.each(["SystemAssigned, UserAssigned", "systemassigned,userassigned"])(
    "whose identity type is spelled %s has a system identity",
    async (type) => {
      const identity = { type, userAssignedIdentities: { [identityId]: {} } };
      const { reads } = await adapters({ resources: [{ id: identityId }, { id: workspaceId, identity }] });
      const found = await reads.workspace(workspace, unaborted);
      expect(found?.identity).toMatchObject({ systemAssigned: true, userAssigned: [{ id: { names: ["puller"] } }] });
    },
  );

  test("whose user-assigned identity is not there has one without a principal", async () => {
    const identity = { type: "UserAssigned", userAssignedIdentities: { [identityId]: {} } };
    const { reads } = await adapters({ resources: [{ id: workspaceId, identity }] });
    const found = await reads.workspace(workspace, unaborted);
    expect(found?.identity.userAssigned).toEqual([{ id: parseResourceId(identityId) }]);
  });

  test("without identity has none", async () => {
    const { reads } = await adapters({ resources: [{ id: workspaceId, identity: { type: "None" } }] });
    expect((await reads.workspace(workspace, unaborted))?.identity).toEqual({
      systemAssigned: false,
      userAssigned: [],
    });
  });

  test("that is being provisioned says so", async () => {
    const { reads, azure, clock } = await adapters({}, { provisioningSeconds: 60 });
    azure.world.put({ id: workspaceId });
    expect((await reads.workspace(workspace, unaborted))?.provisioningState).toBe("Creating");
    clock.pass(60);
    expect((await reads.workspace(workspace, unaborted))?.provisioningState).toBe("Succeeded");
  });

  test.each([
    ["itself", { resources: [{ id: registryId }] }],
    ["or its resource group", {}],
  ])("that does not exist %s is undefined", async (_what, fixture) => {
    const { reads } = await adapters(fixture);
    expect(await reads.workspace(workspace, unaborted)).toBeUndefined();
  });

  test("in a subscription that cannot be seen is no workspace that is gone", async () => {
    const { reads } = await adapters();
    const foreign = workspaceIdOf("99999999-9999-4999-8999-999999999999", "ml", "alpha");
    const failure = await failureOf(reads.workspace(foreign, unaborted));
    expect(failure).toMatchObject({ kind: "missingPermission", code: "SubscriptionNotFound" });
    expect(failure.message).toContain("our identity lacks Microsoft.MachineLearningServices/workspaces/read at /subs");
  });

  test("whose registry is no registry is told of, and is a bug rather than a guess", async () => {
    const { reads } = await adapters({
      resources: [{ id: workspaceId, properties: { containerRegistry: storageId } }],
    });
    const failure = await failureOf(reads.workspace(workspace, unaborted));
    expect(failure.kind).toBe("bug");
    expect(failure.message).toContain(`ARM described the workspace ${workspaceId} in a way`);
    expect(failure.message).toContain("not of a Microsoft.ContainerRegistry/registries");
  });
});

describe("the workspaces of a subscription", () => {
  test("are listed page by page, in every group", async () => {
    const ids = ["a", "b", "c", "d", "e"].map(idOf);
    const { arm, azure } = await adapters({ resources: ids.map((id) => ({ id })) }, { pageSize: 2 });
    azure.world.put({ id: idOf("f").replace("/ml/", "/other/") });
    const listed = await collect(listWorkspaceIds(arm, subscriptionId));
    expect(listed).toEqual([...ids, idOf("f").replace("/ml/", "/other/")]);
    expect(azure.requests).toHaveLength(3);
  });

  test("that may not be listed are a failure naming action and scope", async () => {
    const { arm, azure } = await adapters();
    azure.world.setPermissions([]);
    const failure = await failureOf(collect(listWorkspaceIds(arm, subscriptionId)));
    expect(failure).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.MachineLearningServices/workspaces/read",
      scope: `/subscriptions/${subscriptionId}`,
    });
    expect(failure.message).toContain(`Could not list the workspaces of the subscription ${subscriptionId}`);
  });

  test("are a failure when a later page cannot be read, after those that could", async () => {
    const { arm, azure } = await adapters(
      { resources: ["a", "b", "c"].map((name) => ({ id: idOf(name) })) },
      { pageSize: 2 },
    );
    const seen: string[] = [];
    const listing = (async () => {
      for await (const id of listWorkspaceIds(arm, subscriptionId)) {
        seen.push(id);
        azure.setFaults([{ match: {}, respond: { status: 403, code: "AuthorizationFailed", message: "No." } }]);
      }
    })();
    expect((await failureOf(listing)).kind).toBe("missingPermission");
    expect(seen).toEqual([idOf("a"), idOf("b")]);
  });
});
