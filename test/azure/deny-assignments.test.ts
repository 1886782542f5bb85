import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import {
  adapters,
  failureOf,
  group,
  registry,
  registryId,
  type Setting,
  subscriptionId,
  unaborted,
} from "./setting.ts";

type Denial = NonNullable<Fixture["denyAssignments"]>[number];

const me = "0a000000-0000-4000-8000-00000000000a";
const other = "0a000000-0000-4000-8000-00000000000b";
const team = "0a000000-0000-4000-8000-00000000000c";
const everybody = "0a000000-0000-4000-8000-00000000000d";
const everyone = [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }];
const named = (id: string, type = "ServicePrincipal"): Denial["principals"] => [{ id, type }];
const pull = [{ actions: ["Microsoft.ContainerRegistry/registries/pull/read"] }];

function denial(more: Partial<Denial> = {}): Denial {
  return { denyAssignmentName: "locked", scope: registryId, permissions: pull, principals: everyone, ...more };
}

async function denied(...denyAssignments: Denial[]): Promise<Setting> {
  return adapters({
    resources: [{ id: registryId }],
    users: [me, other],
    groups: [
      { id: team, members: [me] },
      { id: everybody, members: [team] },
    ],
    denyAssignments,
  });
}

async function namesFor({ reads }: Setting, principalId = me): Promise<readonly string[]> {
  return (await reads.denials(principalId, registry, 0, unaborted)).map(({ name }) => name);
}

/** How often deny assignments were asked for. */
function askedFor({ azure }: Setting): number {
  return azure.requests.filter(({ action }) => action === "Microsoft.Authorization/denyAssignments/read").length;
}

describe("a deny assignment", () => {
  test.each<[string, number, Partial<Denial>]>([
    ["for everyone", 1, {}],
    ["for everyone but somebody else", 1, { excludePrincipals: named(other) }],
    ["for everyone but the principal", 0, { excludePrincipals: named(me.toUpperCase()) }],
    ["for everyone but its group", 0, { excludePrincipals: named(team, "Group") }],
    ["for everyone but the group of its group", 0, { excludePrincipals: named(everybody, "Group") }],
    ["for the principal", 1, { principals: named(me.toUpperCase()) }],
    ["for somebody else", 0, { principals: named(other) }],
    ["for its group", 1, { principals: named(team, "Group") }],
    ["for the group of its group", 1, { principals: named(everybody, "Group") }],
    ["for its group but the principal", 0, { principals: named(team, "Group"), excludePrincipals: named(me) }],
    ["for a group it is not in", 0, { principals: named("0a000000-0000-4000-8000-00000000000e", "Group") }],
    ["at the registry's group", 1, { scope: group }],
    ["at the subscription", 1, { scope: `/subscriptions/${subscriptionId}` }],
    ["at a management group", 1, { scope: "/providers/Microsoft.Management/managementGroups/root" }],
    ["at another registry", 0, { scope: `${registryId}2` }],
    ["below the registry", 0, { scope: `${registryId}/scopeMaps/one` }],
    ["at the registry's group that keeps to itself", 0, { scope: group, doNotApplyToChildScopes: true }],
    ["at the registry that keeps to itself", 1, { scope: registryId.toUpperCase(), doNotApplyToChildScopes: true }],
  ])("%s reaches the principal: %d", async (_, count, more) => {
    expect(await namesFor(await denied(denial(more)))).toHaveLength(count);
  });

  test("is told with its name, its scope and what it takes away", async () => {
    const { reads } = await denied(
      denial({ scope: group, principals: named(me), permissions: [{ actions: ["*"], notActions: ["*/write"] }] }),
    );
    expect(await reads.denials(me, registry, 0, unaborted)).toEqual([
      {
        name: "locked",
        scope: group,
        permissions: [{ actions: ["*"], notActions: ["*/write"], dataActions: [], notDataActions: [] }],
      },
    ]);
  });
});

describe("deny assignments", () => {
  test("are found on every page", async () => {
    const setting = await denied(
      ...["one", "two", "three"].map((denyAssignmentName) => denial({ denyAssignmentName })),
    );
    setting.azure.settings.pageSize = 1;
    expect((await namesFor(setting)).toSorted()).toEqual(["one", "three", "two"]);
  });

  test("are listed once for all principals of a registry, and again when a fact must be fresher", async () => {
    const setting = await denied(denial());
    await namesFor(setting);
    await namesFor(setting, other);
    expect(askedFor(setting)).toBe(1);
    setting.clock.pass(1);
    await setting.reads.denials(me, registry, setting.clock.now(), unaborted);
    expect(askedFor(setting)).toBe(2);
    setting.clock.pass(301);
    await namesFor(setting);
    expect(askedFor(setting)).toBe(3);
  });

  test("are asked for by principal only where one of them names a group", async () => {
    const setting = await denied(denial(), denial({ denyAssignmentName: "group", principals: named(team, "Group") }));
    expect((await namesFor(setting)).toSorted()).toEqual(["group", "locked"]);
    expect(await namesFor(setting, other)).toEqual(["locked"]);
    expect(askedFor(setting)).toBe(3);
  });

  test("of a registry that is not there are none", async () => {
    expect(await namesFor(await adapters({ resources: [] }))).toEqual([]);
  });

  test("that must not be read end with the action and the scope that are missing", async () => {
    const setting = await denied(denial());
    setting.azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.ContainerRegistry/*"] }]);
    expect(await failureOf(namesFor(setting))).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.Authorization/denyAssignments/read",
      scope: registryId,
      message: expect.stringContaining("list the deny assignments on the registry images") as string,
    });
  });
});
