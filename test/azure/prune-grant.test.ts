import { describe, expect, test } from "vitest";

import { assignmentName } from "../../src/azure/assignment-name.ts";
import type { Action } from "../../src/core/actions.ts";
import { adapters, failureOf, grantTo, leaseOf, principalIn, registry, registryId, workspace } from "./setting.ts";

function pruneOf(principalId: string): Action & { kind: "PruneGrant" } {
  const { label, role } = grantTo(principalId);
  return { kind: "PruneGrant", workspace, registry, label, principalId, roleId: role.id };
}

describe("removing a grant of ours", () => {
  test("deletes the assignment that we made, after looking at it", async () => {
    const { azure, writes } = await adapters();
    const principalId = principalIn(azure);
    await writes.grantPull(grantTo(principalId), leaseOf());
    await writes.pruneGrant(pruneOf(principalId), leaseOf());
    expect(azure.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
      "PUT 201",
      "GET 200",
      "DELETE 200",
    ]);
    expect(azure.world.roles.assignments()).toEqual([]);
  });

  test("is done when there is none", async () => {
    const { azure, writes, ...setting } = await adapters();
    await writes.pruneGrant(pruneOf(principalIn(azure)), leaseOf());
    expect(setting.written()).toEqual([]);
  });

  test("leaves an assignment under our name alone that is not described as ours", async () => {
    const { azure, writes, ...setting } = await adapters();
    const principalId = principalIn(azure);
    const action = pruneOf(principalId);
    const url = `${azure.armEndpoint}${registryId}/providers/Microsoft.Authorization/roleAssignments/${assignmentName(registry, action.roleId, principalId)}?api-version=2022-04-01`;
    const roleDefinitionId = `/subscriptions/${registry.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${action.roleId}`;
    const properties = {
      principalId,
      roleDefinitionId,
      principalType: "ServicePrincipal",
      description: "of the platform team",
    };
    const headers = {
      authorization: `Bearer ${azure.token("0f0f0f0f-0000-4000-8000-0000000000aa")}`,
      "content-type": "application/json",
    };
    expect((await fetch(url, { method: "PUT", headers, body: JSON.stringify({ properties }) })).status).toBe(201);
    await writes.pruneGrant(action, leaseOf());
    expect(setting.written().filter((one) => one.startsWith("DELETE"))).toEqual([]);
    expect(azure.world.roles.assignments()).toHaveLength(1);
  });

  test.each([
    ["read", "Microsoft.Authorization/roleAssignments/read"],
    ["deleted", "Microsoft.Authorization/roleAssignments/delete"],
  ])("is a failure naming action and scope when it may not be %s", async (_what, action) => {
    const { azure, writes } = await adapters();
    const principalId = principalIn(azure);
    await writes.grantPull(grantTo(principalId), leaseOf());
    azure.world.setPermissions([
      {
        scope: "/",
        actions: ["*"],
        notActions: [action],
      },
    ]);
    expect(await failureOf(writes.pruneGrant(pruneOf(principalId), leaseOf()))).toMatchObject({
      kind: "missingPermission",
      action,
      scope: registryId,
    });
  });

  test("is not begun without the lease", async () => {
    const { azure, writes, ...setting } = await adapters();
    const principalId = principalIn(azure);
    await writes.grantPull(grantTo(principalId), leaseOf());
    const lease = leaseOf();
    lease.lose();
    await failureOf(writes.pruneGrant(pruneOf(principalId), lease));
    expect(setting.written().filter((one) => one.startsWith("DELETE"))).toEqual([]);
  });
});
