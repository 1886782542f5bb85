import { describe, expect, it } from "vitest";
import type { Failure } from "../../src/core/failure.ts";
import { defaultWaits } from "../../src/core/policy.ts";
import { work } from "../../src/core/work.ts";
import { aSettledWorld, ws } from "./a-world.ts";
import type { World } from "./world.ts";

describe("what an event asks for that tells of something kept in caches, and not shown yet", () => {
  /** When the registry is read, look after look until none is left, and how fresh it has to be; from when the event came, in milliseconds. */
  async function registryReads(firstAnswer?: Failure): Promise<readonly { at: number; freshAfter: number }[]> {
    const world = await aSettledWorld();
    const read: { at: number; freshAfter: number }[] = [];
    world.clock.advance(60_000);
    const start = world.clock.now();
    const reads: World["ports"]["reads"] = {
      ...world.ports.reads,
      registry: (id, freshAfter, signal) => {
        read.push({ at: world.clock.now() - start, freshAfter: freshAfter - start });
        return world.azure.reads.registry(id, freshAfter, signal);
      },
    };
    if (firstAnswer !== undefined) world.azure.faults.push({ failure: firstAnswer, when: "before" });
    await world.request(ws, "event", { fresh: true, confirm: true });
    for (let [next] = world.stores.messages; next !== undefined; [next] = world.stores.messages) {
      world.stores.messages.shift();
      world.clock.advanceTo(next.dueAt);
      await work(next.message, world.policy, { ...world.ports, reads });
    }
    return read;
  }

  it("is a fresh look, and another once reads have caught up, which takes nothing that was read before it", async () => {
    const [first, confirming, ...more] = await registryReads();
    expect(first).toEqual({ at: 0, freshAfter: 0 });
    expect(confirming?.at).toBeGreaterThanOrEqual(defaultWaits.staleReadMs);
    expect(confirming?.freshAfter).toBe(confirming?.at);
    expect(more).toEqual([]);
  });

  it("is done by the look after one that could not look", async () => {
    const [first, confirming, ...more] = await registryReads({
      kind: "throttled",
      message: "429",
      retryAfterMs: 20_000,
    });
    expect(first?.freshAfter).toBeGreaterThan(0);
    expect(confirming?.at).toBeGreaterThanOrEqual((first?.at ?? 0) + defaultWaits.staleReadMs);
    expect(confirming?.freshAfter).toBe(confirming?.at);
    expect(more).toEqual([]);
  });
});
