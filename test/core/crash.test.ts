import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { aWorld, ws } from "./a-world.ts";
import { DoomedProcess } from "./crash.ts";
import { principalId, storageAccount } from "./ids.ts";
import { memoryOf, winarena } from "./samples.ts";
import type { World } from "./world.ts";

/** What has to be the same in the end, however often a process died on the way. */
function finalState(world: World): unknown {
  const workspace = world.azure.find(ws);
  const { outcome, conditions, syncOwed, synced, operation, nextLookAt } = world.memoryOf(ws);
  return {
    attached: workspace && world.azure.attachedTo(workspace)?.name,
    grants: [...new Set(world.azure.assignments.map(({ principalId, role }) => `${principalId} ${role}`))],
    keysOutOfDate: world.writes.staleKeys.size,
    outcome,
    conditions: conditions.map(({ type, status, reason }) => [type, status, reason]),
    owed: syncOwed,
    synced: synced?.fingerprint,
    operation,
    nextLookAt,
    requests: world.stores.openRequestsOf(ws),
  };
}

const histories: readonly (readonly [string, () => World])[] = [
  ["everything is missing", () => aWorld({ storageAccount })],
  ["keys are adopted as found", () => aWorld({}, { firstSight: "adopt" })],
  [
    "operations outlast a reconcile",
    () => {
      const world = aWorld();
      world.writes.courses.push({ ms: 45_000 }, { ms: 90_000 });
      return world;
    },
  ],
  [
    "an image is missing, and takes long to import",
    () => {
      const world = aWorld({}, { requiredImages: [winarena] });
      world.writes.courses.push({ ms: 0 }, { ms: 0 }, { ms: 90_000 });
      return world;
    },
  ],
  [
    "the identity appears late",
    () => {
      const world = aWorld();
      const appearsAt = world.clock.now() + 40_000;
      const system = { principalId: principalId(1), appearsAt, knownAt: appearsAt + 60_000 };
      const [workspace] = world.azure.workspaces.splice(0);
      if (workspace !== undefined) world.azure.workspaces.push({ ...workspace, system });
      return world;
    },
  ],
  [
    "it was in sync before its registry was taken away",
    () => {
      const world = aWorld();
      const synced = { fingerprint: "of then", how: "synced", at: 0 } as const;
      world.stores.memories.set(formatId(ws).toLowerCase(), memoryOf({ synced, outcome: { kind: "compliant" } }));
      return world;
    },
  ],
];

async function run(make: () => World, process: DoomedProcess): Promise<World> {
  const world = make();
  await world.request(ws);
  world.doomed.push(process);
  await world.drain();
  return world;
}

describe.each(histories)("where %s", (_what, make) => {
  it.each(["before", "after"] as const)(
    "a process that dies %s any one of its calls loses nothing: the next ends in the same state",
    async (when) => {
      const unharmed = new DoomedProcess(Infinity, when);
      const expected = finalState(await run(make, unharmed));
      expect(expected).toMatchObject({ attached: "contoso", keysOutOfDate: 0, owed: false, requests: [] });
      expect(unharmed.calls).toBeGreaterThan(20);
      for (let at = 0; at < unharmed.calls; at += 1) {
        const process = new DoomedProcess(at, when);
        const world = await run(make, process);
        expect(process.dead).toBe(true);
        expect(finalState(world), `died ${when} call ${at}`).toEqual(expected);
      }
    },
  );
});
