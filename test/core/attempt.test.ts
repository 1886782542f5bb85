import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/core/ports.ts";
import { attached, aWorld, ws } from "./a-world.ts";
import { DoomedProcess } from "./crash.ts";
import { all, grant, once, onceAfter } from "./reconciling.ts";
import { principalId } from "./ids.ts";
import { contoso, other } from "./samples.ts";
import type { World } from "./world.ts";

/** What all looks at a workspace together say that they did. */
function told(world: World): readonly string[] {
  return [...new Set(world.stores.historyOf(ws).flatMap(({ done }) => done))].sort();
}

describe("a look that was cut off", () => {
  it.each(["before", "after"] as const)(
    "by a death %s any one of its calls is recognised: all that was done is told of, and the workspace called remediated",
    async (when) => {
      const unharmed = new DoomedProcess(Infinity, when);
      const run = async (process: DoomedProcess): Promise<World> => {
        const world = aWorld();
        await world.request(ws);
        world.doomed.push(process);
        while (world.stores.memoryOf(ws)?.outcome === undefined) await world.step();
        return world;
      };
      await run(unharmed);
      for (let at = 0; at < unharmed.calls; at += 1) {
        const world = await run(new DoomedProcess(at, when));
        expect(world.outcomeOf(ws), `died ${when} call ${at}`).toMatchObject({ kind: "remediated" });
        expect(told(world), `died ${when} call ${at}`).toEqual(all.toSorted());
        const { attempted } = world.memoryOf(ws);
        expect(attempted, `died ${when} call ${at}`).toBeUndefined();
      }
    },
  );

  it("leaves both attempts in history", async () => {
    const world = aWorld();
    await world.request(ws);
    let died = false;
    world.writes.onSent = ({ kind }) => {
      if (kind !== "sync" || died) return;
      died = true;
      throw new Error("killed");
    };
    await expect(world.step()).rejects.toThrow("killed");
    world.stores.leases.abandonAll();
    await world.drain();
    const phases = world.stores.historyOf(ws).map(({ phase, reconcileId }) => [phase, reconcileId]);
    expect(phases.slice(0, 3).map(([phase]) => phase)).toEqual(["planned", "planned", "ended"]);
    expect(new Set(phases.slice(0, 3).map(([, id]) => id)).size).toBe(2);
  });
});

describe("a grant whose answer was lost", () => {
  const reads = ["workspace", "registry", "computes", "endpoints", "assignments", "denials", "count"];
  const lost = { failure: { kind: "transient", message: "ECONNRESET" }, when: "after" } as const;

  it("is known again for ours by the next look, is told of and can be pruned", async () => {
    const world = aWorld(attached);
    world.azure.faults.push(...reads.map(() => undefined), lost);
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "Transient" });
    expect(memory.attempted).toMatchObject([{ kind: "GrantPull" }]);
    expect(memory.grants).toBeUndefined();

    const next = await once(world);
    expect(next.outcome).toMatchObject({ kind: "remediated", done: expect.arrayContaining([grant]) as string[] });
    expect(next.grants).toMatchObject([{ of: "workspace", principalId: principalId(1) }]);
    expect(next.attempted).toBeUndefined();
    expect(world.writesOf(ws).filter((kind) => kind === "grant")).toHaveLength(1);
  });

  it("is not taken for ours where somebody else granted the right", async () => {
    const world = aWorld(attached);
    world.azure.faults.push(...reads.map(() => undefined), { ...lost, when: "before" });
    await once(world);
    world.azure.assignments.push({
      principalId: principalId(1),
      registry: contoso,
      role: "Owner",
      through: "itself",
      conditional: false,
      at: -Infinity,
    });
    const next = await once(world);
    expect(next.outcome).toMatchObject({ kind: "remediated", done: ["sync keys"] });
    expect(next.grants).toBeUndefined();
    expect(next.attempted).toBeUndefined();
  });
});

describe("an attachment", () => {
  const write = { operation: "microsoft.machinelearningservices/workspaces/write", actor: "Ada (1)" };

  it("that may have replaced another one is told of, once in history and in the condition for a day", async () => {
    const world = aWorld();
    const lookedAt = world.clock.now();
    world.writes.courses.push({ ms: 4_000 });
    await once(world);
    const memory = await onceAfter(world, { changedAt: lookedAt + 1, evidence: write });
    const condition = memory.conditions.find(({ type }) => type === "RegistryAttached");
    expect(condition).toMatchObject({ status: "True", reason: "AttachRaced" });
    expect(condition?.message).toContain("Ada (1) wrote the workspace too");
    expect(world.stores.historyOf(ws).at(-1)?.notes).toEqual([condition?.message]);

    await onceAfter(world, { changedAt: lookedAt + 1, evidence: write });
    expect(world.stores.historyOf(ws).filter(({ notes }) => notes !== undefined)).toHaveLength(1);
    world.clock.advance(world.policy.waits.contestMs + 60_000);
    expect((await once(world)).conditions[0]).toMatchObject({ reason: "Attached" });
  });

  it.each<readonly [string, { readonly changedAt?: number; readonly evidence: Evidence }]>([
    ["before our look", { changedAt: -1, evidence: write }],
    ["long after it", { changedAt: 3_600_000, evidence: write }],
    ["to something else", { changedAt: 1, evidence: { ...write, operation: "Microsoft.Resources/tags/write" } }],
    ["at a time that nobody tells", { evidence: write }],
  ])("is told of as usual where the change came %s", async (_what, { changedAt, evidence }) => {
    const world = aWorld();
    const lookedAt = world.clock.now();
    await once(world);
    world.clock.advance(7_200_000);
    const at = changedAt === undefined ? {} : { changedAt: lookedAt + changedAt };
    const memory = await onceAfter(world, { ...at, evidence });
    expect(memory.conditions[0]).toMatchObject({ reason: "Attached" });
  });

  it("that another one has replaced since is not told of as if it were still there", async () => {
    const world = aWorld({}, { rules: [{ registries: [other] }] });
    const memory = await once(world);
    expect(memory.attachment).toBeUndefined();
  });
});
