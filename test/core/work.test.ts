import { describe, expect, it } from "vitest";
import { formatId, InvalidIdError } from "../../src/core/arm-id.ts";
import { accept, work } from "../../src/core/work.ts";
import { attached, aSettledWorld, aWorld, ws } from "./a-world.ts";
import { recase } from "./ids.ts";
import { late } from "./reconciling.ts";
import type { World } from "./world.ts";

const failing = (): Promise<never> => Promise.reject(new Error("Storage is away."));

function openRequests(world: World): string[] {
  return world.stores.openRequestsOf(ws).map(({ id }) => id);
}

describe("accepting a request", () => {
  it("puts it into the inbox before its message is sent", async () => {
    const world = aWorld();
    const request = { id: "r", cause: "http", acceptedAt: 1 } as const;
    const queue = { send: failing };
    await expect(accept(ws, request, { ...world.ports, queue })).rejects.toThrow("Storage is away.");
    expect(openRequests(world)).toEqual(["r"]);
  });

  it("sends no message for what could not be put into the inbox", async () => {
    const world = aWorld();
    const inbox = { ...world.ports.inbox, put: failing };
    const request = { id: "r", cause: "http", acceptedAt: 1 } as const;
    await expect(accept(ws, request, { ...world.ports, inbox })).rejects.toThrow("Storage is away.");
    expect(world.stores.messages).toEqual([]);
  });
});

describe("a message", () => {
  it("leads to a reconcile, and its request is gone from the inbox", async () => {
    const world = aWorld();
    await world.request(ws);
    expect(await world.step()).toMatchObject({ kind: "reconciled", outcome: { kind: "remediated" } });
    expect(openRequests(world)).toEqual(["look-2"]);
    expect(world.stores.leases.holder(ws)).toBeUndefined();
  });

  it("whose request was part of an earlier reconcile reads nothing of Azure", async () => {
    const world = aWorld();
    for (let burst = 0; burst < 5; burst += 1) await world.request(ws);
    const kinds: unknown[] = [];
    for (let messages = 0; messages < 5; messages += 1) {
      const done = await world.step();
      kinds.push(typeof done === "object" && done.kind);
    }
    expect(kinds).toEqual(["reconciled", "covered", "covered", "covered", "covered"]);
    expect(world.azure.calls.filter((call) => call === "workspace")).toHaveLength(2); // the look and the one after it
  });

  it("in any casing of the id finds the same inbox, lease and memory", async () => {
    const world = aWorld();
    await world.request(ws);
    const [sent] = world.stores.messages.splice(0);
    const message = { workspaceId: recase(formatId(ws), 3), requestId: sent?.message.requestId ?? "" };
    expect(await work(message, world.policy, world.ports)).toMatchObject({ kind: "reconciled" });
    expect(world.outcomeOf(ws).kind).toBe("remediated");
  });

  it("that names no workspace is refused, and changes nothing", async () => {
    const world = aWorld();
    const message = { workspaceId: "/subscriptions/x", requestId: "r" };
    await expect(work(message, world.policy, world.ports)).rejects.toThrow(InvalidIdError);
    expect(world.azure.calls).toEqual([]);
  });

  it("that meets a held lease comes back five seconds later, and its request stays", async () => {
    const world = aWorld();
    await world.stores.leases.acquire(ws);
    await world.request(ws);
    expect(await world.step()).toEqual({ kind: "postponed", reason: "leaseHeld" });
    expect(world.stores.messages).toMatchObject([{ dueAt: world.clock.now() + 5_000 }]);
    expect(openRequests(world)).toEqual(["event-1"]);
    expect(world.azure.calls).toEqual([]);
  });

  it("that comes less than ten seconds after a reconcile began waits for the rest of them", async () => {
    const world = await aSettledWorld();
    const begun = world.memoryOf(ws).startedAt ?? NaN;
    await world.request(ws);
    world.clock.advanceTo(begun + 4_000);
    expect(await world.step()).toEqual({ kind: "postponed", reason: "tooSoon" });
    expect(world.stores.messages.map(({ dueAt }) => dueAt)).toEqual([begun + 10_000]);
    expect(world.stores.leases.holder(ws)).toBeUndefined();
    expect(await world.step()).toMatchObject({ kind: "reconciled", outcome: { kind: "compliant" } });
  });

  it("counts the distance between starts also for a reconcile that died", async () => {
    const world = aWorld();
    await world.request(ws);
    const broken = { ...world.ports, inbox: { ...world.ports.inbox, list: failing } };
    const [sent] = world.stores.messages;
    await expect(work(sent?.message ?? never(), world.policy, broken)).rejects.toThrow("Storage is away.");
    expect(world.memoryOf(ws).startedAt).toBe(world.clock.now());
    expect(await world.step()).toEqual({ kind: "postponed", reason: "tooSoon" });
  });

  it("that loses its lease comes back; nothing is remembered of the outcome, and its request stays", async () => {
    const world = aWorld();
    await world.request(ws);
    world.writes.onSent = ({ kind }) => {
      if (kind === "grant") world.stores.leases.holder(ws)?.lose();
    };
    expect(await world.step()).toEqual({ kind: "postponed", reason: "leaseLost" });
    expect(world.memoryOf(ws).outcome).toBeUndefined();
    expect(world.memoryOf(ws).syncOwed).toBe(true);
    expect(openRequests(world)).toEqual(["event-1"]);
    world.writes.onSent = () => undefined;
    await world.drain();
    expect(world.outcomeOf(ws).kind).toBe("compliant");
    expect(world.writesOf(ws).at(-1)).toBe("sync");
  });

  it("that loses its lease while it only reads remembers no outcome either", async () => {
    const world = aWorld();
    await world.request(ws);
    world.azure.onCall = () => world.stores.leases.holder(ws)?.lose();
    world.policy = { ...world.policy, mode: "audit" };
    expect(await world.step()).toEqual({ kind: "postponed", reason: "leaseLost" });
    expect(world.memoryOf(ws).outcome).toBeUndefined();
    expect(openRequests(world)).toEqual(["event-1"]);
  });
});

