import { expect, it } from "vitest";
import { idKey, parseResourceId, sameText } from "../../src/core/arm-id.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import { conclude } from "../../src/core/retry.ts";
import { attached, aWorld, simulated, ws } from "./a-world.ts";
import { foreign, home, principalId, userAssignedId, workspaceId } from "./ids.ts";
import { inSync, verdict } from "./planning.ts";
import { once } from "./reconciling.ts";
import { granted, observed, policyOf } from "./samples.ts";
import { SimulatedLease } from "./stores.ts";

it("core writes nothing in a subscription that is not in the policy", async () => {
  const id = workspaceId("ws", foreign);
  const world = aWorld({ id });
  await world.request(id);
  await world.step();
  expect(world.writes.sent).toEqual([]);
});

it("an attachment that was resumed to its end is not sent again because a read lags", async () => {
  const world = aWorld();
  world.azure.staleMs = 60_000;
  world.writes.courses.push({ ms: 30_000 });
  await world.request(ws);
  await world.step();
  await world.step();
  expect(world.writesOf(ws).filter((kind) => kind === "attach")).toHaveLength(1);
});

it("one failed read does not turn what is blocked into a wait of another day", async () => {
  const world = aWorld({
    system: { principalId: principalId(1), appearsAt: Infinity, knownAt: Infinity },
    ...attached,
  });
  await once(world);
  world.clock.advance(25 * 3_600_000);
  expect((await once(world)).outcome).toMatchObject({ kind: "blocked", reason: "IdentityNeverCreated" });
  world.azure.faults.push({ failure: { kind: "transient", message: "reset" }, when: "before" });
  await once(world);
  expect((await once(world)).outcome).toMatchObject({ kind: "blocked", reason: "IdentityNeverCreated" });
});

it("what is remembered as done does not grow without end", async () => {
  const world = aWorld();
  world.azure.staleMs = Infinity;
  for (let looks = 0; looks < 20; looks += 1) {
    await once(world);
    world.clock.advance(600_000);
  }
  expect(world.memoryOf(ws).done?.length).toBeLessThanOrEqual(3);
});

it("names that Azure tells apart are not the same text here", () => {
  expect(sameText("rg-\u212Aernel", "rg-kernel")).toBe(false); // KELVIN SIGN
  const of = (group: string): string =>
    idKey(parseResourceId(`/subscriptions/${home}/resourceGroups/${group}/providers/A.B/c/d`));
  expect(of("\u212A")).not.toBe(of("k"));
});

it("a principal id in another casing is no reason to sync", () => {
  const shouted = { ...granted, principalId: "abcdef00-0000-4000-8000-000000000000" };
  const memory = inSync(observed({ principals: [shouted] }));
  const observation = observed({ principals: [{ ...shouted, principalId: shouted.principalId.toUpperCase() }] });
  expect(verdict(observation, memory)).toBe("settled");
});

it("after an attachment and a failed grant nobody is told that no registry is attached", async () => {
  const world = aWorld();
  world.azure.denied.add("grant");
  const { conditions } = await once(world);
  expect(conditions.find(({ type }) => type === "RegistryAttached")?.status).not.toBe("False");
});

it("a workspace that is not there twice within the lag of a read is looked at once more, and not forgotten", async () => {
  const world = aWorld();
  await once(world);
  const { synced } = world.memoryOf(ws);
  const workspaces = world.azure.workspaces.splice(0);
  const { nextLookAt } = await once(world);
  world.clock.advance(10_000);
  expect(await once(world)).toMatchObject({ outcome: { kind: "gone" }, nextLookAt, synced });
  world.azure.workspaces.push(...workspaces);
  expect((await once(world)).outcome).toEqual({ kind: "compliant" });
});

