import { describe, expect, onTestFinished, test } from "vitest";

import type { SettingsInput } from "../../local/azure/settings.ts";
import type { Policy } from "../../src/core/policy.ts";
import { countOf, policyOf, Remediator } from "./remediator.ts";
import { principalIn, registry, registryId, subscriptionId, workspaceId } from "./setting.ts";

const computeId = `${workspaceId}/computes/gpu`;
const compute = { id: computeId, identity: { type: "SystemAssigned" }, properties: { computeType: "AmlCompute" } };
const minutes = 60_000;

/** A workspace that is right, and whose changes the app hears of; Azure grants nothing by itself. */
async function rightWorld(settings: SettingsInput = {}, more: Partial<Policy> = {}): Promise<Remediator> {
  const policy = policyOf({ subscriptions: [subscriptionId], defaultRegistry: registry, ...more });
  const fixture = { resources: [{ id: registryId }, { id: workspaceId }] };
  const remediator = await Remediator.start(policy, fixture, { platformGrants: false, ...settings });
  onTestFinished(() => remediator.azure.close());
  remediator.lookTakesMs = 1;
  await remediator.settle([workspaceId]);
  await remediator.pass(30 * minutes);
  expect(remediator.outcomeOf(workspaceId)?.kind).toBe("compliant");
  remediator.hearEvents();
  return remediator;
}

/** Delivers what was heard, and works until nothing waits. */
async function heard(remediator: Remediator): Promise<void> {
  await remediator.deliver();
  await remediator.work([workspaceId]);
}

function rolesOf({ azure }: Remediator, id: string): readonly string[] {
  const principalId = principalIn(azure, id);
  return azure.world.roles.assignments().flatMap((one) => (one.principalId === principalId ? [one.scope] : []));
}

/** Fills the registry's subscription with role assignments until it holds so many. */
function fill({ azure: { world } }: Remediator, wanted: number): void {
  for (let held = world.roles.countIn(subscriptionId); held < wanted; held += 1) {
    const principalId = `f0000000-0000-4000-8000-${String(held).padStart(12, "0")}`;
    world.grant({ scope: registryId, role: "AcrDelete", principalId }, { event: false });
  }
}

describe("a compute that is created", () => {
  test("is granted when its event comes, and keys are not synced", async () => {
    const remediator = await rightWorld();
    const before = remediator.azure.requests.length;
    remediator.azure.world.put(compute);
    await heard(remediator);
    expect(rolesOf(remediator, computeId)).toEqual([registryId]);
    expect(countOf(remediator.azure.requests.slice(before)).writes).toEqual(["PUT roleAssignments"]);
  });

  test("is granted minutes after its event where the list did not show it yet", async () => {
    const remediator = await rightWorld({ staleReadSeconds: 20 });
    remediator.azure.world.put(compute);
    await heard(remediator);
    expect(rolesOf(remediator, computeId)).toEqual([]);
    await remediator.pass(5 * minutes);
    expect(rolesOf(remediator, computeId)).toEqual([registryId]);
  });

  test("is granted within the hour also where the workspace is blocked for another reason meanwhile", async () => {
    const remediator = await rightWorld({ staleReadSeconds: 20 });
    const other = { id: `${workspaceId}/computes/other`, properties: { computeType: "AmlCompute" } };
    const foreign = `/subscriptions/${subscriptionId}/resourceGroups/foreign/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
    remediator.azure.world.put({ id: foreign });
    const identity = { type: "UserAssigned", userAssignedIdentities: { [foreign]: {} } };
    remediator.azure.world.put({ ...other, identity });
    remediator.clock.advance(30_000);
    await heard(remediator);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "blocked", reason: "IdentityNotAllowed" });
    remediator.clock.advance(30_000);
    remediator.azure.world.put(compute);
    await heard(remediator);
    expect(rolesOf(remediator, computeId)).toEqual([]);
    await remediator.pass(80 * minutes);
    expect(rolesOf(remediator, computeId)).toEqual([registryId]);
  });

  test("and deleted before the directory knew it is not waited for any longer than the next look", async () => {
    const remediator = await rightWorld({ staleReadSeconds: 20, directoryDelaySeconds: 3_000 });
    remediator.azure.world.put(compute);
    remediator.clock.advance(30_000);
    await remediator.deliver();
    await remediator.pass(2 * minutes);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "waiting", reason: "PrincipalUnknown" });
    remediator.azure.world.delete(computeId);
    await remediator.deliver();
    await remediator.pass(10 * minutes);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "compliant" });
  });
});

describe("the limit of role assignments", () => {
  test("is warned of at nine tenths, and what is needed is granted all the same", async () => {
    const remediator = await rightWorld();
    fill(remediator, 3_650);
    remediator.azure.world.put(compute);
    await heard(remediator);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "remediated" });
    const warned = [{ reason: "AssignmentsNearLimit", message: expect.stringContaining("of 4000") as string }];
    expect(remediator.memoryOf(workspaceId).warnings).toEqual(warned);
    await remediator.pass(30 * minutes);
    expect(remediator.memoryOf(workspaceId).warnings, "as long as it is so").toEqual(warned);
    remediator.azure.world.roles
      .assignments()
      .slice(-200)
      .forEach(({ name }) => {
        remediator.azure.world.roles.remove(name, remediator.clock.now());
      });
    await remediator.settle([workspaceId], "sweep");
    expect(remediator.memoryOf(workspaceId).warnings, "and no longer").toEqual([]);
  });

  test("stops a look before it has written anything, and whoever asks once there is room is heard at once", async () => {
    const remediator = await rightWorld();
    fill(remediator, 4_000);
    remediator.azure.world.patch(workspaceId, { properties: { containerRegistry: undefined } });
    remediator.azure.world.put(compute);
    const before = remediator.azure.requests.length;
    await heard(remediator);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "blocked", reason: "RoleAssignmentLimit" });
    expect(countOf(remediator.azure.requests.slice(before)).writes).toEqual([]);

    remediator.azure.world.roles
      .assignments()
      .slice(-2)
      .forEach(({ name }) => {
        remediator.azure.world.roles.remove(name, remediator.clock.now());
      });
    remediator.clock.advance(1_000);
    await remediator.settle([workspaceId], "http");
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "remediated" });
    expect(rolesOf(remediator, computeId)).toEqual([registryId]);
  });

  test("says nothing where it is full and nobody needs a grant", async () => {
    const remediator = await rightWorld();
    fill(remediator, 4_001);
    remediator.azure.world.deny(
      {
        denyAssignmentName: "locked",
        scope: registryId,
        permissions: [{ actions: ["*/pull/read"] }],
        principals: [{ id: principalIn(remediator.azure), type: "ServicePrincipal" }],
      },
      { event: false },
    );
    remediator.clock.advance(6 * minutes);
    await remediator.settle([workspaceId]);
    expect(remediator.outcomeOf(workspaceId)).toMatchObject({ kind: "blocked", reason: "DenyAssignment" });
  });
});
