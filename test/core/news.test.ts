import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noMemory, type Memory } from "../../src/core/memory.ts";
import { newsOf, standingReason } from "../../src/core/news.ts";
import type { BlockedReason, Outcome, Warning } from "../../src/core/outcome.ts";

const workspaceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
const blocked = (reason: BlockedReason): Outcome => ({ kind: "blocked", reason, message: "no", retryAt: 1 });
const waiting: Outcome = { kind: "waiting", reason: "Throttled", message: "later", retryAt: 1 };
const remediated: Outcome = { kind: "remediated", done: ["attach contosoml"] };
const adminUser: Warning = { reason: "AdminUserInUse", message: "a shared secret" };

function memory(outcome: Outcome | undefined, more: Partial<Memory> = {}): Memory {
  return { ...noMemory(workspaceId), outcomeAt: 7, ...(outcome === undefined ? {} : { outcome }), ...more };
}

/** What is remembered after each of these looks, as `work` does, and the news of each. */
function course(outcomes: readonly Outcome[]): string[][] {
  let before: Memory | undefined;
  return outcomes.map((outcome, look) => {
    const after = memory(outcome, outcome.kind === "waiting" ? { blockedAs: standingReason(before) } : {});
    const news = newsOf(before, after, String(look));
    before = after;
    return news.map(({ kind }) => kind);
  });
}

describe("it is news", () => {
  it.each<[BlockedReason, string]>([
    ["MissingPermission", "WorkspaceBlocked"],
    ["ProcessingFailed", "WorkspaceBlocked"],
    ["Contested", "WorkspaceContested"],
    ["AuditMode", "DriftFound"],
  ])("that a workspace becomes blocked for %s: %s", (reason, kind) => {
    const done = { done: ["attach contosoml"], doneBefore: 2 };
    for (const before of [undefined, memory(undefined), memory({ kind: "compliant" }), memory(waiting)])
      expect(newsOf(before, memory(blocked(reason), done), "r")).toEqual([
        { kind, workspaceId, at: 7, reconcileId: "r", outcome: "blocked", reason, message: "no", ...done },
      ]);
  });

  it("that it is blocked for another reason than before", () => {
    expect(course([blocked("MissingPermission"), blocked("ScopeLocked")])).toEqual([
      ["WorkspaceBlocked"],
      ["WorkspaceBlocked"],
    ]);
  });

  it("that it was remediated, each time", () => {
    expect(newsOf(memory(remediated), memory(remediated), "r")).toEqual([
      {
        kind: "WorkspaceRemediated",
        workspaceId,
        at: 7,
        reconcileId: "r",
        outcome: "remediated",
        message: "The workspace was put right: attach contosoml.",
        done: ["attach contosoml"],
      },
    ]);
  });

  it("that it begins to use the admin user, also where it was remediated by that", () => {
    const kinds = (before: readonly Warning[], after: readonly Warning[], outcome: Outcome): unknown[] =>
      newsOf(memory(undefined, { warnings: before }), memory(outcome, { warnings: after }), "r").map(
        ({ kind, message }) => [kind, message],
      );
    expect(kinds([], [adminUser], { kind: "compliant" })).toEqual([["AdminUserInUse", "a shared secret"]]);
    expect(kinds([], [adminUser], remediated)).toEqual([
      ["WorkspaceRemediated", "The workspace was put right: attach contosoml."],
      ["AdminUserInUse", "a shared secret"],
    ]);
    expect(kinds([adminUser], [adminUser], { kind: "compliant" })).toEqual([]);
    expect(kinds([adminUser], [], { kind: "compliant" })).toEqual([]);
  });
});

describe("it is no news", () => {
  it.each<Outcome>([
    { kind: "compliant" },
    waiting,
    { kind: "gone" },
    { kind: "exempt", reason: "OptOutTag", message: "" },
  ])("that a workspace is $kind", (outcome) => {
    expect(newsOf(undefined, memory(outcome), "r")).toEqual([]);
    expect(newsOf(memory(blocked("ScopeLocked")), memory(outcome), "r")).toEqual([]);
  });

  it("that it is still blocked, whatever it waited for in between", () => {
    expect(course([blocked("ScopeLocked"), waiting, waiting, blocked("ScopeLocked"), blocked("ScopeLocked")])).toEqual([
      ["WorkspaceBlocked"],
      [],
      [],
      [],
      [],
    ]);
  });

  it("that nothing is known of it yet", () => {
    expect(newsOf(undefined, memory(undefined), "r")).toEqual([]);
  });
});

describe("over any course of looks", () => {
  const outcome = fc.constantFrom<Outcome>(
    { kind: "compliant" },
    remediated,
    waiting,
    { kind: "exempt", reason: "OptOutTag", message: "" },
    { kind: "gone" },
    blocked("AuditMode"),
    blocked("Contested"),
    blocked("ScopeLocked"),
  );

  it("each trouble is told once, when it begins, and each remediation", () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 30 }), (outcomes) => {
        const told = course(outcomes);
        const known = outcomes.map((one, look) => ({ one, look })).filter(({ one }) => one.kind !== "waiting");
        for (const [place, { one, look }] of known.entries()) {
          const before = known[place - 1]?.one;
          const isSame = before?.kind === "blocked" && one.kind === "blocked" && before.reason === one.reason;
          const isNews = one.kind === "remediated" || (one.kind === "blocked" && !isSame);
          expect(told[look]).toHaveLength(isNews ? 1 : 0);
        }
        for (const [look, one] of outcomes.entries()) if (one.kind === "waiting") expect(told[look]).toEqual([]);
      }),
    );
  });
});
