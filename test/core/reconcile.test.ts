import { describe, expect, it } from "vitest";
import { examine } from "../../src/core/examine.ts";
import { attached, aSettledWorld, aWorld, ws } from "./a-world.ts";
import { principalId, storageAccount } from "./ids.ts";
import { all, grant, late, once } from "./reconciling.ts";
import { contoso, other, policyOf, workspaceOf } from "./samples.ts";

describe("a workspace that lacks everything", () => {
  it("is remediated, and remembered so", async () => {
    const memory = await once(aWorld());
    expect(memory.outcome).toEqual({ kind: "remediated", done: all });
    expect(memory).toMatchObject({ syncOwed: false, synced: { how: "synced" } });
    expect(memory.conditions.map(({ status }) => status)).toEqual(["True", "True", "True"]);
    expect(memory.seen).toMatchObject({ principals: [{ canPull: true }] });
  });

  it("gets each write once; attaching and granting begin together, and the sync when both have ended", async () => {
    const world = aWorld();
    world.writes.courses.push({ ms: 15_000 });
    await once(world);
    const [attach, granting, sync] = world.writes.sent;
    expect(world.writes.sent.map(({ kind }) => kind)).toEqual(["attach", "grant", "sync"]);
    expect(granting?.sentAt).toBe(attach?.sentAt);
    expect(granting?.sentAt).toBeLessThan(attach?.endedAt ?? NaN);
    expect(sync?.sentAt).toBeGreaterThanOrEqual(Math.max(attach?.endedAt ?? NaN, granting?.endedAt ?? NaN));
  });

  it("is judged by what Azure answered to its changes, and is not read again", async () => {
    const world = aWorld();
    world.writes.attachAnswer = workspaceOf({ containerRegistry: contoso });
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: all });
    expect(world.azure.calls.filter((call) => call === "workspace" || call === "assignments")).toHaveLength(2);
  });

  it("is read back where by those answers it is not all right", async () => {
    const world = aWorld();
    world.writes.attachAnswer = workspaceOf({ containerRegistry: contoso, storageAccount });
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: all });
    expect(world.azure.calls.filter((call) => call === "workspace")).toHaveLength(2);
  });

  it("is known to owe a sync, and history of the attempt, before the first write is sent", async () => {
    const world = aWorld();
    const before: unknown[] = [];
    world.writes.onSent = ({ kind }) => {
      const phases = world.stores.historyOf(ws).map(({ phase }) => phase);
      before.push([kind, world.memoryOf(ws).syncOwed, phases]);
    };
    await once(world);
    expect(before).toEqual([
      ["attach", true, ["planned"]],
      ["grant", true, ["planned"]],
      ["sync", true, ["planned"]],
    ]);
  });

  it("is attached while its identity does not exist; the sync stays owed until it does", async () => {
    const world = aWorld(late);
    const memory = await once(world);
    expect(world.writesOf(ws)).toEqual(["attach"]);
    expect(memory).toMatchObject({ syncOwed: true, outcome: { kind: "waiting", reason: "IdentityNotReady" } });
  });
});

describe("a workspace that is right and remembered", () => {
  it("costs reads only, and no line of history", async () => {
    const world = await aSettledWorld();
    const lines = world.stores.historyOf(ws).length;
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
    expect(world.writes.sent).toEqual([]);
    expect(world.azure.calls).toEqual(["workspace", "registry", "assignments", "denials"]);
    expect(world.stores.historyOf(ws)).toHaveLength(lines);
  });

  it("keeps since when its conditions hold", async () => {
    const world = await aSettledWorld();
    const before = world.memoryOf(ws).conditions;
    world.clock.advance(1e9);
    expect((await once(world)).conditions).toEqual(before);
  });

  it("is granted again when the grant was taken away, without a sync and without owing one", async () => {
    const world = await aSettledWorld();
    world.azure.assignments.length = 0;
    expect(await once(world)).toMatchObject({ syncOwed: false, outcome: { kind: "remediated", done: [grant] } });
    expect(world.writesOf(ws)).toEqual(["grant"]);
  });

  it("is synced again when its storage keys were made anew", async () => {
    const world = aWorld({ storageAccount });
    await once(world);
    world.azure.storageKeyTimes = "keys of June";
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: ["sync keys"] });
  });
});

