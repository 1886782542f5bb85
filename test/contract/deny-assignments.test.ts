/** What stands against every grant: deny assignments, listed and enforced. */
import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import {
  acrPullId,
  authorization,
  azureOf,
  collect,
  containerRegistry,
  group,
  machineLearning,
  raw,
  registryId,
  subscriptionId,
  workspaceId,
} from "./stand-in.ts";

type Denial = NonNullable<Fixture["denyAssignments"]>[number];

const subscription = `/subscriptions/${subscriptionId}`;
const management = "/providers/Microsoft.Management/managementGroups/root";
const self = "5e1f0000-0000-4000-8000-000000000001";
const everyone = [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }];
const servicePrincipal = (id: string): Denial["principals"] => [{ id, type: "ServicePrincipal" }];
const resources = [{ id: workspaceId }, { id: registryId }];

/** One that forbids everything but reading to everybody in the group. */
function denial(changes: Partial<Denial> = {}): Denial {
  return {
    denyAssignmentName: "locked by the stack",
    scope: group,
    permissions: [{ actions: ["*"], notActions: ["*/read"] }],
    principals: everyone,
    ...changes,
  };
}

test("one is listed and read with all that it says", async () => {
  const name = randomUUID();
  const azure = await azureOf({ resources, denyAssignments: [denial({ name, description: "by the stack" })] });
  const { denyAssignments } = authorization(azure);
  const [found] = await collect(denyAssignments.listForScope(registryId, { filter: "atScope()" }));
  expect(found).toMatchObject({
    id: `${group}/providers/Microsoft.Authorization/denyAssignments/${name}`,
    name,
    denyAssignmentName: "locked by the stack",
    description: "by the stack",
    scope: group,
    permissions: [{ actions: ["*"], notActions: ["*/read"], dataActions: [], notDataActions: [] }],
    principals: everyone,
    excludePrincipals: [],
    doNotApplyToChildScopes: false,
    isSystemProtected: true,
  });
  expect(await denyAssignments.get(group, name)).toEqual(found);
  await expect(denyAssignments.get(registryId, name)).rejects.toMatchObject({ code: "DenyAssignmentNotFound" });
});

test("each filter lists what is documented, page after page", async () => {
  const [member, members] = [randomUUID(), randomUUID()];
  const azure = await azureOf(
    {
      resources,
      groups: [{ id: members, members: [member] }],
      denyAssignments: [
        denial({ denyAssignmentName: "far above", scope: management }),
        denial({ denyAssignmentName: "above", scope: group, doNotApplyToChildScopes: true }),
        denial({ denyAssignmentName: "here", scope: registryId, principals: [{ id: members, type: "Group" }] }),
        denial({ denyAssignmentName: "aside", scope: workspaceId, excludePrincipals: servicePrincipal(member) }),
      ],
    },
    { pageSize: 1 },
  );
  const { denyAssignments } = authorization(azure);
  const found = async (scope: string, filter?: string): Promise<unknown[]> =>
    (await collect(denyAssignments.listForScope(scope, filter === undefined ? {} : { filter }))).map(
      ({ denyAssignmentName }) => denyAssignmentName,
    );
  expect(await found(registryId, "atScope()")).toEqual(["far above", "above", "here"]);
  expect(await found(group, "atScope()")).toEqual(["far above", "above"]);
  expect(await found(subscription)).toEqual(["far above", "above", "here", "aside"]);
  expect(await found(group, "denyAssignmentName eq 'here'")).toEqual(["here"]);
  expect(await found(group, `principalId eq '${members}'`)).toEqual(["here"]);
  expect(await found(group, `assignedTo('${member}')`)).toEqual(["far above", "above", "here"]);
  await expect(found(group, "isSystemProtected eq true")).rejects.toMatchObject({ code: "UnsupportedQuery" });
});

test("reading them asks for its own action", async () => {
  const azure = await azureOf({ resources });
  azure.world.setPermissions([
    { scope: "/", actions: ["*"], notActions: ["Microsoft.Authorization/denyAssignments/*"] },
  ]);
  const listing = collect(authorization(azure).denyAssignments.listForScope(registryId));
  await expect(listing).rejects.toThrow(/'Microsoft.Authorization\/denyAssignments\/read'/);
});

