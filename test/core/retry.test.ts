import { describe, expect, it } from "vitest";
import type { Failure, FailureKind } from "../../src/core/failure.ts";
import type { Wait } from "../../src/core/memory.ts";
import type { WaitReason } from "../../src/core/outcome.ts";
import { defaultWaits } from "../../src/core/policy.ts";
import { conclude, endingOf, type TimedEnding } from "../../src/core/retry.ts";

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const start = Date.UTC(2026, 0, 15);

interface Look {
  readonly end: TimedEnding;
  /** The wait that goes on. */
  readonly wait?: Omit<Wait, "missed"> | undefined;
  readonly nextLookAt?: number;
  readonly now?: number;
  readonly random?: number;
  readonly done?: readonly string[];
}

function look({ end, wait, nextLookAt, now = start, random = 0.5, done = [] }: Look) {
  const before = { waits: wait === undefined ? [] : [{ ...wait, missed: 0 }], nextLookAt };
  const { waits, ...next } = conclude(end, done, before, defaultWaits, now, () => random);
  const [latest] = waits ?? [];
  return {
    ...next,
    wait: latest && { reason: latest.reason, attempt: latest.attempt, since: latest.since },
  };
}

function waiting(reason: WaitReason, notBefore?: number): TimedEnding {
  return { kind: "waiting", reason, message: "Not yet.", ...(notBefore === undefined ? {} : { notBefore }) };
}

const days = [
  ["IdentityNotReady", "IdentityNeverCreated"],
  ["WorkspaceProvisioning", "ProvisioningNeverEnded"],
  ["RegistryProvisioning", "RegistryFailed"],
  ["HubNotReady", "HubHasNoRegistry"],
  ["PrincipalUnknown", "PrincipalNeverKnown"],
  ["OperationInProgress", "StillFailing"],
  ["FirstSyncPaced", "StillFailing"],
  ["WorkspaceBusy", "StillFailing"],
  ["Throttled", "StillFailing"],
  ["Transient", "StillFailing"],
] as const;

describe("a wait", () => {
  it("backs off: 15 s, 30 s, 1 m, 2 m, 4 m, 8 m, then every 10 m", () => {
    const delays: number[] = [];
    let now = start;
    let wait: Omit<Wait, "missed"> | undefined;
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const { nextLookAt = NaN, ...next } = look({ end: waiting("IdentityNotReady"), wait, now });
      delays.push((nextLookAt - now) / second);
      ({ wait } = next);
      now = nextLookAt;
    }
    expect(delays).toEqual([15, 30, 60, 120, 240, 480, 600, 600, 600]);
  });

  it("is spread by a fifth to both sides", () => {
    const at = (random: number): number => (look({ end: waiting("Transient"), random }).nextLookAt ?? NaN) - start;
    expect([at(0), at(0.5), at(0.999_999)]).toEqual([12 * second, 15 * second, 18 * second]);
  });

  it("stays finite after any number of looks", () => {
    const wait = { reason: "Transient", attempt: 1e9, since: start } as const;
    expect(look({ end: waiting("Transient"), wait }).nextLookAt).toBe(start + 10 * minute);
  });

  it("tells the same time in its outcome as it is scheduled for", () => {
    const { outcome, nextLookAt, wait } = look({ end: waiting("HubNotReady") });
    expect(outcome).toEqual({ kind: "waiting", reason: "HubNotReady", message: "Not yet.", retryAt: nextLookAt });
    expect(wait).toEqual({ reason: "HubNotReady", attempt: 1, since: start });
  });

  it("begins anew when the reason is another", () => {
    const wait = { reason: "Transient", attempt: 6, since: start - hour } as const;
    const next = look({ end: waiting("IdentityNotReady"), wait });
    expect(next.wait).toEqual({ reason: "IdentityNotReady", attempt: 1, since: start });
    expect(next.nextLookAt).toBe(start + 15 * second);
  });

  it.each(days)("for %s becomes %s after a day, and not before", (reason, becomes) => {
    const wait = { reason, attempt: 100, since: start };
    const before = look({ end: waiting(reason), wait, now: start + 24 * hour - 1 });
    expect(before.outcome).toMatchObject({ kind: "waiting", reason });
    const after = look({ end: waiting(reason), wait, now: start + 24 * hour });
    expect(after.outcome).toEqual({
      kind: "blocked",
      reason: becomes,
      message: "Not yet. It has been so for 24 hours.",
      retryAt: start + 25 * hour,
    });
  });

  it("stays blocked at every later look, each an hour after the last", () => {
    let wait: Omit<Wait, "missed"> | undefined = { reason: "IdentityNotReady", attempt: 100, since: start - 24 * hour };
    let now = start;
    for (let looks = 0; looks < 5; looks += 1) {
      const next = look({ end: waiting("IdentityNotReady"), wait, now });
      expect(next.outcome).toMatchObject({ kind: "blocked", reason: "IdentityNeverCreated", retryAt: now + hour });
      ({ wait } = next);
      now = next.nextLookAt ?? NaN;
    }
  });

  it("for a refused permission becomes MissingPermission after half an hour, and not before", () => {
    const wait = { reason: "PermissionsYoung", attempt: 9, since: start } as const;
    const at = (now: number) => look({ end: waiting("PermissionsYoung"), wait, now }).outcome;
    expect(at(start + 30 * minute - 1)).toMatchObject({ kind: "waiting", reason: "PermissionsYoung" });
    expect(at(start + 30 * minute)).toMatchObject({
      kind: "blocked",
      reason: "MissingPermission",
      message: "Not yet. It has been so for 30 minutes.",
    });
  });

  it("obeys a Retry-After that is longer than the back-off, to the moment", () => {
    for (const ms of [minute, 10 * minute, 2 * hour])
      expect(look({ end: waiting("Transient", start + ms), random: 0 }).nextLookAt).toBe(start + ms);
  });

  it.each(["OperationInProgress", "FirstSyncPaced", "Throttled"] as const)(
    "%s is looked at again when it was told to, however often that was",
    (reason) => {
      const wait = { reason, attempt: 7, since: start };
      expect(look({ end: waiting(reason, start + 3_000), wait }).nextLookAt).toBe(start + 3_000);
    },
  );

  it("is never scheduled for the past", () => {
    expect(look({ end: waiting("OperationInProgress", start - hour) }).nextLookAt).toBe(start);
  });
});