describe("after a change", () => {
  it("what Azure does not show yet is waited for, not written again at once", async () => {
    const world = aWorld();
    world.azure.staleMs = 60_000;
    const memory = await once(world);
    expect(world.writesOf(ws)).toEqual(["attach", "grant", "sync"]);
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "Transient" });
    expect(memory.outcome).toHaveProperty(
      "message",
      expect.stringContaining("Azure still shows something to do: attach"),
    );
  });

  it("a race that the platform won is noticed, and nothing is granted on its registry", async () => {
    const world = aWorld();
    world.writes.onSent = ({ kind, sentAt }) => {
      if (kind === "sync") world.azure.find(ws)?.attachments.push({ registry: other, at: sentAt });
    };
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
    expect(world.writes.sent.every(({ registry }) => registry === undefined || registry === contoso)).toBe(true);
  });
});

describe("a workspace that Azure, in answer to the attachment, describes", () => {
  it.each([
    ["as exempt", { containerRegistry: contoso, tags: { "acr-remediation": "skip" } }],
    ["as Updating", { containerRegistry: contoso, provisioningState: "Updating" }],
    ["with the registry of somebody who was faster", { containerRegistry: other }],
  ])("%s gets no key sync, which stays owed", async (_what, described) => {
    const world = aWorld();
    const attach = world.writes.attachRegistry.bind(world.writes);
    world.writes.attachRegistry = async (...given) => ({
      ...(await attach(...given)),
      workspace: workspaceOf(described),
    });
    const { syncOwed } = await once(world);
    expect(world.writesOf(ws)).toEqual(["attach", "grant"]);
    expect(syncOwed).toBe(true);
    expect((await once(world)).syncOwed).toBe(false);
    expect(world.writesOf(ws)).toEqual(["attach", "grant", "sync"]);
  });
});

describe("audit mode", () => {
  it("writes nothing, and says what enforcing would do", async () => {
    const world = aWorld({}, { mode: "audit" });
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({
      kind: "blocked",
      reason: "AuditMode",
      message: `Enforcing would ${all.join(", ")}. Nothing was changed, because the mode is audit.`,
    });
    expect(memory).toMatchObject({ syncOwed: false });
    expect(world.writes.sent).toEqual([]);
    expect(world.stores.historyOf(ws).map(({ phase, done }) => [phase, done])).toEqual([["ended", []]]);
  });

  it("calls compliant what lacks nothing but a first sync", async () => {
    const world = aWorld(attached, { mode: "audit" });
    world.azure.assignments.push({
      principalId: principalId(1),
      registry: contoso,
      role: "AcrPull",
      through: "itself",
      conditional: false,
      at: -Infinity,
    });
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
    world.policy = policyOf({ mode: "enforce" });
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: ["sync keys"] });
  });

  it("reports drift also where an identity is waited for", async () => {
    expect((await once(aWorld(late, { mode: "audit" }))).outcome).toMatchObject({ reason: "AuditMode" });
  });
});

describe("a dry run", () => {
  it("is the plan alone: nothing is written, remembered or told to history", async () => {
    const world = aWorld();
    const task = { workspace: ws, memory: undefined, freshAfter: 0, listAfter: 0 };
    const { plan } = await examine(task, world.policy, world.ports, new AbortController().signal);
    expect(plan.actions.map(({ kind }) => kind)).toEqual(["AttachRegistry", "GrantPull", "SyncKeys"]);
    expect(world.writes.sent).toEqual([]);
    expect(world.stores.memoryOf(ws)).toBeUndefined();
    expect(world.stores.historyOf(ws)).toEqual([]);
  });
});

describe("history", () => {
  it("tells of an attempt before and after, who asked, what was planned and done, and how it ended", async () => {
    const world = aWorld();
    world.writes.courses.push({ ms: 10_000 });
    await once(world);
    const requests = [{ id: "r", cause: "event", acceptedAt: 0 }];
    expect(world.stores.historyOf(ws)).toMatchObject([
      { phase: "planned", reconcileId: "one", requests, planned: all, done: [], durationMs: 0 },
      {
        phase: "ended",
        reconcileId: "one",
        requests,
        planned: all,
        outcome: { kind: "remediated" },
        durationMs: 10_000,
      },
    ]);
    expect(world.stores.historyOf(ws)[1]?.done).toEqual(expect.arrayContaining(all));
  });

  it("is written when an outcome changes, and not when a wait goes on", async () => {
    const world = aWorld({ ...late, ...attached });
    await once(world);
    await once(world);
    expect(world.stores.historyOf(ws).map(({ outcome }) => outcome?.kind)).toEqual(["waiting"]);
  });
});