describe("a request that arrives while its workspace is looked at", () => {
  it("is not removed with the others, and is looked at by itself", async () => {
    const world = aWorld();
    await world.request(ws);
    let arrived: Promise<void> | undefined;
    world.azure.onCall = () => {
      arrived ??= world.request(ws, "http");
    };
    await world.step();
    await arrived;
    expect(openRequests(world)).toContain("http-3");
    const started = world.memoryOf(ws).startedAt;
    await world.drain();
    expect(openRequests(world)).toEqual([]);
    expect(world.memoryOf(ws).startedAt).toBeGreaterThan(started ?? NaN);
  });
});

describe("the next look", () => {
  it("is scheduled once, for the time that is remembered", async () => {
    const world = aWorld({ ...late, ...attached });
    await world.request(ws);
    await world.step();
    expect(world.stores.messages.map(({ dueAt }) => dueAt)).toEqual([world.memoryOf(ws).nextLookAt]);
    expect(world.stores.openRequestsOf(ws)).toMatchObject([{ cause: "scheduled" }]);
  });

  it("stays a single one when others ask in between", async () => {
    const world = aWorld({ ...late, ...attached });
    for (let requests = 0; requests < 4; requests += 1) {
      await world.request(ws);
      world.clock.advance(11_000);
      while (world.stores.openRequestsOf(ws).some(({ cause }) => cause !== "scheduled")) await world.step();
      expect(world.stores.openRequestsOf(ws)).toHaveLength(1);
    }
  });

  it("is not scheduled for what needs none", async () => {
    const world = aWorld({ tags: { "acr-remediation": "skip" } });
    await world.request(ws);
    await world.step();
    expect(world.outcomeOf(ws).kind).toBe("exempt");
    expect(world.stores.messages).toEqual([]);
    expect(openRequests(world)).toEqual([]);
  });

  it("is not for the past", async () => {
    const world = aWorld();
    const soon = { kind: "throttled", message: "429", retryAfterMs: 0 } as const;
    world.azure.faults.push({ failure: soon, when: "before" });
    await world.request(ws);
    await world.step();
    expect(world.stores.messages).toHaveLength(1);
    expect(world.stores.messages[0]?.dueAt).toBeGreaterThanOrEqual(world.clock.now());
  });
});

