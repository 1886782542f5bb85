import { expect, onTestFinished, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { countOf, policyOf, Remediator } from "./remediator.ts";
import { registry, registryId, subscriptionId, workspaceId } from "./setting.ts";

const group = "0a0b0c0d-0000-4000-8000-00000000000a";

/** A workspace with so many computes, each with an identity of its own, in an Azure that throttles. */
async function start(computes: number, more: Partial<Fixture> = {}): Promise<Remediator> {
  const fixture: Fixture = {
    ...more,
    resources: [
      { id: registryId },
      { id: workspaceId },
      ...Array.from({ length: computes }, (_, index) => ({
        id: `${workspaceId}/computes/cpu-${String(index)}`,
        identity: { type: "SystemAssigned", principalId: principalOf(index) },
        properties: { computeType: "AmlCompute" },
      })),
    ],
  };
  const policy = policyOf({ subscriptions: [subscriptionId], defaultRegistry: registry });
  const remediator = await Remediator.start(policy, fixture, { throttling: true });
  onTestFinished(() => remediator.azure.close());
  return remediator;
}

function principalOf(index: number): string {
  return `0a0b0c0d-0000-4000-8000-1${String(index).padStart(11, "0")}`;
}

test("more identities than one look can ask about are all granted, in several looks, without a single 429", async () => {
  const remediator = await start(130);
  const sent = await remediator.settle([workspaceId]);
  expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "remediated" });
  expect(sent.filter(({ status }) => status === 429)).toEqual([]);
  expect(countOf(sent).writes.filter((one) => one === "PUT roleAssignments")).toHaveLength(131);
}, 120_000);

test("once all of them are granted, one list tells", async () => {
  const remediator = await start(130);
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  const { writes, reads } = countOf(await remediator.settle([workspaceId]));
  expect(writes).toEqual([]);
  expect(reads).toBeLessThan(10);
}, 120_000);

test("what they hold through a group is found as well", async () => {
  const members = Array.from({ length: 60 }, (_, index) => principalOf(index));
  const remediator = await start(60, {
    groups: [{ id: group, members }],
    roleAssignments: [{ scope: registryId, role: "AcrPull", principalId: group, principalType: "Group" }],
  });
  const { writes } = countOf(await remediator.settle([workspaceId]));
  expect(writes.filter((one) => one === "PUT roleAssignments")).toHaveLength(1);
  expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "remediated" });
}, 120_000);

/** A workspace whose computes hold the right through a group, once it was looked at. */
async function throughGroup(computes: number): Promise<Remediator> {
  const members = Array.from({ length: computes }, (_, index) => principalOf(index));
  const remediator = await start(computes, {
    groups: [{ id: group, members }],
    roleAssignments: [{ scope: registryId, role: "AcrPull", principalId: group, principalType: "Group" }],
  });
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  return remediator;
}

/** The questions that name one principal. */
function asked(sent: Awaited<ReturnType<Remediator["settle"]>>): number {
  return sent.filter(({ path, isWrite }) => !isWrite && path.endsWith("/roleAssignments")).length - 1;
}

test("who proved to be in a group is not asked about at each look, but by each sweep", async () => {
  const remediator = await throughGroup(40);
  expect(asked(await remediator.settle([workspaceId]))).toBe(0);
  remediator.clock.advance(15_000);
  expect(asked(await remediator.settle([workspaceId], "sweep"))).toBe(40);
  remediator.clock.advance(15_000);
  expect(asked(await remediator.settle([workspaceId]))).toBe(0);
}, 120_000);

test("once the group's own assignment is gone, nobody counts as reached by it", async () => {
  const remediator = await throughGroup(40);
  remediator.azure.world.revoke({ scope: registryId, principalId: group });
  const { writes } = countOf(await remediator.settle([workspaceId]));
  expect(writes).toEqual(Array(40).fill("PUT roleAssignments"));
}, 120_000);

test("who left the group is found by the sweep", async () => {
  const remediator = await throughGroup(40);
  remediator.azure.world.directory.removeFromGroup(group, principalOf(7));
  expect(countOf(await remediator.settle([workspaceId])).writes).toEqual([]);
  remediator.clock.advance(15_000);
  expect(countOf(await remediator.settle([workspaceId], "sweep")).writes).toEqual(["PUT roleAssignments"]);
}, 120_000);

test("where a deny assignment leaves out a group, each identity is asked about once in minutes, and all are judged in the end", async () => {
  const remediator = await start(300, {
    groups: [{ id: group, members: Array.from({ length: 300 }, (_, index) => principalOf(index)) }],
    roleAssignments: Array.from({ length: 300 }, (_, index) => ({
      scope: registryId,
      role: "AcrPull",
      principalId: principalOf(index),
    })),
    denyAssignments: [
      {
        denyAssignmentName: "all but a group",
        scope: registryId,
        permissions: [{ actions: ["*/pull/read"] }],
        principals: [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }],
        excludePrincipals: [{ id: group, type: "Group" }],
      },
    ],
  });
  const sent = await remediator.settle([workspaceId]);
  expect(sent.filter(({ status }) => status === 429)).toEqual([]);
  // The workspace's own identity is not in that group.
  expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "blocked", reason: "DenyAssignment" });
  expect(sent.filter(({ path }) => path.endsWith("/denyAssignments")).length).toBeLessThanOrEqual(2 * 302);
}, 120_000);