it("a start in the future (another machine's clock) postpones nothing", async () => {
  const world = aWorld();
  await once(world);
  const { memory } = world.stores;
  await memory.save(ws, { ...world.memoryOf(ws), startedAt: world.clock.now() + 86_400_000 });
  await world.request(ws);
  expect(await world.step()).toMatchObject({ kind: "reconciled" });
});

it("Retry-After is obeyed also past the deadline", () => {
  const { waits } = policyOf();
  const before = { waits: [{ reason: "Throttled", attempt: 9, since: 0, missed: 0 }] } as const;
  const now = 25 * 3_600_000;
  const end = { kind: "waiting", reason: "Throttled", message: "429", notBefore: now + 7_200_000 } as const;
  expect(conclude(end, [], before, waits, now, () => 0.5).nextLookAt).toBeGreaterThanOrEqual(end.notBefore);
});

it("our own mistake in one write is not hidden by Azure's refusal of another", async () => {
  const world = aWorld();
  world.azure.denied.add("attach");
  world.writes.onSent = ({ kind }) => {
    if (kind === "grant") throw new TypeError("ours");
  };
  await expect(once(world)).rejects.toThrow("ours");
});

it("who has lost the lease writes no history", async () => {
  const world = aWorld();
  const lease = new SimulatedLease(() => undefined);
  world.azure.onCall = () => {
    lease.lose();
  };
  // As an adapter tells of a request that the lease's signal aborted.
  world.azure.faults.push({ failure: { kind: "transient", message: "aborted" }, when: "before" });
  await once(world, lease).catch((error: unknown) => {
    expect(error).toBeInstanceOf(AzureFailure);
  });
  expect(world.stores.historyOf(ws)).toEqual([]);
});

it("a workspace made anew under an old name is not taken for synced", async () => {
  const identity = { userAssigned: [{ id: userAssignedId("a"), principalId: principalId(2) }] };
  const world = aWorld();
  const { system, ...own } = simulated({ ...identity, ...attached });
  expect(system).toBeDefined();
  world.azure.workspaces.splice(0, 1, own);
  await once(world);
  world.azure.workspaces.length = 0;
  expect((await once(world)).outcome).toEqual({ kind: "gone" });
  world.clock.advance(world.policy.waits.staleReadMs * 2);
  expect((await once(world)).outcome).toEqual({ kind: "gone" });
  world.azure.workspaces.push(own);
  world.writes.sent.length = 0;
  await once(world);
  expect(world.writesOf(ws)).toContain("sync");
});

it("what was done before a workspace was opted out is not told as done weeks later", async () => {
  const world = aWorld({ system: { principalId: principalId(1), appearsAt: world0 + 60_000, knownAt: 0 } });
  await once(world);
  const [there] = world.azure.workspaces.splice(0);
  if (there === undefined) throw new Error();
  world.azure.workspaces.push({ ...there, tags: { "acr-remediation": "skip" } });
  expect((await once(world)).outcome?.kind).toBe("exempt");
  expect(world.memoryOf(ws).done).toBeUndefined();
});
const world0 = Date.UTC(2026, 0, 15, 12);

it("an answer with Retry-After: 0 for hours does not mean a look every ten seconds", () => {
  const { waits } = policyOf();
  const before = { waits: [{ reason: "Transient", attempt: 50, since: 0, missed: 0 }] } as const;
  const end = { kind: "waiting", reason: "Transient", message: "503", notBefore: 1_000 } as const;
  expect(conclude(end, [], before, waits, 1_000, () => 0.5).nextLookAt).toBeGreaterThan(1_000 + 60_000);
});

it("an operation that cannot be asked about is given up after a day, and the workspace looked at again", async () => {
  const world = aWorld(attached);
  world.writes.courses.push({ ms: Infinity });
  await once(world);
  const { operation } = world.memoryOf(ws);
  expect(operation).toBeDefined();
  world.clock.advance(25 * 3_600_000);
  world.azure.workspaces.length = 0;
  expect((await once(world)).outcome).toEqual({ kind: "gone" });
});
