import { describe, expect, it } from "vitest";
import { AzureFailure, type Failure } from "../../src/core/failure.ts";
import type { Memory } from "../../src/core/memory.ts";
import { attached, aWorld, ws } from "./a-world.ts";
import { once, onceAfter } from "./reconciling.ts";
import { memoryOf } from "./samples.ts";
import { SimulatedLease } from "./stores.ts";
import type { World } from "./world.ts";

describe("an operation", () => {
  it("that still runs is remembered as soon as Azure accepted it, and waited for at Azure's pace", async () => {
    const world = aWorld();
    world.writes.courses.push({ ms: 90_000 });
    const memory = await once(world);
    expect(memory).toMatchObject({ syncOwed: true, operation: { kind: "AttachRegistry" } });
    expect(memory.outcome).toMatchObject({
      kind: "waiting",
      reason: "OperationInProgress",
      retryAt: memory.operation?.pollAt,
    });
    expect(world.writesOf(ws)).toEqual(["attach", "grant"]);
  });

  it("is resumed without a second write, and what comes after it follows", async () => {
    const world = aWorld();
    world.writes.courses.push({ ms: 90_000 }, { ms: 90_000 });
    for (let looks = 0; looks < 20 && world.stores.memoryOf(ws)?.outcome?.kind !== "remediated"; looks += 1) {
      const { nextLookAt } = await once(world);
      world.clock.advanceTo(nextLookAt ?? 0);
    }
    expect(world.writesOf(ws)).toEqual(["attach", "grant", "sync"]);
    const memory = world.memoryOf(ws);
    expect(memory.outcome?.kind).toBe("remediated");
    expect(memory).toMatchObject({ syncOwed: false, synced: { how: "synced" } });
    expect(memory.operation).toBeUndefined();
  });

  it("that fails is told in Azure's words, and forgotten; the sync stays owed", async () => {
    const world = aWorld();
    const message = "The registry is in another tenant.";
    world.writes.courses.push({ ms: 10_000, fails: { kind: "operatorMustAct", message } });
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({ kind: "blocked", reason: "RequestRefused", message });
    expect(memory).toMatchObject({ syncOwed: true, operation: undefined });
  });

  it("that a later look finds failed is forgotten as well", async () => {
    const world = aWorld(attached);
    world.writes.courses.push({ ms: 60_000, fails: { kind: "transient", message: "504" } });
    await once(world);
    world.clock.advance(120_000);
    const memory = await once(world);
    expect(memory).toMatchObject({ syncOwed: true, operation: undefined, outcome: { reason: "Transient" } });
    expect((await once(world)).outcome?.kind).toBe("remediated");
  });

  it("that cannot be asked about is asked about again", async () => {
    const world = aWorld();
    world.writes.courses.push({ ms: 60_000 });
    const { operation } = await once(world);
    world.azure.faults.push({ failure: { kind: "transient", message: "reset" }, when: "before" });
    expect(await once(world)).toMatchObject({
      operation: { state: operation?.state },
      outcome: { kind: "waiting", reason: "Transient" },
    });
  });
});

