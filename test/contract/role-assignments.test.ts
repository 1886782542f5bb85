import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import {
  acrPullId,
  authorization,
  azureOf,
  collect,
  group,
  registryId,
  type TestAzure,
  workspaceId,
} from "./stand-in.ts";

const subscription = group.slice(0, group.indexOf("/resourceGroups"));
const principalOf = (azure: TestAzure): string => azure.world.get(workspaceId)?.identity?.principalId ?? "";

function pullFor(principalId: string): Parameters<ReturnType<typeof authorization>["roleAssignments"]["create"]>[2] {
  return { roleDefinitionId: acrPullId, principalId, principalType: "ServicePrincipal" };
}

test("a role is assigned once and read back with what it was made of", async () => {
  const azure = await azureOf();
  const { roleAssignments } = authorization(azure);
  const name = randomUUID();
  const description = "lets alpha pull";
  const made = await roleAssignments.create(registryId, name, { ...pullFor(principalOf(azure)), description });
  expect(made).toMatchObject({
    name,
    scope: registryId,
    roleDefinitionId: acrPullId,
    principalType: "ServicePrincipal",
    description,
    createdOn: new Date("2026-03-01T12:00:00Z"),
  });
  expect(await roleAssignments.get(registryId, name)).toEqual(made);
  await roleAssignments.create(registryId, name, pullFor(principalOf(azure)));
  expect(azure.requests.map(({ status }) => status)).toEqual([201, 200, 200]);
});

test("each filter lists what ARM documents", async () => {
  const azure = await azureOf();
  const { roleAssignments } = authorization(azure);
  const principal = principalOf(azure);
  const [inner, outer, user] = [randomUUID(), randomUUID(), randomUUID()];
  azure.world.directory.addGroup(inner, [principal]);
  azure.world.directory.addGroup(outer, [inner]);
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principal });
  azure.world.grant({ scope: group, role: "Reader", principalId: outer, principalType: "Group" });
  azure.world.grant({ scope: "/", role: "Owner", principalId: user, principalType: "User" });
  azure.world.grant({ scope: workspaceId, role: "Contributor", principalId: principal });

  const found = async (scope: string, filter?: string): Promise<string[]> =>
    (await collect(roleAssignments.listForScope(scope, filter === undefined ? {} : { filter })))
      .map(({ scope: at }) => at ?? "")
      .sort();
  expect(await found(registryId)).toEqual(["/", group, registryId]);
  expect(await found(group)).toEqual(["/", group, registryId, workspaceId]);
  expect(await found(group, "atScope()")).toEqual(["/", group]);
  expect(await found(subscription, `principalId eq '${principal}'`)).toEqual([registryId, workspaceId]);
  expect(await found(registryId, `principalId eq '${principal}'`)).toEqual([registryId]);
  expect(await found(registryId, `assignedTo('${principal}')`)).toEqual([group, registryId]);
  expect(await found(group, `atScope() and assignedTo('${principal}')`)).toEqual([group]);
  expect(await found(registryId.toUpperCase(), `assignedTo('${principal.toUpperCase()}')`)).toEqual([
    group,
    registryId,
  ]);
});

test("lists of assignments go on page after page", async () => {
  const azure = await azureOf(undefined, { pageSize: 2 });
  for (let index = 0; index < 5; index += 1) {
    azure.world.grant({ scope: registryId, role: "AcrPull", principalId: randomUUID() });
  }
  const listing = authorization(azure).roleAssignments.listForScope(registryId, { filter: "atScope()" });
  expect(await collect(listing)).toHaveLength(5);
  expect(azure.requests).toHaveLength(3);
});

test("a young principal is unknown to the directory for a while", async () => {
  const azure = await azureOf(undefined, { identityDelaySeconds: 10, directoryDelaySeconds: 30 });
  const id = workspaceId.replace(/alpha$/, "fresh");
  const principalId = azure.world.put({ id }).identity?.principalId ?? "";
  const create = (): Promise<unknown> =>
    authorization(azure).roleAssignments.create(registryId, randomUUID(), pullFor(principalId));
  azure.pass(39);
  await expect(create()).rejects.toMatchObject({ statusCode: 400, code: "PrincipalNotFound" });
  azure.pass(1);
  await create();
});

test("a principal that the fixture calls unknown stays unknown, whatever carries it", async () => {
  const principalId = "0b2f1c5e-0000-4000-8000-000000000001";
  const azure = await azureOf({
    resources: [{ id: registryId }, { id: workspaceId, identity: { type: "SystemAssigned", principalId } }],
    unknownPrincipals: [principalId],
  });
  const creating = authorization(azure).roleAssignments.create(registryId, randomUUID(), pullFor(principalId));
  await expect(creating).rejects.toMatchObject({ code: "PrincipalNotFound" });
});

test("a subscription that has its fill of assignments takes no more", async () => {
  const azure = await azureOf(undefined, { maxRoleAssignmentsPerSubscription: 1 });
  azure.world.grant({ scope: group, role: "Reader", principalId: randomUUID() });
  const creating = authorization(azure).roleAssignments.create(registryId, randomUUID(), pullFor(principalOf(azure)));
  await expect(creating).rejects.toMatchObject({ code: "RoleAssignmentLimitExceeded" });
});

test("stale reads do not see a new assignment yet", async () => {
  const azure = await azureOf(undefined, { staleReadSeconds: 20 });
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principalOf(azure) });
  const { roleAssignments } = authorization(azure);
  expect(await collect(roleAssignments.listForScope(registryId))).toHaveLength(0);
  azure.pass(20);
  expect(await collect(roleAssignments.listForScope(registryId))).toHaveLength(1);
});

test("role definitions are read by id and listed at a scope, built-in and custom", async () => {
  const custom = "c0570000-0000-4000-8000-000000000001";
  const azure = await azureOf({
    resources: [{ id: registryId }],
    roleDefinitions: [
      {
        id: custom,
        roleName: "Image puller",
        permissions: [{ actions: ["Microsoft.ContainerRegistry/registries/pull/read"] }],
        assignableScopes: [group],
      },
    ],
  });
  const { roleDefinitions } = authorization(azure);
  expect(await roleDefinitions.getById(acrPullId)).toMatchObject({
    roleName: "AcrPull",
    roleType: "BuiltInRole",
    permissions: [{ actions: ["Microsoft.ContainerRegistry/registries/pull/read"] }],
  });
  expect(await roleDefinitions.get(group, custom)).toMatchObject({ roleName: "Image puller", roleType: "CustomRole" });
  const named = await collect(roleDefinitions.list(registryId, { filter: "roleName eq 'Image puller'" }));
  expect(named.map(({ name }) => name)).toEqual([custom]);
  expect(await collect(roleDefinitions.list(registryId))).toHaveLength(13);
  await expect(roleDefinitions.get(group, randomUUID())).rejects.toMatchObject({
    statusCode: 404,
    code: "RoleDefinitionDoesNotExist",
  });
});