test("our own write is refused with ARM's text, and nothing is changed", async () => {
  const name = randomUUID();
  const azure = await azureOf({ resources, denyAssignments: [denial({ name })] });
  const update = machineLearning(azure).workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  await expect(update).rejects.toMatchObject({
    statusCode: 403,
    code: "DenyAssignmentAuthorizationFailed",
    message: expect.stringContaining(
      `has permission to perform action 'Microsoft.MachineLearningServices/workspaces/write' on scope '${workspaceId}'; ` +
        "however, the access is denied because of the deny assignment with name 'locked by the stack' " +
        `and Id '${name.replaceAll("-", "")}' at scope '${group}'.`,
    ) as string,
  });
  expect(azure.world.get(workspaceId)?.properties.containerRegistry).toBeUndefined();
  expect((await machineLearning(azure).workspaces.get("ml", "alpha")).name).toBe("alpha");
});

test("whoever lacks the right is told so, not of the deny assignment", async () => {
  const azure = await azureOf({ resources, denyAssignments: [denial()] });
  azure.world.setPermissions([]);
  await expect(machineLearning(azure).workspaces.beginResyncKeys("ml", "alpha")).rejects.toMatchObject({
    code: "AuthorizationFailed",
  });
});

const admins = "6d0d0000-0000-4000-8000-000000000001";

test.each<[string, Partial<Denial>, boolean]>([
  ["everybody, at the group", {}, false],
  ["everybody, at the subscription", { scope: subscription }, false],
  ["everybody, at a management group", { scope: management }, false],
  ["everybody, at the registry itself", { scope: registryId }, false],
  ["everybody, at another resource", { scope: workspaceId }, true],
  ["everybody, at the group and not below it", { doNotApplyToChildScopes: true }, true],
  ["everybody, at the registry and not below it", { scope: registryId, doNotApplyToChildScopes: true }, false],
  ["us by name", { principals: servicePrincipal(self) }, false],
  ["somebody else", { principals: servicePrincipal(randomUUID()) }, true],
  ["a group we are in", { principals: [{ id: admins, type: "Group" }] }, false],
  ["everybody but us", { excludePrincipals: servicePrincipal(self) }, true],
  ["everybody but a group we are in", { excludePrincipals: [{ id: admins, type: "Group" }] }, true],
  ["another action", { permissions: [{ actions: ["*/delete"] }] }, true],
  [
    "an action that is taken out again",
    { permissions: [{ actions: ["*"], notActions: ["*/registries/WRITE"] }] },
    true,
  ],
  ["one of two permissions", { permissions: [{ actions: ["*/delete"] }, { actions: ["*/write"] }] }, false],
  ["data actions", { permissions: [{ dataActions: ["*"] }] }, true],
])("one that is meant for %s", async (_, changes, isLet) => {
  const azure = await azureOf({
    resources,
    groups: [{ id: admins, members: [self] }],
    denyAssignments: [denial(changes)],
  });
  const update = containerRegistry(azure).registries.update("ml", "images", { adminUserEnabled: true });
  if (isLet) await update;
  else await expect(update).rejects.toThrow(/deny assignment with name 'locked by the stack'/);
});

test("it also stands against granting, and against using a registry in an attachment", async () => {
  const azure = await azureOf({
    resources,
    denyAssignments: [denial({ scope: registryId, permissions: [{ actions: ["*"] }] })],
  });
  const grant = authorization(azure).roleAssignments.create(registryId, randomUUID(), {
    roleDefinitionId: acrPullId,
    principalId: azure.world.get(workspaceId)?.identity?.principalId ?? "",
    principalType: "ServicePrincipal",
  });
  await expect(grant).rejects.toThrow(/deny assignment with name/);
  const attach = machineLearning(azure).workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  await expect(attach).rejects.toMatchObject({ code: "LinkedAuthorizationFailed" });
});

test("they come and go from outside, with an event or silently", async () => {
  const azure = await azureOf({ resources });
  const made = await raw(azure, "/_local/deny-assignments", { method: "POST", body: JSON.stringify(denial()) });
  const { name } = made.body as { name: string };
  expect((await raw(azure, "/_local/deny-assignments")).body).toMatchObject([{ name, scope: group }]);
  const { workspaces } = machineLearning(azure);
  await expect(workspaces.beginResyncKeys("ml", "alpha")).rejects.toThrow(/deny assignment/);
  const gone = await raw(azure, `/_local/deny-assignments?name=${name}&event=false`, { method: "DELETE" });
  expect(gone.body).toEqual({ deleted: 1 });
  await workspaces.beginResyncKeysAndWait("ml", "alpha");
  const wrong = await raw(azure, "/_local/deny-assignments", { method: "POST", body: '{"scope":"nowhere"}' });
  expect(wrong.status).toBe(400);
});
