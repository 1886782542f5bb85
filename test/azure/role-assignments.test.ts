import { randomUUID } from "node:crypto";

import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import type { RegistryMode } from "../../src/core/pull-permission.ts";
import { grantAmong } from "../../src/core/grants.ts";
import { parseRegistryId } from "../../src/core/arm-id.ts";
import { adapters, failureOf, group, principalIn, registry, registryId, storageId, unaborted } from "./setting.ts";

const custom = "c0570000-0000-4000-8000-000000000001";
type Permission = NonNullable<Fixture["roleDefinitions"]>[number]["permissions"][number];

const resources = [{ id: registryId }, { id: storageId }];
const legacy = "LegacyRegistryPermissions";
const abac = "AbacRepositoryPermissions";
const principalId = "0a000000-0000-4000-8000-00000000000a";
const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";

describe("the assignments that reach a principal at a registry", () => {
  test("are those there and above, not those beside or below, each with its scope and what its role permits", async () => {
    const { reads, azure } = await adapters({
      resources,
      roleAssignments: [
        { scope: registryId, role: "AcrPull", principalId },
        { scope: group, role: "Reader", principalId },
        { scope: "/", role: "Owner", principalId },
        { scope: storageId, role: "Contributor", principalId },
        { scope: `${registryId}/scopeMaps/one`, role: "AcrPull", principalId },
        { scope: registryId, role: "AcrPush", principalId: randomUUID() },
      ],
    });
    const found = await reads.assignments(principalId, registry, 0, unaborted);
    expect(found.map(({ scope, role }) => [scope, role])).toEqual([
      [registryId, "AcrPull"],
      [group, "Reader"],
      ["/", "Owner"],
    ]);
    expect(found[0]).toMatchObject({
      principalId,
      permissions: [
        {
          actions: ["Microsoft.ContainerRegistry/registries/pull/read"],
          notActions: [],
          dataActions: [],
          notDataActions: [],
        },
      ],
    });
    expect(found[0]).not.toHaveProperty("condition");
    expect(found[0]?.id).toContain(azure.world.roles.assignments()[0]?.name);
  });

  test("are those of its groups too, however deep, under the group's id", async () => {
    const [outer, inner] = [randomUUID(), randomUUID()];
    const { reads } = await adapters({
      resources,
      groups: [
        { id: inner, members: [principalId] },
        { id: outer, members: [inner] },
      ],
      roleAssignments: [{ scope: group, role: "AcrPull", principalId: outer, principalType: "Group" }],
    });
    const found = await reads.assignments(principalId, registry, 0, unaborted);
    expect(found).toMatchObject([{ principalId: outer, role: "AcrPull", scope: group }]);
    expect(grantAmong(found, [], principalId, { id: registry, mode: "LegacyRegistryPermissions" })).toMatchObject({
      held: true,
      through: "a group",
    });
  });

  test("keep their condition, and do not count then", async () => {
    const { reads } = await adapters({
      resources,
      roleAssignments: [{ scope: registryId, role: "AcrPull", principalId, condition }],
    });
    const found = await reads.assignments(principalId, registry, 0, unaborted);
    expect(found).toMatchObject([{ condition }]);
    expect(grantAmong(found, [], principalId, { id: registry, mode: "LegacyRegistryPermissions" })).toEqual({
      held: false,
      note: "its AcrPull has a condition, which may leave repositories out",
      because: "restricted",
    });
  });

  test.each([
    ["any action on registries", { actions: ["Microsoft.ContainerRegistry/registries/*"] }, legacy, true],
    ["everything but pulling", { actions: ["*"], notActions: ["*/registries/pull/*"] }, legacy, false],
    ["reading repositories", { dataActions: ["*/registries/repositories/*/read"] }, abac, true],
    ["every action, but on no data", { actions: ["*"] }, abac, false],
  ] as [string, Permission, RegistryMode, boolean][])(
    "count by what a role permits, not by its name: %s",
    async (_what, permission, mode, held) => {
      const { reads } = await adapters({
        resources,
        roleDefinitions: [
          { id: custom, roleName: "AcrPull look-alike", permissions: [permission], assignableScopes: [group] },
        ],
        roleAssignments: [{ scope: registryId, role: custom, principalId }],
      });
      const found = await reads.assignments(principalId, registry, 0, unaborted);
      expect(found).toMatchObject([{ role: "AcrPull look-alike" }]);
      expect(grantAmong(found, [], principalId, { id: registry, mode }).held).toBe(held);
    },
  );

  test("are found page after page", async () => {
    const roles = ["AcrPull", "AcrPush", "Reader", "Contributor", "Owner"];
    const { reads } = await adapters(
      { resources, roleAssignments: roles.map((role) => ({ scope: registryId, role, principalId })) },
      { pageSize: 2 },
    );
    const found = await reads.assignments(principalId, registry, 0, unaborted);
    expect(found.map(({ role }) => role)).toEqual(roles);
  });

  test("are asked for with one list, and one read of each role that is not known yet", async () => {
    const { reads, azure, clock } = await adapters({
      resources,
      roleAssignments: [
        { scope: registryId, role: "AcrPush", principalId },
        { scope: group, role: "AcrPush", principalId },
      ],
    });
    await reads.assignments(principalId, registry, 0, unaborted);
    expect(azure.requests.map(({ action }) => action)).toEqual([
      "Microsoft.Authorization/roleAssignments/read",
      "Microsoft.Authorization/roleDefinitions/read",
    ]);
    await reads.assignments(principalId, registry, 0, unaborted);
    expect(azure.requests).toHaveLength(3);
    clock.pass(301);
    await reads.assignments(principalId, registry, 0, unaborted);
    expect(azure.requests).toHaveLength(5);
  });

  test("of a role that is gone do not count", async () => {
    const { reads, azure } = await adapters({
      resources,
      roleAssignments: [
        { scope: registryId, role: "Reader", principalId },
        { scope: registryId, role: "AcrPull", principalId },
      ],
    });
    const match = { action: "Microsoft.Authorization/roleDefinitions/read" };
    azure.setFaults([{ match, times: 1, respond: { status: 404, code: "RoleDefinitionDoesNotExist" } }]);
    const found = await reads.assignments(principalId, registry, 0, unaborted);
    expect(found.map(({ role }) => role)).toEqual(["AcrPull"]);
  });

  test("on a registry that is gone are none", async () => {
    const { reads } = await adapters();
    expect(await reads.assignments(principalId, parseRegistryId(`${registryId}gone`), 0, unaborted)).toEqual([]);
  });

  test("of something that is no object id are never asked for", async () => {
    const { reads, azure } = await adapters();
    const failure = await failureOf(reads.assignments("x') or atScope('", registry, 0, unaborted));
    expect(failure.kind).toBe("bug");
    expect(failure.message).toContain("is not the object id of a principal");
    expect(azure.requests).toHaveLength(0);
  });

  test.each([
    ["roleAssignments", "Microsoft.Authorization/roleAssignments/read", registryId],
    [
      "roleDefinitions",
      "Microsoft.Authorization/roleDefinitions/read",
      group.slice(0, group.indexOf("/resourceGroups")),
    ],
  ])("are a failure naming action and scope when %s may not be read", async (_what, action, scope) => {
    const { reads, azure } = await adapters({
      resources,
      roleAssignments: [{ scope: registryId, role: "AcrPush", principalId }],
    });
    azure.world.setPermissions([{ scope: "/", actions: ["*"], notActions: [action] }]);
    const failure = await failureOf(reads.assignments(principalId, registry, 0, unaborted));
    expect(failure).toMatchObject({ kind: "missingPermission", action, scope });
    expect(failure.message).toContain(`our identity lacks ${action} at ${scope}`);
  });

  test("may lag behind what was just granted", async () => {
    const { reads, azure, clock } = await adapters(undefined, { staleReadSeconds: 20 });
    azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principalIn(azure) });
    expect(await reads.assignments(principalIn(azure), registry, 0, unaborted)).toEqual([]);
    clock.pass(20);
    expect(await reads.assignments(principalIn(azure), registry, 0, unaborted)).toHaveLength(1);
  });
});