describe("an attachment", () => {
  const refusals = [
    { kind: "operatorMustAct", blockedReason: "ScopeLocked", message: "The scope is locked." },
    { kind: "operatorMustAct", blockedReason: "DisallowedByPolicy", message: "Disallowed by policy." },
    { kind: "missingPermission", message: "Our identity may not attach.", action: "a", scope: "s" },
  ] as const;
  const after = (world: World, failure: Failure, when: "before" | "after"): void => {
    world.writes.onSent = ({ kind }) => {
      if (kind === "attach") world.azure.faults.push({ failure, when });
    };
  };
  const told = ({ conditions }: Memory) => conditions.find(({ type }) => type === "KeysSynced")?.reason;

  it.each(refusals)(
    "that Azure refuses ($blockedReason) owes no key sync, which it did before it was sent",
    async (failure) => {
      const world = aWorld();
      let owed: boolean | undefined;
      after(world, failure, "before");
      const { onSent } = world.writes;
      world.writes.onSent = (write) => {
        owed ??= world.memoryOf(ws).syncOwed;
        onSent(write);
      };
      expect([(await once(world)).syncOwed, owed]).toEqual([false, true]);
      expect(told(await once(world))).toBe("FirstSight");
      expect(world.writesOf(ws)).not.toContain("sync");
    },
  );

  it("that is refused raced with nobody", async () => {
    const world = aWorld();
    after(world, refusals[0], "before");
    await once(world);
    const evidence = { actor: "jane", operation: "Microsoft.MachineLearningServices/workspaces/write" };
    const { conditions } = await onceAfter(world, { changedAt: world.clock.now(), evidence });
    expect(conditions[0]).toMatchObject({ type: "RegistryAttached", status: "False", reason: "NotAttached" });
  });

  it("that is refused leaves what was owed before", async () => {
    const world = aWorld();
    await world.stores.memory.save(ws, memoryOf({ syncOwed: true }));
    after(world, refusals[0], "before");
    expect(await once(world)).toMatchObject({ syncOwed: true });
  });

  it("of which nobody knows whether it was made owes a key sync, and says no more than that", async () => {
    const world = aWorld();
    after(world, { kind: "transient", message: "reset" }, "after");
    expect(await once(world)).toMatchObject({ syncOwed: true });
    world.writes.onSent = () => undefined;
    expect((await once(world)).outcome?.kind).toBe("remediated");
    expect(world.writesOf(ws)).toContain("sync");
  });

  it("that was accepted, and about which we may not ask, owes a key sync", async () => {
    const world = aWorld();
    const attach = world.writes.attachRegistry.bind(world.writes);
    world.writes.courses.push({ ms: 60_000 });
    world.writes.attachRegistry = async (...given) => {
      await attach(...given);
      throw new AzureFailure(refusals[2]);
    };
    expect(await once(world)).toMatchObject({ syncOwed: true, operation: { kind: "AttachRegistry" } });
  });
});

describe("a failure", () => {
  it.each([
    ["missingPermission", "waiting", "PermissionsYoung"],
    ["throttled", "waiting", "Throttled"],
    ["operatorMustAct", "blocked", "RequestRefused"],
    ["bug", "blocked", "InternalError"],
  ] as const)("of kind %s while looking changes nothing, and is %s: %s", async (kind, end, reason) => {
    const world = aWorld();
    world.azure.faults.push({ failure: { kind, message: "no" }, when: "before" });
    expect((await once(world)).outcome).toMatchObject({ kind: end, reason });
    expect(world.writes.sent).toEqual([]);
  });

  it("of a grant stops neither the attachment nor the sync that comes after both", async () => {
    const world = aWorld();
    world.azure.denied.add("grant");
    const memory = await once(world);
    expect(world.writes.sent.map(({ kind, endedAt }) => [kind, endedAt !== undefined])).toEqual([
      ["attach", true],
      ["grant", false],
      ["sync", true],
    ]);
    expect(memory).toMatchObject({ syncOwed: false, outcome: { kind: "waiting", reason: "PermissionsYoung" } });
  });

  it("that is no failure of Azure is thrown", async () => {
    const world = aWorld();
    world.writes.onSent = () => {
      throw new TypeError("ours");
    };
    await expect(once(world)).rejects.toThrow("ours");
  });
});

describe("a lost lease", () => {
  const lostIn = async (world: World, lease: SimulatedLease): Promise<unknown> =>
    once(world, lease).then(
      () => "no failure",
      (error: unknown) => (error instanceof AzureFailure ? error.failure.kind : error),
    );

  it("stops before anything is written, and is told to whoever called", async () => {
    const world = aWorld();
    const lease = new SimulatedLease(() => undefined);
    lease.lose();
    expect(await lostIn(world, lease)).toBe("leaseLost");
    expect(world.writes.sent).toEqual([]);
  });

  it("between two writes stops the second", async () => {
    const world = aWorld();
    const lease = new SimulatedLease(() => undefined);
    world.writes.courses.push({ ms: 10_000 });
    world.writes.onSent = ({ kind }) => {
      if (kind === "grant") lease.lose();
    };
    expect(await lostIn(world, lease)).toBe("leaseLost");
    expect(world.writesOf(ws)).toEqual(["attach", "grant"]);
  });

  const readsBeforeWrites = ["workspace", "registry", "assignments", "denials", "computes", "endpoints", "count"];

  it("counts more than another failure of the same moment", async () => {
    const world = aWorld();
    const lease = new SimulatedLease(() => undefined);
    const reset = { failure: { kind: "transient", message: "reset" }, when: "before" } as const;
    world.azure.faults.push(...readsBeforeWrites.map(() => undefined), reset);
    world.writes.onSent = ({ kind }) => {
      if (kind === "grant") lease.lose();
    };
    expect(await lostIn(world, lease)).toBe("leaseLost");
  });
});
