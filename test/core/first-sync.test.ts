import { describe, expect, it } from "vitest";
import { aSettledWorld, ws } from "./a-world.ts";
import { once } from "./reconciling.ts";
import type { World } from "./world.ts";

/** A workspace that is right, of which nothing is remembered; its first key sync is due in so many milliseconds. */
async function unremembered(firstSyncInMs: number): Promise<World> {
  const world = await aSettledWorld();
  world.stores.memories.clear();
  world.firstSyncInMs = firstSyncInMs;
  return world;
}

describe("a first key sync", () => {
  it("whose turn it is goes out at once", async () => {
    const world = await unremembered(2_000);
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated", done: ["sync keys"] });
  });

  it("waits for its turn, and is looked at exactly then", async () => {
    const world = await unremembered(90_000);
    const turnAt = world.clock.now() + 90_000;
    const memory = await once(world);
    expect(memory).toMatchObject({ syncOwed: false, nextLookAt: turnAt });
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "FirstSyncPaced", retryAt: turnAt });
    expect(world.writes.sent).toEqual([]);
  });

  it("keeps its turn when it is looked at before, and takes no second one", async () => {
    const world = await unremembered(90_000);
    const { nextLookAt } = await once(world);
    world.clock.advance(30_000);
    world.firstSyncInMs = 1e9;
    expect(await once(world)).toMatchObject({ outcome: { reason: "FirstSyncPaced" }, nextLookAt });
    world.clock.advance(60_000);
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated", done: ["sync keys"] });
  });

  it("whose turn passed while Azure could not be read goes out after that", async () => {
    const world = await unremembered(90_000);
    await once(world);
    world.clock.advance(90_000);
    world.firstSyncInMs = 1e9;
    world.azure.faults.push({ when: "before", failure: { kind: "transient", message: "Later." } });
    expect((await once(world)).outcome).toMatchObject({ reason: "Transient" });
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated", done: ["sync keys"] });
  });

  it("does not wait where something is wrong: that is put right, and the keys are synced with it", async () => {
    const world = await unremembered(90_000);
    world.azure.assignments.length = 0;
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated" });
    expect(world.writesOf(ws)).toEqual(["grant", "sync"]);
  });

  it("is no reason to wait for an audit", async () => {
    const world = await unremembered(90_000);
    world.policy = { ...world.policy, mode: "audit" };
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
  });
});
