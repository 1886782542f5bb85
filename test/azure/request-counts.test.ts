import { expect, onTestFinished, test } from "vitest";

import type { SettingsInput } from "../../local/azure/settings.ts";
import { registry, registryId, storageId, subscriptionId, workspaceId } from "./setting.ts";
import { countOf, policyOf, Remediator } from "./remediator.ts";

const policy = policyOf({ subscriptions: [subscriptionId], defaultRegistry: registry });
const broken = {
  resources: [
    { id: registryId },
    { id: storageId },
    { id: workspaceId, properties: { storageAccount: storageId }, keysInSync: false },
  ],
};
const allOfIt = ["PATCH alpha", "POST resyncKeys", "PUT roleAssignments"];

async function brokenWorld(settings: SettingsInput = {}): Promise<Remediator> {
  const remediator = await Remediator.start(policy, broken, settings);
  onTestFinished(() => remediator.azure.close());
  return remediator;
}

function breakAgain({ azure }: Remediator): void {
  const principalId = azure.world.get(workspaceId)?.identity?.principalId ?? "";
  azure.world.revoke({ scope: registryId, principalId });
  azure.world.patch(workspaceId, { properties: { containerRegistry: undefined } });
}

test("a fully broken workspace costs one write of each kind and at most 8 reads in a new process", async () => {
  const remediator = await brokenWorld();
  const { writes, reads } = countOf(await remediator.settle([workspaceId]));
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("remediated");
  expect(writes.toSorted()).toEqual(allOfIt);
  expect(reads).toBeLessThanOrEqual(8);
  expect(remediator.azure.world.keysInSync(workspaceId)).toBe(true);
});

test("a fully broken workspace costs at most 5 reads in a process that knows the registry", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  breakAgain(remediator);
  remediator.clock.advance(15_000);
  const { writes, reads } = countOf(await remediator.settle([workspaceId]));
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("remediated");
  expect(writes.toSorted()).toEqual(allOfIt);
  expect(reads).toBeLessThanOrEqual(5);
});

test("six identities that lack the right cost one list of assignments and one of denials, and a grant each", async () => {
  const computes = Array.from({ length: 5 }, (_, index) => ({
    id: `${workspaceId}/computes/cpu-${String(index)}`,
    identity: { type: "SystemAssigned" },
    properties: { computeType: "AmlCompute" },
  }));
  const remediator = await Remediator.start(policy, { resources: [...broken.resources, ...computes] });
  onTestFinished(() => remediator.azure.close());
  const sent = await remediator.settle([workspaceId]);
  const { writes, reads } = countOf(sent);
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("remediated");
  expect(writes.toSorted()).toEqual([
    "PATCH alpha",
    "POST resyncKeys",
    ...Array<string>(6).fill("PUT roleAssignments"),
  ]);
  expect(reads).toBeLessThanOrEqual(8);

  remediator.clock.advance(15_000);
  expect(countOf(await remediator.settle([workspaceId])).reads).toBeLessThanOrEqual(2);
});

test("operations that take a while add polls, and no write", async () => {
  const remediator = await brokenWorld({ attachSeconds: 50, syncSeconds: 45, retryAfterSeconds: 10 });
  const sent = await remediator.settle([workspaceId]);
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("remediated");
  expect(countOf(sent).writes.toSorted()).toEqual(allOfIt);
  expect(sent.filter(({ early }) => early)).toEqual([]);
});

test("a compliant workspace that is remembered costs at most 5 reads in a new process, and no write", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  remediator.restart();
  const { writes, reads } = countOf(await remediator.settle([workspaceId]));
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("compliant");
  expect(writes).toEqual([]);
  expect(reads).toBeLessThanOrEqual(5);
});

test("a compliant workspace that is remembered costs at most 2 reads in a process that has looked before", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  const { writes, reads } = countOf(await remediator.settle([workspaceId]));
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("compliant");
  expect(writes).toEqual([]);
  expect(reads).toBeLessThanOrEqual(2);
});

test("a workspace that is left alone costs one read", async () => {
  const remediator = await brokenWorld();
  remediator.azure.world.patch(workspaceId, { tags: { "acr-remediation": "skip" } });
  expect(countOf(await remediator.settle([workspaceId]))).toEqual({ writes: [], reads: 1 });
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("exempt");
});

test("a rotated storage key costs one key sync and nothing else", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  remediator.azure.world.rotateStorageKey(storageId);
  remediator.clock.advance(1_000);
  expect(countOf(await remediator.settle([workspaceId], "http")).writes).toEqual(["POST resyncKeys"]);
  expect(remediator.azure.world.keysInSync(workspaceId)).toBe(true);
});

test("a lost role costs one role assignment and no key sync", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  const principalId = remediator.azure.world.get(workspaceId)?.identity?.principalId ?? "";
  remediator.azure.world.revoke({ scope: registryId, principalId });
  expect(countOf(await remediator.settle([workspaceId], "sweep")).writes).toEqual(["PUT roleAssignments"]);
});

test("a wiped memory costs one key sync and nothing else, and none where the policy adopts what it finds", async () => {
  const remediator = await brokenWorld();
  await remediator.settle([workspaceId]);
  remediator.clock.advance(15_000);
  remediator.stores.memories.clear();
  expect(countOf(await remediator.settle([workspaceId])).writes).toEqual(["POST resyncKeys"]);
  remediator.clock.advance(15_000);
  remediator.stores.memories.clear();
  remediator.policy = { ...policy, firstSight: "adopt" };
  expect(countOf(await remediator.settle([workspaceId])).writes).toEqual([]);
});

test("in audit mode a broken workspace costs reads only", async () => {
  const remediator = await brokenWorld();
  remediator.policy = { ...policy, mode: "audit" };
  expect(countOf(await remediator.settle([workspaceId])).writes).toEqual([]);
  expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "blocked", reason: "AuditMode" });
});
