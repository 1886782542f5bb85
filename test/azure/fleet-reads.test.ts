import { describe, expect, test } from "vitest";

import { fleetReads, managementGroupReads } from "../../src/azure/fleet-reads.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { leastRoles } from "../../src/core/baseline.ts";
import type { Page } from "../../src/core/fleet.ts";
import {
  adapters,
  failureOf,
  group,
  identityId,
  registryId,
  storageId,
  subscriptionId,
  workspaceId,
} from "./setting.ts";

const other = "22222222-2222-4222-8222-222222222222";
const principalId = "33333333-3333-4333-8333-333333333333";
const idOf = (name: string): string => workspaceId.replace(/alpha$/, name);

async function collect<Row>(pages: AsyncIterable<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) {
    expect(page.unreadable).toEqual([]);
    rows.push(...page.rows);
  }
  return rows;
}

describe("what is shown of the fleet", () => {
  test("are workspaces as Azure Resource Manager describes them, whatever their subscription", async () => {
    const there = `/subscriptions/${other}/resourceGroups/ML/providers/Microsoft.MachineLearningServices/workspaces/beta`;
    const { arm, azure, clock, reads } = await adapters({
      subscriptions: [{ subscriptionId }, { subscriptionId: other }],
      resources: [
        { id: identityId },
        { id: storageId },
        {
          id: workspaceId,
          kind: "Hub",
          tags: { team: "one" },
          identity: { type: "SystemAssigned, UserAssigned", userAssignedIdentities: { [identityId]: {} } },
          properties: {
            containerRegistry: registryId,
            storageAccount: storageId,
            primaryUserAssignedIdentity: identityId,
            applicationInsights: `${group}/providers/Microsoft.Insights/components/ai`,
          },
        },
        { id: idOf("project"), kind: "Project", properties: { hubResourceId: workspaceId } },
        { id: there },
      ],
    });
    const shown = await collect(fleetReads(arm, clock).workspaces([subscriptionId, other]));
    expect(shown.map(({ id }) => formatId(id))).toEqual([workspaceId, idOf("project"), there]);
    for (const one of shown) {
      const { location, ...described } = (await reads.workspace(one.id, new AbortController().signal)) ?? {};
      expect(one).toEqual({ ...described, location: location?.toLowerCase() });
    }
    expect(azure.requests.filter(({ path }) => path.includes("ResourceGraph"))).toHaveLength(1);
    expect(await collect(fleetReads(arm, clock).workspaces([other]))).toHaveLength(1);
  });

  test("are online endpoints with their identities, each with its workspace", async () => {
    const { arm, clock } = await adapters({
      resources: [
        { id: workspaceId },
        { id: identityId },
        { id: `${workspaceId}/onlineEndpoints/scoring`, identity: { type: "SystemAssigned" } },
        {
          id: `${workspaceId}/onlineEndpoints/shared`,
          identity: { type: "UserAssigned", userAssignedIdentities: { [identityId]: {} } },
        },
      ],
    });
    const shown = await collect(fleetReads(arm, clock).endpoints([subscriptionId]));
    expect(shown).toMatchObject([
      {
        workspace: { name: "alpha" },
        endpoint: { of: "endpoint", name: "scoring", identity: { systemAssigned: true } },
      },
      { endpoint: { name: "shared", identity: { systemAssigned: false, userAssigned: [{}] } } },
    ]);
  });

  test("is when the keys of storage accounts were made, if it is known", async () => {
    const keyCreationTime = { key1: "2026-03-01T12:00:00.1234567Z", key2: "2026-03-02T12:00:00Z" };
    const { arm, clock } = await adapters({
      resources: [
        { id: storageId, properties: { keyCreationTime } },
        { id: storageId.replace(/data$/, "old"), properties: { keyCreationTime: null } },
      ],
    });
    expect(await collect(fleetReads(arm, clock).storageAccounts([subscriptionId]))).toEqual([
      { id: storageId, key1: Date.parse(keyCreationTime.key1), key2: Date.parse(keyCreationTime.key2) },
      { id: storageId.replace(/data$/, "old"), key1: NaN, key2: NaN },
    ]);
  });

  test("are the assignments of roles that are asked for, inherited ones included", async () => {
    const { arm, azure, clock } = await adapters();
    const scopes = [registryId, group, `/subscriptions/${subscriptionId}`, "/"];
    for (const scope of scopes) azure.world.grant({ scope, role: "AcrPull", principalId });
    azure.world.grant({ scope: registryId, role: "Reader", principalId });
    const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";
    azure.world.grant({ scope: group, role: "Container Registry Repository Reader", principalId, condition });
    const shown = await collect(fleetReads(arm, clock).assignments([subscriptionId], [...leastRoles]));
    const told = shown.map(({ scope, isConditional }) => `${scope} ${String(isConditional)}`);
    expect(told.sort()).toEqual([...scopes.map((scope) => `${scope} false`), `${group} true`].sort());
    expect(new Set(shown.map(({ roleId }) => roleId))).toEqual(leastRoles);
    expect(new Set(shown.map((one) => one.principalId))).toEqual(new Set([principalId]));
  });

  test("comes page by page", async () => {
    const resources = Array.from({ length: 2_500 }, (_, index) => ({ id: idOf(`ws-${index}`) }));
    const { arm, clock } = await adapters({ resources });
    const fleet = fleetReads(arm, clock);
    expect(await collect(fleet.workspaces([subscriptionId]))).toHaveLength(2_500);
    expect(fleet.queries).toBe(3);
  });

  test("is nothing where our identity sees nothing", async () => {
    const { arm, azure, clock } = await adapters();
    azure.world.setPermissions([]);
    expect(await collect(fleetReads(arm, clock).workspaces([subscriptionId, other]))).toEqual([]);
  });

  test("is told apart from what nobody can read, which costs the rest nothing", async () => {
    const { arm, azure, clock } = await adapters({ resources: [{ id: idOf("a") }, { id: idOf("b") }] });
    azure.world.patch(idOf("a"), { properties: { storageAccount: "/no/id" } });
    const pages = [];
    for await (const page of fleetReads(arm, clock).workspaces([subscriptionId])) pages.push(page);
    expect(pages).toMatchObject([{ rows: [{ id: { name: "b" } }], unreadable: [{ subject: idOf("a") }] }]);
    expect(pages[0]?.unreadable[0]?.message).toContain('"/no/id" is not the id of an Azure resource');
  });
});

