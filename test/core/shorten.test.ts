import { describe, expect, it } from "vitest";
import { asciiJson, longestJson } from "../../src/storage/json-columns.ts";
import { firstOf, fitsInto, lastOf, someOf } from "../../src/core/shorten.ts";
import { seenIn } from "../../src/core/seen.ts";
import type { ObservedChild } from "../../src/core/pull-principals.ts";
import { aWorld, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { once } from "./reconciling.ts";
import { granted, notGranted, observed } from "./samples.ts";
import type { World } from "./world.ts";

describe("what is shortened", () => {
  it("keeps the first and counts the rest, or those first that matter most", () => {
    expect(firstOf([1, 2, 3], 3)).toEqual({ kept: [1, 2, 3], more: 0 });
    expect(firstOf([1, 2, 3, 4], 2)).toEqual({ kept: [1, 2], more: 2 });
    expect(firstOf([1, 2, 3, 4], 2, (one) => one > 3)).toEqual({ kept: [4, 1], more: 2 });
  });

  it("keeps the last and counts what went before", () => {
    expect(lastOf([1, 2], 2)).toEqual({ kept: [1, 2], before: 0 });
    expect(lastOf([1, 2, 3], 2)).toEqual({ kept: [2, 3], before: 1 });
  });

  it("names ten in a message", () => {
    const names = Array.from({ length: 12 }, (_, index) => String(index));
    expect(someOf(names.slice(0, 10), ", ")).toBe("0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
    expect(someOf(names, ", ", " and ")).toBe("0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
  });

  it("fits or not, as JSON", () => {
    expect(fitsInto({ a: 1 }, 7)).toBe(true);
    expect(fitsInto({ a: 1 }, 6)).toBe(false);
  });
});

describe("what a look saw of very many", () => {
  it("is a hundred of them, first those who cannot pull, and how many more there are", () => {
    const principals = [...Array.from({ length: 150 }, () => granted), notGranted];
    const seen = seenIn(observed({ principals }), { principals });
    expect(seen.principals).toHaveLength(100);
    expect(seen.principals.map(({ canPull }) => canPull)).toEqual([false, ...Array<boolean>(99).fill(true)]);
    expect(seen.more).toBe(51);
  });

  it("is all of them where they are few", () => {
    const seen = seenIn(observed(), { principals: [granted] });
    expect(seen.principals).toHaveLength(1);
    expect(seen).not.toHaveProperty("more");
  });
});

/** A world whose workspace has so many computes with identities of their own, under the longest names that Azure allows. */
function worldWith(computes: number, prune = false): World {
  const world = aWorld({}, { prune });
  const children = Array.from({ length: computes }, (_, index): ObservedChild => ({
    of: "compute",
    name: `${"c".repeat(27)}${String(index).padStart(5, "0")}`,
    provisioningState: "Succeeded",
    identity: { systemAssigned: true, systemPrincipalId: principalId(100 + index), userAssigned: [] },
  }));
  world.azure.reads.children = (_workspace, of) => Promise.resolve(of === "compute" ? children : []);
  return world;
}

/** Works until the workspace waits for nothing any more; judges each memory that is saved. */
async function worked(world: World): Promise<readonly number[]> {
  const sizes: number[] = [];
  const { memory } = world.stores;
  const save = memory.save.bind(memory);
  memory.save = (id, remembered) => {
    sizes.push(asciiJson(remembered).length);
    return save(id, remembered);
  };
  await world.request(ws);
  await world.settle([ws]);
  return sizes;
}

describe("a workspace with very many computes", { timeout: 60_000 }, () => {
  it("gets a hundred grants in one look and the rest in the next ones, a few seconds later each", async () => {
    const world = worldWith(250);
    const first = await once(world);
    expect(world.writesOf(ws).filter((kind) => kind === "grant")).toHaveLength(100);
    expect(first.outcome).toMatchObject({ kind: "waiting", reason: "MoreToDo" });
    const began = world.clock.now();
    world.clock.advance(20_000);
    expect((await once(world)).outcome).toMatchObject({ kind: "waiting", reason: "MoreToDo" });
    world.clock.advance(20_000);
    const last = await once(world);
    expect(world.writesOf(ws).filter((kind) => kind === "grant")).toHaveLength(251);
    expect(last.outcome).toMatchObject({ kind: "remediated", doneBefore: 53 });
    expect(first.nextLookAt).toBeLessThanOrEqual(began + 20_000);
  });

  it("fits into a row at every moment, with thousands of them", async () => {
    const world = worldWith(1_200, true);
    const sizes = await worked(world);
    expect(world.outcomeOf(ws)).toMatchObject({ kind: "compliant" });
    expect(world.writesOf(ws).filter((kind) => kind === "grant")).toHaveLength(1_201);
    expect(Math.max(...sizes)).toBeLessThan(longestJson);
    const memory = world.memoryOf(ws);
    expect(memory.grants).toHaveLength(200);
    expect(memory.grantsForgotten).toBe(1_001);
    expect(memory.seen).toMatchObject({ more: 1_101 });
  });

  it("loses fifty grants in one look and the rest in the next ones, once they are gone and pruning is on", async () => {
    const world = worldWith(120, true);
    await worked(world);
    world.writes.sent.length = 0;
    world.clock.advance(60_000);
    world.azure.reads.children = () => Promise.resolve([]);
    await world.request(ws, "sweep");
    await world.settle([ws]);
    await world.drain();
    expect(world.writesOf(ws).filter((kind) => kind === "prune")).toHaveLength(120);
    const pruned = world.stores.historyOf(ws).map(({ done }) => done.filter((one) => one.startsWith("remove ")).length);
    expect(Math.max(...pruned)).toBe(50);
  });
});