describe("a request by hand", () => {
  it("is answered with nothing that was read before it; others may be answered from a cache", async () => {
    const world = aWorld();
    const freshAfter: number[] = [];
    const reads: World["ports"]["reads"] = {
      ...world.ports.reads,
      registry: (id, fresh, signal) => {
        freshAfter.push(fresh);
        return world.azure.reads.registry(id, fresh, signal);
      },
    };
    const step = async () => {
      const [sent] = world.stores.messages.splice(0);
      world.clock.advance(60_000);
      await work(sent?.message ?? never(), world.policy, { ...world.ports, reads });
      return freshAfter.splice(0)[0];
    };
    await world.request(ws, "event");
    expect(await step()).toBe(0);
    world.stores.messages.length = 0;
    const asked = world.clock.now();
    await world.request(ws, "http");
    await world.request(ws, "event");
    expect(await step()).toBe(asked);
  });
});

describe("what a store throws", () => {
  it.each(["load", "save"] as const)("memory.%s: is thrown, so that the message is delivered again", async (name) => {
    const world = aWorld();
    await world.request(ws);
    const ports = { ...world.ports, memory: { ...world.ports.memory, [name]: failing } };
    const [sent] = world.stores.messages;
    await expect(work(sent?.message ?? never(), world.policy, ports)).rejects.toThrow("Storage is away.");
    expect(openRequests(world)).toEqual(["event-1"]);
    expect(world.writes.sent).toEqual([]);
    expect(world.stores.leases.holder(ws)).toBeUndefined();
  });

  it.each(["has", "list", "remove"] as const)("inbox.%s: is thrown, and the request stays", async (name) => {
    const world = aWorld();
    await world.request(ws);
    const ports = { ...world.ports, inbox: { ...world.ports.inbox, [name]: failing } };
    const [sent] = world.stores.messages;
    await expect(work(sent?.message ?? never(), world.policy, ports)).rejects.toThrow("Storage is away.");
    expect(openRequests(world)).toContain("event-1");
  });

  it("history.append: is thrown before anything is written", async () => {
    const world = aWorld();
    await world.request(ws);
    const [sent] = world.stores.messages;
    const ports = { ...world.ports, history: { append: failing } };
    await expect(work(sent?.message ?? never(), world.policy, ports)).rejects.toThrow("Storage is away.");
    expect(world.writes.sent).toEqual([]);
    expect(world.memoryOf(ws).syncOwed).toBe(true);
  });

  it("when an accepted operation cannot be remembered: is thrown, and no sync is lost", async () => {
    const world = aWorld();
    await world.request(ws);
    world.writes.courses.push({ ms: 15_000 });
    const save: World["ports"]["memory"]["save"] = (id, memory) =>
      memory.operation === undefined ? world.stores.memory.save(id, memory) : failing();
    const [sent] = world.stores.messages;
    const ports = { ...world.ports, memory: { ...world.stores.memory, save } };
    await expect(work(sent?.message ?? never(), world.policy, ports)).rejects.toThrow("Storage is away.");
    await world.drain();
    expect(world.outcomeOf(ws).kind).toBe("compliant");
    expect(world.writes.staleKeys.size).toBe(0);
  });
});

function never(): never {
  throw new Error("There is no message.");
}

describe("the news of a look", () => {
  const newsIn = (done: unknown): unknown[] =>
    typeof done === "object" && done !== null && "news" in done
      ? (done.news as { kind: string }[]).map(({ kind }) => kind)
      : [];

  it("are that a workspace was put right, and nothing while it stays so", async () => {
    const world = aWorld();
    await world.request(ws);
    expect(newsIn(await world.step())).toEqual(["WorkspaceRemediated"]);
    await world.request(ws);
    expect(newsIn(await world.step())).toEqual([]);
  });

  it("are told once of what stays blocked, also when Azure is busy in between", async () => {
    const world = aWorld({}, { mode: "audit" });
    const look = async (): Promise<unknown> => {
      await world.request(ws);
      for (;;) {
        const done = await world.step();
        if (typeof done !== "object" || done.kind !== "postponed") return done;
      }
    };
    expect(newsIn(await look())).toEqual(["DriftFound"]);
    world.azure.faults.push({ failure: { kind: "throttled", message: "later" }, when: "before" });
    expect(await look()).toMatchObject({ outcome: { kind: "waiting" }, news: [] });
    expect(world.memoryOf(ws)).toMatchObject({ blockedAs: "AuditMode" });
    expect(await look()).toMatchObject({ outcome: { kind: "blocked" }, news: [] });
    expect(world.memoryOf(ws).blockedAs).toBeUndefined();
  });
});
