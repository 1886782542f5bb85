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
