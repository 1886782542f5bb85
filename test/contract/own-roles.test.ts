import { randomUUID } from "node:crypto";

import { describe, expect, test } from "vitest";

import { SELF } from "../../local/azure/fixture.ts";
import type { Fixture } from "../../local/azure/index.ts";
import {
  acrPull,
  acrPullId,
  authorization,
  azureOf,
  collect,
  group,
  machineLearning,
  raw,
  registryId,
  subscriptionId,
  type TestAzure,
  workspaceId,
} from "./stand-in.ts";

const type = "Microsoft.Authorization/roleAssignments";
const resources = [{ id: workspaceId }, { id: registryId }];
const puller = "0f0f0f0f-0000-4000-8000-000000000001";

type Assignment = Omit<NonNullable<Fixture["roleAssignments"]>[number], "principalId">;

/** The app's identity with these roles and nothing else; `custom` is a role with these actions. */
function withRoles(roleAssignments: readonly Assignment[], actions: string[] = []): Promise<TestAzure> {
  return azureOf({
    resources,
    self: { permissions: [] },
    users: [randomUUID()],
    groups: [{ id: puller, members: [] }],
    roleDefinitions: [{ id: randomUUID(), roleName: "custom", permissions: [{ actions }], assignableScopes: [group] }],
    roleAssignments: roleAssignments.map((one) => ({ ...one, principalId: SELF })),
  });
}

describe("the app's identity without permissions of its own", () => {
  test("may do what its roles permit, where they are assigned and below", async () => {
    const azure = await withRoles(
      [{ scope: group, role: "custom" }],
      ["Microsoft.MachineLearningServices/workspaces/read"],
    );
    const { workspaces } = machineLearning(azure);
    await workspaces.get("ml", "alpha");
    await expect(workspaces.beginResyncKeys("ml", "alpha")).rejects.toMatchObject({ code: "AuthorizationFailed" });
    await expect(collect(workspaces.listBySubscription())).rejects.toMatchObject({ code: "AuthorizationFailed" });
  });

  test("may do nothing without roles, and sees no subscription", async () => {
    const azure = await withRoles([]);
    await expect(machineLearning(azure).workspaces.get("ml", "alpha")).rejects.toMatchObject({ statusCode: 403 });
    expect((await raw(azure, "/subscriptions?api-version=2022-12-01")).body).toMatchObject({ value: [] });
  });

  test("sees the subscription in which it has a role on anything", async () => {
    const azure = await withRoles([{ scope: registryId, role: "AcrPull" }]);
    const { body } = await raw(azure, "/subscriptions?api-version=2022-12-01");
    expect(body).toMatchObject({ value: [{ subscriptionId }] });
  });

  test("has the roles of its groups, and loses what is taken away", async () => {
    const azure = await azureOf({
      resources,
      self: { permissions: [] },
      groups: [{ id: puller, members: [SELF] }],
      roleAssignments: [{ scope: group, role: "Reader", principalId: puller }],
    });
    const { workspaces } = machineLearning(azure);
    await workspaces.get("ml", "alpha");
    azure.world.revoke({ scope: group, principalId: puller });
    await expect(workspaces.get("ml", "alpha")).rejects.toMatchObject({ code: "AuthorizationFailed" });
  });
});

describe("a role under a condition", () => {
  const condition =
    `((!(ActionMatches{'${type}/write'})) OR (@Request[${type}:RoleDefinitionId] GuidEquals ${acrPull} AND ` +
    `@Request[${type}:PrincipalType] StringEqualsIgnoreCase 'ServicePrincipal')) AND ` +
    `((!(ActionMatches{'${type}/delete'})) OR (@Resource[${type}:RoleDefinitionId] GuidEquals ${acrPull}))`;
  const toGrant = { roleDefinitionId: acrPullId, principalId: randomUUID(), principalType: "ServicePrincipal" };
  const conditional = (): Promise<TestAzure> => withRoles([{ scope: group, role: "Owner", condition }]);

  test("permits what fulfils it", async () => {
    const azure = await conditional();
    azure.world.directory.mention(toGrant.principalId);
    const { roleAssignments } = authorization(azure);
    const { name = "" } = await roleAssignments.create(registryId, randomUUID(), toGrant);
    await roleAssignments.delete(registryId, name);
    await machineLearning(azure).workspaces.get("ml", "alpha");
  });

  test.each([
    [
      "another role",
      { ...toGrant, roleDefinitionId: acrPullId.replace(acrPull, "acdd72a7-3385-48ef-bd42-f606fba81ae7") },
    ],
    ["another type", { ...toGrant, principalType: "Group" }],
    ["no type", { ...toGrant, principalType: undefined }],
    ["no role", { principalId: puller, principalType: "ServicePrincipal" }],
  ])("refuses a grant with %s in ARM's words, before it looks at anything else", async (_, properties) => {
    const azure = await conditional();
    const path = `${registryId}/providers/${type}/${randomUUID()}`;
    const body = JSON.stringify({ properties });
    const headers = { authorization: `Bearer ${azure.token()}` };
    const answer = await raw(azure, `${path}?api-version=2022-04-01`, { method: "PUT", body, headers });
    expect(answer).toMatchObject({
      status: 403,
      code: "AuthorizationFailed",
      message:
        `The client '${azure.world.self.clientId}' with object id '${SELF}' does not have authorization or an ABAC ` +
        `condition not fulfilled to perform action '${type}/write' over scope '${path}' or the scope is invalid. ` +
        "If access was recently granted, please refresh your credentials.",
    });
    expect(azure.world.roles.assignments()).toHaveLength(1);
  });

  test("refuses to delete what it leaves out, and what is not there", async () => {
    const azure = await conditional();
    const { name } = azure.world.grant({ scope: registryId, role: "Reader", principalId: randomUUID() });
    const { roleAssignments } = authorization(azure);
    for (const one of [name, randomUUID()])
      await expect(roleAssignments.delete(registryId, one)).rejects.toMatchObject({ code: "AuthorizationFailed" });
  });

  test("does not stand in the way of another role that permits the same", async () => {
    const azure = await withRoles([
      { scope: group, role: "Owner", condition },
      { scope: registryId, role: "Owner" },
    ]);
    const name = randomUUID();
    await authorization(azure).roleAssignments.create(registryId, name, {
      ...toGrant,
      principalId: puller,
      principalType: "Group",
    });
    expect(azure.world.roles.find(name)).toBeDefined();
  });

  test("that cannot be evaluated is refused at the start, and later", async () => {
    const tooMuch = "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00.0Z'";
    const why =
      `Role assignment to the app's identity at ${group}: A condition that cannot be evaluated: ` +
      "expected @Request[…] or @Resource[…] at 0, found @Environment[UtcNow]";
    await expect(withRoles([{ scope: group, role: "Owner", condition: tooMuch }])).rejects.toThrow(why);
    const azure = await withRoles([]);
    const later = { scope: group, role: "Owner", principalId: SELF, condition: tooMuch };
    expect(() => azure.world.grant(later)).toThrow(why);
    azure.world.grant({ ...later, principalId: puller });
  });
});