describe("what is settled", () => {
  const wait = { reason: "Transient", attempt: 3, since: start } as const;

  it("is compliant when nothing was done, and not looked at again by itself", () => {
    expect(look({ end: { kind: "settled" }, wait })).toEqual({
      outcome: { kind: "compliant" },
      nextLookAt: undefined,
      wait: undefined,
    });
  });

  it("is remediated when something was done, and confirmed some ten minutes later", () => {
    const next = look({ end: { kind: "settled" }, wait, done: ["attach contoso"] });
    expect(next.outcome).toEqual({ kind: "remediated", done: ["attach contoso"] });
    expect(next).toMatchObject({ nextLookAt: start + 10 * minute, wait: undefined });
  });
});

describe("the other endings", () => {
  it("what is blocked is looked at again an hour later, spread by a fifth", () => {
    const end = { kind: "blocked", reason: "NoIdentity", message: "None." } as const;
    expect(look({ end })).toEqual({
      outcome: { ...end, retryAt: start + hour },
      nextLookAt: start + hour,
      wait: undefined,
    });
    expect(look({ end, random: 0 }).nextLookAt).toBe(start + 0.8 * hour);
  });

  it("what is exempt is left alone", () => {
    const exempt = { kind: "exempt", reason: "OptOutTag", message: "Out." } as const;
    expect(look({ end: exempt })).toEqual({ outcome: exempt, nextLookAt: undefined, wait: undefined });
  });

  it("what is gone for the first time is looked at once more, as a read may lag, and then left alone", () => {
    const gone = { kind: "gone" } as const;
    expect(look({ end: gone })).toMatchObject({ outcome: gone, nextLookAt: start + 2 * minute });
    const again = conclude(gone, [], { outcome: gone }, defaultWaits, start, () => 0.5);
    expect(again).toEqual({ outcome: gone, nextLookAt: undefined, waits: undefined });
  });
});

describe("a failure", () => {
  const of = (failure: Partial<Failure> & { kind: FailureKind }) =>
    endingOf({ message: "Azure said no.", ...failure }, start);

  it.each([
    ["transient", "waiting", "Transient"],
    ["notFound", "waiting", "Transient"],
    ["throttled", "waiting", "Throttled"],
    ["busy", "waiting", "WorkspaceBusy"],
    ["principalUnknown", "waiting", "PrincipalUnknown"],
    ["missingPermission", "waiting", "PermissionsYoung"],
    ["operatorMustAct", "blocked", "RequestRefused"],
    ["bug", "blocked", "InternalError"],
  ] as const)("of kind %s is %s: %s, in Azure's words", (kind, end, reason) => {
    expect(of({ kind })).toEqual({ kind: end, reason, message: "Azure said no." });
  });

  it.each(["RoleAssignmentLimit", "DenyAssignment", "ScopeLocked", "DisallowedByPolicy"] as const)(
    "that only an operator can mend is called by its reason, %s",
    (blockedReason) => {
      expect(of({ kind: "operatorMustAct", blockedReason })).toMatchObject({ kind: "blocked", reason: blockedReason });
    },
  );

  it.each(["transient", "throttled", "busy"] as const)("of kind %s keeps the time that Azure asked for", (kind) => {
    expect(of({ kind, retryAfterMs: 7 * second })).toMatchObject({ notBefore: start + 7 * second });
  });
});
