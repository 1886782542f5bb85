import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { parseResourceId } from "../../src/core/arm-id.ts";
import {
  adapters,
  failureOf,
  identityId,
  principalIn,
  registryId,
  unaborted,
  workspace,
  workspaceId,
} from "./setting.ts";

type Input = NonNullable<Fixture["resources"]>[number];

const system = { type: "SystemAssigned" };
const computeId = (name: string): string => `${workspaceId}/computes/${name}`;
const compute = (name: string, computeType: string, more: Partial<Input> = {}): Input => ({
  id: computeId(name),
  properties: { computeType },
  ...more,
});
const endpoint = (name: string, more: Partial<Input> = {}): Input => ({
  id: `${workspaceId}/onlineEndpoints/${name}`,
  ...more,
});
const withChildren = (...children: Input[]): Fixture => ({
  resources: [{ id: registryId }, { id: identityId }, { id: workspaceId }, ...children],
});

describe("the computes of a workspace", () => {
  test("are those whose images Azure Machine Learning pulls, in whatever casing their type comes", async () => {
    const types = ["AmlCompute", "ComputeInstance", "amlcompute", "COMPUTEINSTANCE"];
    const others = ["Kubernetes", "AKS", "VirtualMachine", "DataFactory", "Databricks", "SynapseSpark", "New"];
    const computes = [...types, ...others].map((type, index) => compute(`c${String(index)}`, type));
    const { reads } = await adapters(withChildren(...computes));
    const found = await reads.children(workspace, "compute", unaborted);
    expect(found.map(({ name }) => name)).toEqual(["c0", "c1", "c2", "c3"]);
  });

  test("are told with their state and their identities", async () => {
    const assigned = { [identityId]: {} };
    const { reads, azure } = await adapters(
      withChildren(
        compute("both", "AmlCompute", {
          identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: assigned },
        }),
        compute("failed", "AmlCompute", { properties: { computeType: "AmlCompute", provisioningState: "Failed" } }),
      ),
    );
    const puller = azure.world.get(identityId)?.properties["principalId"];
    expect(await reads.children(workspace, "compute", unaborted)).toEqual([
      {
        of: "compute",
        name: "both",
        provisioningState: "Succeeded",
        identity: {
          systemAssigned: true,
          systemPrincipalId: principalIn(azure, computeId("both")),
          userAssigned: [{ id: parseResourceId(identityId), principalId: puller }],
        },
      },
      {
        of: "compute",
        name: "failed",
        provisioningState: "Failed",
        identity: { systemAssigned: false, userAssigned: [] },
      },
    ]);
  });

  test("are told without an object id while that does not exist", async () => {
    const { reads, azure } = await adapters(withChildren(), { identityDelaySeconds: 20 });
    azure.world.put({ ...compute("late", "AmlCompute"), identity: system });
    expect(await reads.children(workspace, "compute", unaborted)).toMatchObject([
      { identity: { systemAssigned: true, userAssigned: [] } },
    ]);
  });

  test("of another workspace are not among them", async () => {
    const { reads } = await adapters({
      resources: [
        { id: workspaceId },
        { id: `${workspaceId}2` },
        { id: `${workspaceId}2/computes/gpu`, properties: {} },
      ],
    });
    expect(await reads.children(workspace, "compute", unaborted)).toEqual([]);
  });
});

describe.each([
  ["compute", "computes", "list the computes of alpha"],
  ["endpoint", "onlineEndpoints", "list the online endpoints of alpha"],
] as const)("what pulls as %s", (of, collection, what) => {
  const three = ["a", "b", "c"].map((name) => (of === "compute" ? compute(name, "AmlCompute") : endpoint(name)));

  test("is found on every page", async () => {
    const { reads } = await adapters(withChildren(...three), { pageSize: 1 });
    expect((await reads.children(workspace, of, unaborted)).map((one) => [one.of, one.name])).toEqual([
      [of, "a"],
      [of, "b"],
      [of, "c"],
    ]);
  });

  test("is nothing where the workspace is gone", async () => {
    const { reads } = await adapters({ resources: [] });
    expect(await reads.children(workspace, of, unaborted)).toEqual([]);
  });

  test("is not taken for nothing where it must not be read: action and scope are named", async () => {
    const { reads, azure } = await adapters(withChildren(...three));
    azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.MachineLearningServices/workspaces/read"] }]);
    const action = `Microsoft.MachineLearningServices/workspaces/${collection}/read`;
    const failure = await failureOf(reads.children(workspace, of, unaborted));
    expect(failure).toMatchObject({ kind: "missingPermission", action, scope: workspaceId });
    expect(failure.message).toContain(`Could not ${what}: our identity lacks ${action} at ${workspaceId}`);
  });

  test("is not taken for nothing where a later page fails", async () => {
    const { reads, azure } = await adapters(withChildren(...three), { pageSize: 1 });
    const match = { method: "GET", path: collection };
    azure.setFaults([
      { match, times: 1, delayMs: 0 },
      { match, times: 9, respond: { status: 429, code: "TooManyRequests" } },
    ] as never);
    expect(await failureOf(reads.children(workspace, of, unaborted))).toMatchObject({ kind: "throttled" });
  });
});

describe("how many role assignments a subscription holds", () => {
  const grants = (scope: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      scope,
      role: "AcrPull",
      principalId: `0a000000-0000-4000-8000-00000000000${index}`,
    }));
  const subscription = workspaceId.split("/resourceGroups")[0] ?? "";

  test("counts those at it and below, on every page, and none of what lies above or beside", async () => {
    const { reads } = await adapters(
      {
        ...withChildren(),
        roleAssignments: [
          ...grants(registryId, 3),
          ...grants(subscription.toUpperCase(), 2),
          ...grants("/", 4),
          ...grants("/providers/Microsoft.Management/managementGroups/root", 5),
        ],
      },
      { pageSize: 2 },
    );
    expect(await reads.assignmentCount(workspace.subscriptionId, 0, unaborted)).toBe(5);
  });

  test("is kept for minutes, unless it has to be fresher", async () => {
    const { reads, azure, clock } = await adapters({ ...withChildren(), roleAssignments: grants(registryId, 1) });
    const count = (freshAfter = 0): Promise<number> =>
      reads.assignmentCount(workspace.subscriptionId.toUpperCase(), freshAfter, unaborted);
    expect(await count()).toBe(1);
    azure.world.grant({ scope: registryId, role: "Reader", principalId: principalIn(azure) });
    clock.pass(1);
    expect(await count()).toBe(1);
    expect(await count(clock.now())).toBe(2);
  });

  test("that must not be read names the action and the subscription", async () => {
    const { reads, azure } = await adapters(withChildren());
    azure.world.setPermissions([]);
    expect(await failureOf(reads.assignmentCount(workspace.subscriptionId, 0, unaborted))).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.Authorization/roleAssignments/read",
      scope: subscription,
    });
  });
});
