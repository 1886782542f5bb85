import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { giveUp } from "../../src/core/work.ts";
import { aWorld, ws } from "./a-world.ts";
import type { World } from "./world.ts";

const message = { workspaceId: formatId(ws), requestId: "event-1" };

/** A world in which one request was accepted and its message given up. */
async function givenUp(): Promise<World> {
  const world = aWorld();
  await world.stores.inbox.put(ws, { id: "event-1", cause: "event", acceptedAt: 0 });
  expect(await giveUp(message, world.policy, world.ports)).toMatchObject([{ reason: "ProcessingFailed" }]);
  return world;
}

describe("a message that no attempt could process", () => {
  it("makes its workspace blocked, for somebody to see, also in history", async () => {
    const world = await givenUp();
    const { outcome, nextLookAt } = world.memoryOf(ws);
    expect(outcome).toMatchObject({ kind: "blocked", reason: "ProcessingFailed" });
    expect(nextLookAt).toBe(world.clock.now() + world.policy.waits.blockedRecheckMs);
    expect(world.stores.historyOf(ws)).toMatchObject([
      { phase: "ended", done: [], requests: [{ id: "event-1" }], outcome: { reason: "ProcessingFailed" } },
    ]);
    expect(world.writes.sent).toEqual([]);
  });

  it("is looked at again as everything blocked is, which covers the request that was given up", async () => {
    const world = await givenUp();
    await world.drain();
    expect(world.outcomeOf(ws)).toEqual({ kind: "compliant" });
    expect(world.writesOf(ws).toSorted()).toEqual(["attach", "grant", "sync"]);
    expect(world.stores.openRequestsOf(ws)).toEqual([]);
  });

  it("is news once, however often that happens", async () => {
    const world = await givenUp();
    await world.stores.inbox.put(ws, { id: "event-2", cause: "event", acceptedAt: 0 });
    expect(await giveUp({ ...message, requestId: "event-2" }, world.policy, world.ports)).toEqual([]);
  });

  it("keeps what is remembered otherwise", async () => {
    const world = aWorld();
    await world.request(ws);
    await world.drain();
    const { synced, conditions } = world.memoryOf(ws);
    await world.stores.inbox.put(ws, { id: "event-1", cause: "event", acceptedAt: 0 });
    await giveUp(message, world.policy, world.ports);
    expect(world.memoryOf(ws)).toMatchObject({ synced, conditions, outcome: { reason: "ProcessingFailed" } });
  });

  it("leaves a workspace to whoever is at work on it, and has it looked at later", async () => {
    const world = aWorld();
    await world.stores.inbox.put(ws, { id: "event-1", cause: "event", acceptedAt: 0 });
    const lease = await world.ports.leases.acquire(ws);
    expect(await giveUp(message, world.policy, world.ports)).toBeUndefined();
    expect(world.stores.memoryOf(ws)).toBeUndefined();
    expect(world.stores.messages).toHaveLength(1);
    await lease?.release();
  });

  it("answers whoever asked by hand, and keeps what events told", async () => {
    const world = aWorld();
    await world.stores.inbox.put(ws, { id: "http-1", cause: "http", acceptedAt: 0 });
    await world.stores.inbox.put(ws, { id: "event-1", cause: "event", acceptedAt: 0 });
    await giveUp(message, world.policy, world.ports);
    expect(world.stores.openRequestsOf(ws).map(({ id }) => id)).toEqual(["event-1", "look-after-failure"]);
  });

  it("that was covered meanwhile changes nothing", async () => {
    const world = aWorld();
    await world.request(ws);
    await world.drain();
    expect(await giveUp(message, world.policy, world.ports)).toBeUndefined();
    expect(world.outcomeOf(ws)).toEqual({ kind: "compliant" });
    expect(world.stores.messages).toEqual([]);
  });

  it("is looked at again also where storage failed in between", async () => {
    const world = aWorld();
    await world.stores.inbox.put(ws, { id: "event-1", cause: "event", acceptedAt: 0 });
    const away = (): Promise<never> => Promise.reject(new Error("Storage is away."));
    for (const ports of [
      { ...world.ports, queue: { send: away } },
      { ...world.ports, inbox: { ...world.ports.inbox, put: away } },
    ])
      await expect(giveUp(message, world.policy, ports)).rejects.toThrow("Storage is away.");
    await giveUp(message, world.policy, world.ports);
    expect(world.stores.messages.length).toBeGreaterThan(0);
    await world.drain();
    expect(world.outcomeOf(ws)).toEqual({ kind: "compliant" });
  });

  it("leaves one message however many are given up, and however often the look after them is given up too", async () => {
    const world = await givenUp();
    await world.stores.inbox.put(ws, { id: "event-2", cause: "event", acceptedAt: 0 });
    await giveUp({ ...message, requestId: "event-2" }, world.policy, world.ports);
    expect(world.stores.messages).toHaveLength(1);
    for (let day = 0; day < 5; day += 1) {
      const [look] = world.stores.messages.splice(0);
      if (look !== undefined) await giveUp(look.message, world.policy, world.ports);
      expect(world.stores.messages).toHaveLength(1);
    }
  });
});
