import { randomUUID } from "node:crypto";

import { describe, expect, test } from "vitest";

import { assignmentIdOf, assignmentName } from "../../src/azure/assignment-name.ts";
import { parseRegistryId } from "../../src/core/arm-id.ts";
import { pullRoles } from "../../src/core/pull-permission.ts";
import {
  adapters,
  failureOf,
  grantTo,
  leaseOf,
  principalIn,
  registry,
  registryId,
  type Setting,
  unaborted,
  workspaceId,
} from "./setting.ts";

const acrPull = pullRoles.LegacyRegistryPermissions;
const exists = { status: 409, code: "RoleAssignmentExists", message: "The role assignment already exists." };
const grantOn = ({ azure, writes }: Setting): Promise<string> =>
  writes.grantPull(grantTo(principalIn(azure)), leaseOf());

test("the id by which a grant is known again is the one that Azure lists", async () => {
  const setting = await adapters({ resources: [{ id: registryId }, { id: workspaceId }] });
  const id = await grantOn(setting);
  const [listed] = await setting.reads.assignmentsAt(registry, unaborted);
  expect([id, listed?.id].map((one) => one?.toLowerCase())).toEqual(
    Array(2).fill(assignmentIdOf(grantTo(principalIn(setting.azure))).toLowerCase()),
  );
});

describe("the name of a grant", () => {
  const principal = "0a000000-0000-4000-8000-00000000000a";

  test("is the same for the same registry, role and principal in any casing", () => {
    const name = assignmentName(registry, acrPull.id, principal);
    expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const shouted = parseRegistryId(registryId.toUpperCase());
    expect(assignmentName(shouted, acrPull.id.toUpperCase(), principal.toUpperCase())).toBe(name);
  });

  test("differs for another principal, role or registry", () => {
    const names = [
      assignmentName(registry, acrPull.id, principal),
      assignmentName(registry, acrPull.id, principal.replace(/a$/, "b")),
      assignmentName(registry, pullRoles.AbacRepositoryPermissions.id, principal),
      assignmentName(parseRegistryId(`${registryId}2`), acrPull.id, principal),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("granting the pull right", () => {
  test.each(["LegacyRegistryPermissions", "AbacRepositoryPermissions"] as const)(
    "sends one write with the role for %s, the principal's type and a telling description",
    async (mode) => {
      const { azure, writes } = await adapters();
      await writes.grantPull(grantTo(principalIn(azure), mode), leaseOf());
      const [sent, ...more] = azure.requests;
      expect(more).toEqual([]);
      expect(sent).toMatchObject({ method: "PUT", status: 201 });
      expect(sent?.path).toBe(
        `${registryId}/providers/Microsoft.Authorization/roleAssignments/${assignmentName(registry, pullRoles[mode].id, principalIn(azure))}`,
      );
      expect(sent?.body).toEqual({
        properties: {
          roleDefinitionId: `/subscriptions/${registry.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${pullRoles[mode].id}`,
          principalId: principalIn(azure),
          principalType: "ServicePrincipal",
          description: `azureml-acr-remediator: lets the workspace identity of ${workspaceId} pull images`,
        },
      });
    },
  );

  test("twice ends with one assignment", async () => {
    const setting = await adapters();
    await grantOn(setting);
    await grantOn(setting);
    expect(setting.azure.world.roles.assignments()).toHaveLength(1);
  });

  test("of what another name grants already is done, after a list has shown it", async () => {
    const setting = await adapters();
    setting.azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principalIn(setting.azure) });
    await grantOn(setting);
    expect(setting.azure.requests.map(({ method, status }) => [method, status])).toEqual([
      ["PUT", 409],
      ["GET", 200],
    ]);
  });

  test("that Azure says exists, and no list shows, is tried again later", async () => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: { method: "PUT" }, respond: exists }]);
    const failure = await failureOf(grantOn(setting));
    expect(failure).toMatchObject({ kind: "transient", code: "RoleAssignmentExists" });
    expect(failure.message).toBe(
      "Could not grant AcrPull on images to the workspace identity. Azure said RoleAssignmentExists: The role assignment already exists.",
    );
  });

  test.each([
    ["another role there", { role: "AcrPush", scope: registryId }],
    ["the same role elsewhere", { role: "AcrPull", scope: `${registryId}2` }],
  ])("is not proved by %s", async (_what, held) => {
    const setting = await adapters({
      resources: [{ id: workspaceId }, { id: registryId }, { id: `${registryId}2` }],
    });
    setting.azure.world.grant({ ...held, principalId: principalIn(setting.azure) });
    setting.azure.setFaults([{ match: { method: "PUT" }, respond: exists }]);
    expect((await failureOf(grantOn(setting))).kind).toBe("transient");
  });

  test("where the same role is held with a condition asks an operator: Azure keeps one assignment of a role", async () => {
    const setting = await adapters();
    const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";
    setting.azure.world.grant({
      scope: registryId,
      role: "AcrPull",
      principalId: principalIn(setting.azure),
      condition,
    });
    const failure = await failureOf(grantOn(setting));
    expect(failure).toMatchObject({ kind: "operatorMustAct", blockedReason: "RequestRefused" });
    expect(failure.message).toContain("with a condition");
    expect(failure.message).toMatch(/Remove its condition or the assignment/);
  });

  test("whose proof cannot be read is a failure that says so", async () => {
    const setting = await adapters();
    setting.azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principalIn(setting.azure) });
    setting.azure.setFaults([{ match: { method: "GET" }, respond: { status: 403, code: "AuthorizationFailed" } }]);
    const failure = await failureOf(grantOn(setting));
    expect(failure).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.Authorization/roleAssignments/read",
      scope: registryId,
    });
  });

  test("to a principal that the directory does not know yet is a wait, and works once it does", async () => {
    const setting = await adapters({ resources: [{ id: registryId }] }, { directoryDelaySeconds: 60 });
    setting.azure.world.put({ id: workspaceId });
    const failure = await failureOf(grantOn(setting));
    expect(failure).toMatchObject({ kind: "principalUnknown", code: "PrincipalNotFound" });
    expect(failure.message).toContain("does not exist in the directory");
    setting.clock.pass(60);
    await grantOn(setting);
    expect(setting.azure.world.roles.assignments()).toHaveLength(1);
  });

  test("under a name that another principal's assignment has is refused, and told of", async () => {
    const setting = await adapters();
    await grantOn(setting);
    const name = assignmentName(registry, acrPull.id, principalIn(setting.azure));
    setting.azure.world.revoke({ scope: registryId, principalId: principalIn(setting.azure) });
    setting.azure.world.roles.put(
      {
        name,
        scope: registryId,
        roleId: acrPull.id,
        principalId: randomUUID(),
        principalType: "ServicePrincipal",
        createdOn: "",
        updatedOn: "",
        createdBy: "",
      },
      setting.clock.now(),
    );
    expect(await failureOf(grantOn(setting))).toMatchObject({
      kind: "operatorMustAct",
      blockedReason: "RequestRefused",
      code: "RoleAssignmentUpdateNotPermitted",
    });
  });

  test("whose answer was lost is found granted by whoever looks", async () => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: { method: "PUT" }, times: 1, reset: true, afterEffect: true }]);
    expect((await failureOf(grantOn(setting))).kind).toBe("transient");
    expect(await setting.reads.assignments(principalIn(setting.azure), registry, 0, unaborted)).toHaveLength(1);
    await grantOn(setting);
    expect(setting.azure.world.roles.assignments()).toHaveLength(1);
  });
});
