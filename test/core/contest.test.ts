import { describe, expect, it } from "vitest";
import { standing, withRound } from "../../src/core/contest.ts";
import type { Contest } from "../../src/core/memory.ts";
import { defaultWaits } from "../../src/core/policy.ts";
import { aSettledWorld, aWorld, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { grant, once, onceAfter } from "./reconciling.ts";
import { policyOf } from "./samples.ts";
import type { World } from "./world.ts";

const hour = 3_600_000;
const day = defaultWaits.contestMs;
const undo = (world: World): void => void world.azure.assignments.splice(0);
const byTerraform = {
  evidence: { operation: "Microsoft.Authorization/roleAssignments/delete", actor: "terraform (1234)" },
};

/** A world in which the grant was taken away and made again so often that it is contested now. */
async function contested(rounds = 5): Promise<World> {
  const world = await aSettledWorld({ contestRounds: rounds });
  // The grant of the first remediation was the first round.
  for (let round = 1; round < rounds; round += 1) {
    world.clock.advance(hour);
    undo(world);
    await onceAfter(world, { ...byTerraform, changedAt: world.clock.now() });
    expect(world.outcomeOf(ws)).toEqual({ kind: "remediated", done: [grant] });
  }
  world.clock.advance(hour);
  undo(world);
  world.writes.sent.length = 0;
  return world;
}

describe("a repair that somebody keeps undoing", () => {
  it("is left to people after so many rounds within a day, with who undid it", async () => {
    const world = await contested();
    const { outcome } = await onceAfter(world, { ...byTerraform, changedAt: world.clock.now() });
    expect(outcome).toMatchObject({ kind: "blocked", reason: "Contested" });
    expect(outcome).toHaveProperty("message", expect.stringContaining(`${grant} (5 times)`));
    expect(outcome).toHaveProperty("message", expect.stringContaining("roleAssignments/delete by terraform (1234)"));
    expect(world.writes.sent).toEqual([]);
  });

  it("says so when no event told who it was", async () => {
    const world = await contested(1);
    expect((await once(world)).outcome).toHaveProperty("message", expect.stringContaining("No event told by whom."));
  });

  it("does not count when it happens now and then", async () => {
    const world = await aSettledWorld();
    for (let round = 0; round < 20; round += 1) {
      world.clock.advance(6 * hour);
      undo(world);
      expect((await once(world)).outcome).toEqual({ kind: "remediated", done: [grant] });
    }
  });

  it("is made again a day after the last change by somebody else", async () => {
    const world = await contested();
    const evidence = { operation: "Microsoft.MachineLearningServices/workspaces/write", actor: "terraform (1234)" };
    await onceAfter(world, { evidence, changedAt: world.clock.now() });
    world.clock.advance(day - hour);
    expect((await onceAfter(world, { evidence, changedAt: world.clock.now() })).outcome).toMatchObject({
      reason: "Contested",
    });
    world.clock.advance(day - hour);
    expect((await once(world)).outcome).toMatchObject({ reason: "Contested" });
    expect(world.writes.sent).toEqual([]);
    world.clock.advance(2 * hour);
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: [grant] });
  });

  it("where no event told of it, is made again a day after it was found undone", async () => {
    const world = await contested();
    await once(world);
    world.clock.advance(day - 1);
    expect((await once(world)).outcome).toMatchObject({ reason: "Contested" });
    world.clock.advance(2);
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: [grant] });
  });

  it.each([
    ["computes that come and go", "Microsoft.MachineLearningServices/workspaces/computes/write"],
    ["roles that are deleted elsewhere", "Microsoft.Authorization/roleAssignments/delete"],
  ])("is not kept off for ever by %s", async (_what, operation) => {
    const world = await contested();
    await once(world);
    world.clock.advance(day - hour);
    const daily = { evidence: { operation, actor: "Ada" }, changedAt: world.clock.now() };
    expect((await onceAfter(world, daily)).outcome).toMatchObject({ reason: "Contested" });
    world.clock.advance(2 * hour);
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: [grant] });
  });

  it("is made again at once when somebody asks by hand", async () => {
    const world = await contested();
    await once(world);
    expect((await onceAfter(world, { cause: "http" })).outcome).toEqual({ kind: "remediated", done: [grant] });
  });

  it("is the same repair for an identity that is made anew each time", async () => {
    const world = await aSettledWorld({ contestRounds: 3 });
    for (let round = 2; round < 9; round += 1) {
      world.clock.advance(hour);
      const [workspace] = world.azure.workspaces.splice(0);
      const system = { principalId: principalId(round), appearsAt: -Infinity, knownAt: -Infinity };
      if (workspace !== undefined) world.azure.workspaces.push({ ...workspace, system });
      await once(world);
    }
    expect(world.outcomeOf(ws)).toMatchObject({ reason: "Contested" });
    expect(world.azure.assignments.length).toBe(3);
  });

  it("that is no longer undone is over at once", async () => {
    const world = await contested();
    await once(world);
    const [workspace] = world.azure.workspaces;
    world.azure.assignments.push({
      principalId: workspace?.system?.principalId ?? "",
      registry: world.policy.defaultRegistry ?? expect.fail(),
      role: "AcrPull",
      through: "itself",
      conditional: false,
      at: -Infinity,
    });
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
  });

  it("does not keep another repair from being made", async () => {
    const world = await contested();
    world.azure.storageKeyTimes = "keys of June";
    const [workspace] = world.azure.workspaces.splice(0);
    if (workspace !== undefined) world.azure.workspaces.push({ ...workspace, applicationInsights: "another" });
    const { outcome } = await once(world);
    expect(world.writesOf(ws)).toEqual(["sync"]);
    expect(outcome).toMatchObject({ kind: "blocked", reason: "Contested" });
  });
});

