import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameText } from "../../src/core/arm-id.ts";
import { buildWorld, idOf, quietAt } from "./build-world.ts";
import { scenarios } from "./generators.ts";
import { foreign } from "./ids.ts";
import { endOf, offence, possibleEnds } from "./oracle.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

const hour = 3_600_000;

/** Asks for a look at every workspace, as a sweep does, and works until nobody waits for anything. */
async function round(world: World, spec: Scenario, casing = 0): Promise<void> {
  const ids = spec.workspaces.map((_, index) => idOf(spec, index, casing && casing + index));
  for (const id of ids) await world.request(id);
  await world.settle(ids);
}

/** Works from the beginning until long after the last thing that happens in Azure of its own. */
async function live(spec: Scenario, casing = 0): Promise<World> {
  const world = buildWorld(spec, casing);
  const quiet = quietAt(spec, world);
  await round(world, spec, casing);
  // Twice, because a project follows its hub.
  for (const at of [quiet, quiet + hour]) {
    world.clock.advanceTo(at);
    await round(world, spec, casing);
  }
  return world;
}

/** The writes that Azure carried out. */
function effects(world: World): string[] {
  return world.writes.sent
    .filter(({ endedAt }) => endedAt !== undefined)
    .map(({ kind, workspace, registry, principalId }) =>
      [kind, workspace.name, registry?.name, principalId].filter(Boolean).join(" ").toLowerCase(),
    );
}

/** The same, with imports by registry alone: which of the workspaces that share a registry gets it an image is a matter of who comes first. */
function effectsByImport(world: World): { readonly others: string[]; readonly imports: string[] } {
  const isImport = (effect: string): boolean => effect.startsWith("import ");
  const all = effects(world);
  const imports = all.filter(isImport).map((effect) => effect.split(" ").at(-1) ?? "");
  return { others: all.filter((effect) => !isImport(effect)), imports: imports.toSorted() };
}

/** No more trouble. */
function calm(world: World): void {
  world.writes.sent.length = 0;
  world.azure.faults.length = 0;
  world.writes.courses.length = 0;
  world.doomed.length = 0;
  world.clock.advance(hour);
}

function endsOf(world: World, spec: Scenario): string[] {
  return spec.workspaces.map((_, index) => endOf(world.outcomeOf(idOf(spec, index))));
}

describe("from any world, working until nobody waits any more", { timeout: 120_000 }, () => {
  it("ends each workspace as it should, writes only what may be written, and then nothing more", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(), async (spec) => {
        const world = await live(spec);
        expect(world.writes.sent.map((write) => offence(spec, write)).filter((what) => what !== undefined)).toEqual([]);
        endsOf(world, spec).forEach((end, index) => {
          expect(possibleEnds(spec, index, world), `${idOf(spec, index).name} ended ${end}`).toContain(end);
          if (end === "compliant") expect(world.memoryOf(idOf(spec, index)).syncOwed).toBe(false);
        });

        calm(world);
        await round(world, spec);
        expect(effects(world)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("with nothing remembered syncs keys once more where a first sync is wanted, and does nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(), async (spec) => {
        const world = await live(spec);
        const syncsOf = (...wanted: readonly string[]): string[] =>
          endsOf(world, spec).flatMap((end, index) => (wanted.includes(end) ? [`sync ws${index}`] : []));
        const right = syncsOf("compliant");
        // A refused grant does not keep keys from being synced.
        const refused = syncsOf(
          "blocked: MissingPermission",
          "blocked: PrincipalNeverKnown",
          "blocked: ConditionalGrant",
        );
        world.forgetEverything();
        calm(world);
        await round(world, spec);
        const wanted = spec.mode === "enforce" && spec.firstSight === "sync" && !world.azure.denied.has("sync");
        const done = effects(world).toSorted();
        expect(done.filter((effect) => !wanted || !refused.includes(effect))).toEqual(wanted ? right : []);
        expect(new Set(done).size).toBe(done.length);
      }),
      { numRuns: 40 },
    );
  });

  it("writes nothing in a subscription that is not in the policy, whatever a message says", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(["foreign", "home"]), async (spec) => {
        const world = await live(spec);
        expect(world.writes.sent.filter(({ workspace }) => sameText(workspace.subscriptionId, foreign))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it("does the same whatever casing ids are written in, be it another one each time", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(), fc.integer({ min: 1, max: 2 ** 31 }), async (spec, casing) => {
        const [plain, recased] = [await live(spec), await live(spec, casing)];
        expect(endsOf(recased, spec)).toEqual(endsOf(plain, spec));
        expect(effectsByImport(recased)).toEqual(effectsByImport(plain));
      }),
      { numRuns: 20 },
    );
  });
});
