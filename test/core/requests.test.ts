import { describe, expect, it } from "vitest";
import { defaultWaits } from "../../src/core/policy.ts";
import type { Request } from "../../src/core/ports.ts";
import { foreignChange, rotations, since, stillWanted } from "../../src/core/requests.ts";
import { aSettledWorld, aWorld, ws } from "./a-world.ts";
import { storageAccount } from "./ids.ts";
import { once, onceAfter } from "./reconciling.ts";
import { registryOf } from "./samples.ts";
import type { World } from "./world.ts";

const request = (more: Partial<Request>): Request => ({ id: "r", cause: "event", acceptedAt: 10, ...more });

describe("how fresh facts must be", () => {
  it.each([
    ["as old as may be for an event about the workspace itself", [request({})], 0],
    ["as fresh as the request of a person", [request({}), request({ cause: "http", acceptedAt: 20 })], 20],
    ["as fresh as the event about what is kept in caches", [request({ fresh: true, acceptedAt: 30 })], 30],
    ["no older than when a look was due", [request({ cause: "scheduled", fresh: true, dueAt: 90 })], 90],
    ["no older than when a look was scheduled that is not due", [request({ fresh: true, dueAt: 101 })], 10],
    ["as old as may be for none", [], 0],
  ])("is %s", (_what, requests, expected) => {
    expect(since(requests, 100).freshAfter).toBe(expected);
  });
});

describe("what a look leaves to the next one", () => {
  const asked = [request({ cause: "sweep" }), request({ fresh: true, confirm: true }), request({ list: true })];

  it.each([
    ["everything, where it could not look and goes on", false, true, { fresh: true, list: true, confirm: true }],
    ["what is to be confirmed, where it looked and goes on", true, true, { confirm: true }],
    ["fresh reads, where it could not look and is blocked", false, false, { fresh: true, list: true }],
    ["nothing, where it looked and is over", true, false, {}],
  ])("is %s", (_what, looked, goesOn, expected) => {
    expect(stillWanted(asked, looked, goesOn)).toEqual(expected);
  });

  it("is a fresh read for whoever asks by hand, and nothing for an event about the workspace itself", () => {
    expect(stillWanted([request({ cause: "http" })], false, true)).toEqual({ fresh: true });
    expect(stillWanted([request({})], false, true)).toEqual({});
  });
});

describe("rotations", () => {
  it("are the newest of each kind, and never from the future", () => {
    const told = [5, 9, 7].map((at) => request({ rotated: { of: "storageAccount", at } }));
    expect(rotations(told, { registry: 3, storageAccount: 8 }, 100)).toEqual({ registry: 3, storageAccount: 9 });
    expect(rotations([request({ rotated: { of: "registry", at: 1e15 } })], undefined, 100)).toEqual({ registry: 100 });
    expect(rotations([request({})], undefined, 100)).toBeUndefined();
  });
});

describe("the last change by somebody else that can undo a repair", () => {
  const operation = "Microsoft.MachineLearningServices/workspaces/write";

  it("is the newest one whose time an event told", () => {
    const told = [4, 6, 5].map((changedAt) => request({ changedAt, evidence: { actor: `a${changedAt}`, operation } }));
    expect(foreignChange([request({}), ...told], 100)).toEqual({ at: 6, actor: "a6", operation });
    expect(foreignChange([request({})], 100)).toBeUndefined();
    expect(foreignChange([request({ changedAt: 1e15, evidence: { operation } })], 100)).toEqual({ at: 100, operation });
    const compute = { operation: "Microsoft.MachineLearningServices/workspaces/computes/write" };
    expect(foreignChange([request({ changedAt: 4, evidence: compute })], 100)).toBeUndefined();
  });
});

async function withStorage(): Promise<World> {
  const world = aWorld({ storageAccount });
  await world.request(ws);
  await world.drain();
  world.writes.sent.length = 0;
  return world;
}

describe("an event that tells of rotated keys", () => {
  it("leads to one sync, also when nothing that can be read shows it", async () => {
    const world = await withStorage();
    const rotated = { of: "storageAccount", at: world.clock.now() } as const;
    expect((await onceAfter(world, { rotated })).outcome).toEqual({ kind: "remediated", done: ["sync keys"] });
    expect((await onceAfter(world, { rotated })).outcome).toEqual({ kind: "compliant" });
    expect(world.writesOf(ws)).toEqual(["sync"]);
  });

  it("of a registry matters where the admin user's password is used, and not otherwise", async () => {
    const world = await withStorage();
    const rotated = () => ({ of: "registry", at: world.clock.now() }) as const;
    expect((await onceAfter(world, { rotated: rotated() })).outcome).toEqual({ kind: "compliant" });
    world.azure.registries.splice(0, 1, registryOf({ adminUserEnabled: true }));
    await once(world);
    world.writes.sent.length = 0;
    world.clock.advance(1_000);
    expect((await onceAfter(world, { rotated: rotated() })).outcome).toMatchObject({ kind: "remediated" });
    expect(world.writesOf(ws)).toEqual(["sync"]);
  });

  it("is remembered while the sync cannot be made", async () => {
    const world = await withStorage();
    world.azure.faults.push(undefined, undefined, undefined, undefined, {
      failure: { kind: "throttled", message: "429", retryAfterMs: 1_000 },
      when: "before",
    });
    await onceAfter(world, { rotated: { of: "storageAccount", at: world.clock.now() } });
    expect(world.outcomeOf(ws)).toMatchObject({ kind: "waiting", reason: "Throttled" });
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: ["sync keys"] });
  });
});

describe("an event that a read may not show yet", () => {
  it("leads to another look two minutes later when there was nothing to do", async () => {
    const world = await aSettledWorld();
    const { outcome, nextLookAt = 0 } = await onceAfter(world, { confirm: true });
    expect(outcome).toEqual({ kind: "compliant" });
    const inMs = (nextLookAt - world.clock.now()) / defaultWaits.staleReadMs;
    expect(inMs).toBeGreaterThanOrEqual(0.8);
    expect(inMs).toBeLessThanOrEqual(1.2);
  });

  it("leads to none besides the one that confirms what was done", async () => {
    const world = await aSettledWorld();
    world.azure.assignments.length = 0;
    const { nextLookAt = 0 } = await onceAfter(world, { confirm: true });
    expect(nextLookAt - world.clock.now()).toBeGreaterThan(defaultWaits.staleReadMs * 2);
  });

  it("does not put off a look that comes sooner", async () => {
    const world = await aSettledWorld();
    const soon = world.clock.now() + 1_000;
    await world.stores.memory.save(ws, { ...world.memoryOf(ws), nextLookAt: soon });
    expect((await onceAfter(world, { confirm: true })).nextLookAt).toBe(soon);
  });
});

describe("an event of a compute or an endpoint", () => {
  it("has the children listed anew, and neither passes by caches nor asks anew who is in a group", () => {
    const event = { id: "e", cause: "event", acceptedAt: 7, list: true } as const;
    const sweep = { id: "s", cause: "sweep", acceptedAt: 5 } as const;
    expect(since([event, sweep], 100)).toEqual({ freshAfter: 0, listAfter: 7, membersAfter: 5 });
  });
});