describe("a repair that reads do not show for a while", () => {
  it("is made again and again, and counts as one", async () => {
    const world = aWorld({}, { contestRounds: 2 });
    world.azure.staleMs = 8 * 60_000;
    await world.request(ws);
    await world.settle([ws]);
    expect(world.writesOf(ws).filter((kind) => kind === "grant").length).toBeGreaterThan(2);
    expect(world.outcomeOf(ws)).toEqual({ kind: "compliant" });
  });
});

describe("an attachment that somebody keeps undoing", () => {
  it("is left to people, and no keys are synced for it", async () => {
    const world = await aSettledWorld({ contestRounds: 2 });
    const detach = (): void => void world.azure.find(ws)?.attachments.splice(0);
    detach();
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated" });
    detach();
    world.writes.sent.length = 0;
    expect((await once(world)).outcome).toMatchObject({ kind: "blocked", reason: "Contested" });
    expect(world.writes.sent).toEqual([]);
  });
});

describe("what stands of a contest", () => {
  const policy = policyOf({ contestRounds: 2 });
  const round = (at: number) => ({ action: "grant", at });

  it("is nothing once nothing happened for a day", () => {
    expect(standing({ rounds: [round(0), round(1)] }, policy, day + 1)).toBeUndefined();
    expect(
      standing(
        {
          rounds: [round(0), round(0)],
          foreign: { at: hour, operation: "Microsoft.MachineLearningServices/workspaces/write" },
        },
        policy,
        day,
      ),
    ).toBeDefined();
    expect(standing(undefined, policy, 0)).toBeUndefined();
  });

  it("is without old rounds of what is not contested, and with those of what is", () => {
    const lone = { action: "attach", at: 0 };
    const contest = { rounds: [lone, round(0), round(day - 1)] };
    expect(standing(contest, policy, day)).toEqual({ rounds: [round(0), round(day - 1)] });
  });
});

describe("computes under ever new names", () => {
  it("neither make what is counted grow nor drive out a repair that is contested", () => {
    let contest: Contest | undefined;
    for (let round = 0; round < 4; round += 1) contest = withRound(contest, grant, round, undefined);
    for (let one = 0; one < 1_000; one += 1)
      contest = withRound(
        contest,
        `grant AcrPull on contoso to the identity of the compute c${one} (p)`,
        10,
        undefined,
      );
    expect(contest?.rounds).toHaveLength(200);
    expect(contest?.rounds.slice(0, 4).map(({ at }) => at)).toEqual([0, 1, 2, 3]);
  });

  it("are each a repair of its own, and none is contested", async () => {
    const world = await aSettledWorld();
    for (let one = 0; one < 30; one += 1) {
      const identity = { systemAssigned: true, systemPrincipalId: principalId(100 + one), userAssigned: [] };
      const child = { of: "compute", name: `c${one}`, provisioningState: "Succeeded", identity } as const;
      world.azure.reads.children = (_workspace, of) => Promise.resolve(of === "compute" ? [child] : []);
      world.clock.advance(60_000);
      const event = { changedAt: world.clock.now(), list: true };
      expect((await onceAfter(world, event)).outcome).toMatchObject({ kind: "remediated" });
    }
  });
});