describe("the subscriptions of a management group", () => {
  const states = ["Enabled", "Warned", "PastDue", "Disabled", "Deleted"] as const;
  const idAt = (index: number): string => `${index}aAaAaAa-1111-4111-8111-111111111111`;
  const fixture = {
    subscriptions: [
      ...states.map((state, index) => ({ subscriptionId: idAt(index), state })),
      { subscriptionId: other },
    ],
    managementGroups: [
      { name: "Root" },
      { name: "platform", parent: "root", subscriptions: [idAt(0), idAt(1)] },
      { name: "inner", parent: "platform", subscriptions: [idAt(2), idAt(3), idAt(4)] },
      { name: "sandbox", parent: "root", subscriptions: [other] },
      { name: "empty" },
    ],
    self: { permissions: [] },
  };
  const scope = "/providers/Microsoft.Management/managementGroups/platform";

  test("are those in it and below it that can be worked in, in lower case", async () => {
    const { arm, azure, clock } = await adapters(fixture);
    azure.world.setPermissions([{ scope, actions: ["Microsoft.Resources/subscriptions/read"] }]);
    const read = managementGroupReads(arm, clock);
    expect(await read("platform")).toEqual([0, 1, 2].map((index) => idAt(index).toLowerCase()));
    expect(await read("inner")).toEqual([idAt(2).toLowerCase()]);
  });

  test("are none where our identity may not read them, and a failure where it sees nothing at all", async () => {
    const { arm, azure, clock } = await adapters(fixture);
    const read = managementGroupReads(arm, clock);
    const failure = await failureOf(read("platform"));
    expect(failure).toMatchObject({
      kind: "missingPermission",
      scope,
      action: "Microsoft.Resources/subscriptions/read",
    });
    expect(failure.message).toContain("Could not list the subscriptions of the management group platform");
    expect((await failureOf(read("nowhere"))).kind).toBe("missingPermission");
    azure.world.setPermissions([{ scope, actions: ["Microsoft.Storage/storageAccounts/read"] }]);
    expect(await read("platform")).toEqual([]);
  });

  test("come page by page", async () => {
    const many = Array.from({ length: 1_100 }, (_, index) => idAt(1).replace(/^.{5}/, String(10_000 + index)));
    const { arm, azure, clock } = await adapters({
      subscriptions: many.map((id) => ({ subscriptionId: id })),
      managementGroups: [{ name: "platform", subscriptions: many }],
    });
    expect(await managementGroupReads(arm, clock)("platform")).toHaveLength(1_100);
    expect(azure.requests).toHaveLength(2);
  });
});

describe("Azure Resource Graph is asked", () => {
  test("no faster than its quota lets through, so that it refuses nothing", async () => {
    const { arm, azure, clock } = await adapters({ resources: [{ id: workspaceId }] }, { throttling: true });
    const fleet = fleetReads(arm, clock);
    const begun = clock.now();
    for (let times = 0; times < 40; times += 1) await collect(fleet.endpoints([subscriptionId]));
    expect(azure.requests.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
    expect(clock.now() - begun).toBe(10_000);
  });

  test("again after it refused, when it says, as somebody else uses the quota as well", async () => {
    const { arm, azure, clock } = await adapters({ resources: [{ id: workspaceId }] }, { throttling: true });
    const others = fleetReads(arm, clock);
    for (let times = 0; times < 15; times += 1) await collect(others.endpoints([subscriptionId]));
    expect(await collect(fleetReads(arm, clock).workspaces([subscriptionId]))).toHaveLength(1);
    expect(azure.requests.map(({ status }) => status).slice(15)).toEqual([429, 200]);
  });

  test("again for a page that failed for a passing reason, and not for ever", async () => {
    const resources = Array.from({ length: 1_500 }, (_, index) => ({ id: idOf(`ws-${index}`) }));
    const { arm, azure, clock } = await adapters({ resources });
    let shown = 0;
    for await (const { rows } of fleetReads(arm, clock).workspaces([subscriptionId])) {
      shown += rows.length;
      if (shown === 1_000) azure.setFaults([{ times: 4, respond: { status: 503, code: "ServiceUnavailable" } }]);
    }
    expect(shown).toBe(1_500);
    azure.setFaults([{ respond: { status: 500, code: "InternalServerError" } }]);
    const failure = await failureOf(collect(fleetReads(arm, clock).workspaces([subscriptionId])));
    expect(failure).toMatchObject({ kind: "transient" });
    expect(failure.message).toContain("Could not list the workspaces");
  });

  test("and what it calls wrong is told with its reason", async () => {
    const { arm, clock } = await adapters();
    const failure = await failureOf(collect(fleetReads(arm, clock).assignments([subscriptionId], ["'"])));
    expect(failure.message).toContain("(InvalidQuery: Query is invalid.");
  });
});
