import { describe, expect, it } from "vitest";
import type { Policy } from "../../src/core/policy.ts";
import { aWorld, simulated, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { once } from "./reconciling.ts";
import { contoso } from "./samples.ts";
import type { World } from "./world.ts";

const kinds = (world: World): readonly string[] => world.writes.sent.map(({ kind }) => kind);

/** A world in which we granted the workspace's identity the right to pull. */
async function grantedWorld(policy: Partial<Policy> = { prune: true }): Promise<World> {
  const world = aWorld({}, policy);
  await once(world);
  world.writes.sent.length = 0;
  return world;
}

function makeAnew({ azure }: World): void {
  const system = { principalId: principalId(2), appearsAt: -Infinity, knownAt: -Infinity };
  azure.workspaces.splice(0, 1, simulated({ system, attachments: [{ registry: contoso, at: -Infinity }] }));
}

describe("a grant of ours whose identity is gone", () => {
  it("is removed once reads have caught up, when the workspace got another identity", async () => {
    const world = await grantedWorld();
    makeAnew(world);
    const { nextLookAt } = await once(world);
    expect(kinds(world)).toEqual(["grant", "sync"]);
    world.clock.advance((nextLookAt ?? Infinity) - world.clock.now());
    expect((await once(world)).grants).toMatchObject([{ principalId: principalId(2) }]);
    expect(kinds(world)).toEqual(["grant", "sync", "prune"]);
    expect(world.azure.assignments.map((one) => one.principalId)).toEqual([principalId(2)]);
  });

  it("is removed when the workspace was seen gone twice, and then nothing is remembered", async () => {
    const world = await grantedWorld();
    world.azure.workspaces.splice(0);
    await once(world);
    expect(kinds(world)).toEqual([]);
    world.clock.advance(10 * world.policy.waits.staleReadMs);
    const memory = await once(world);
    expect(memory).toMatchObject({ outcome: { kind: "gone" } });
    expect(memory.grants).toBeUndefined();
    expect(kinds(world)).toEqual(["prune"]);
    expect(world.azure.assignments).toEqual([]);
  });

  it("that we may not remove is told of with a warning, and tried again an hour later and when asked by hand", async () => {
    const world = await grantedWorld();
    world.azure.denied.add("prune");
    makeAnew(world);
    await once(world);
    world.clock.advance(2 * world.policy.waits.staleReadMs);
    const memory = await once(world);
    expect(memory.outcome?.kind).toMatch(/compliant|remediated/);
    expect(memory.warnings).toMatchObject([{ reason: "CannotPrune", message: "Our identity may not prune." }]);
    const prunes = (): number => kinds(world).filter((kind) => kind === "prune").length;
    expect(prunes()).toBe(1);

    world.clock.advance(world.policy.waits.pruneMs / 2);
    const next = await once(world);
    expect(next.outcome).toEqual({ kind: "compliant" });
    expect(prunes()).toBe(1);
    const { nextLookAt = 0 } = next;
    expect(nextLookAt - world.clock.now()).toBeGreaterThan(0.7 * (world.policy.waits.pruneMs / 2));

    world.clock.advance(world.policy.waits.pruneMs);
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
    expect(prunes()).toBe(2);
    world.azure.denied.clear();
    const asked = [{ id: "h", cause: "http", acceptedAt: world.clock.now() }] as const;
    const mended = await once(world, undefined, asked);
    expect(prunes()).toBe(3);
    expect(mended.warnings).toEqual([]);
    expect(mended.grants).toMatchObject([{ principalId: principalId(2) }]);
  });

  it("is left alone where the policy does not say so", async () => {
    const world = await grantedWorld({});
    makeAnew(world);
    await once(world);
    world.clock.advance(3_600_000);
    await once(world);
    world.azure.workspaces.splice(0);
    await once(world);
    world.clock.advance(3_600_000);
    await once(world);
    expect(kinds(world)).not.toContain("prune");
  });

  it("is left alone while the workspace is opted out, or attached where the policy does not allow", async () => {
    const world = await grantedWorld();
    world.azure.workspaces.splice(0, 1, simulated({ tags: { "acr-remediation": "skip" } }));
    await once(world);
    world.clock.advance(3_600_000);
    await once(world);
    expect(kinds(world)).toEqual([]);
  });

  it("is left alone when it was somebody else's", async () => {
    const world = aWorld({}, { prune: true });
    const theirs = {
      registry: contoso,
      role: "AcrPull",
      through: "itself",
      conditional: false,
      at: -Infinity,
    } as const;
    world.azure.assignments.push({ ...theirs, principalId: principalId(1) });
    await once(world);
    makeAnew(world);
    await once(world);
    world.clock.advance(3_600_000);
    await once(world);
    expect(kinds(world)).not.toContain("prune");
    expect(world.memoryOf(ws).grants).toMatchObject([{ principalId: principalId(2) }]);
  });
});
