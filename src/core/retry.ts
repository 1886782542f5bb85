import type { Failure } from "./failure.ts";
import { sameText } from "./arm-id.ts";
import type { LackedPermission, Memory, Wait } from "./memory.ts";
import type { BlockedReason, Outcome, WaitReason } from "./outcome.ts";
import type { Ending } from "./plan.ts";
import type { Waits } from "./policy.ts";
import { someOf } from "./shorten.ts";

/** What a wait turns into when it has lasted too long, and after which of the policy's durations. */
const ends: Readonly<
  Record<WaitReason, { readonly becomes: BlockedReason; readonly after: "deadlineMs" | "youngPermissionMs" }>
> = {
  IdentityNotReady: { becomes: "IdentityNeverCreated", after: "deadlineMs" },
  WorkspaceProvisioning: { becomes: "ProvisioningNeverEnded", after: "deadlineMs" },
  RegistryProvisioning: { becomes: "RegistryFailed", after: "deadlineMs" },
  HubNotReady: { becomes: "HubHasNoRegistry", after: "deadlineMs" },
  PrincipalUnknown: { becomes: "PrincipalNeverKnown", after: "deadlineMs" },
  PermissionsYoung: { becomes: "MissingPermission", after: "youngPermissionMs" },
  OperationInProgress: { becomes: "StillFailing", after: "deadlineMs" },
  FirstSyncPaced: { becomes: "StillFailing", after: "deadlineMs" },
  WorkspaceBusy: { becomes: "StillFailing", after: "deadlineMs" },
  Throttled: { becomes: "StillFailing", after: "deadlineMs" },
  MoreToDo: { becomes: "StillFailing", after: "deadlineMs" },
  Transient: { becomes: "StillFailing", after: "deadlineMs" },
};

/** An ending, and what else decides when the next look is due. */
export type TimedEnding = Ending & {
  /** Before this Azure asked not to be asked again (ms since the epoch). */
  readonly notBefore?: number;
  /** So many milliseconds later a look has to see what a read may not show yet. */
  readonly confirmAfterMs?: number | undefined;
  /** The permission that was refused, where it was one. */
  readonly lacks?: LackedPermission;
};

/** How a failed call ends the reconcile. */
export function endingOf(failure: Failure, now: number): TimedEnding {
  const { message } = failure;
  const notBefore = failure.retryAfterMs === undefined ? {} : { notBefore: now + failure.retryAfterMs };
  switch (failure.kind) {
    case "transient":
      return { kind: "waiting", reason: "Transient", message, ...notBefore };
    case "notFound":
      return { kind: "waiting", reason: "Transient", message };
    case "throttled":
      return { kind: "waiting", reason: "Throttled", message, ...notBefore };
    case "busy":
      return { kind: "waiting", reason: "WorkspaceBusy", message, ...notBefore };
    case "principalUnknown":
      return { kind: "waiting", reason: "PrincipalUnknown", message };
    case "missingPermission": {
      const { action, scope } = failure;
      const lacks = action === undefined || scope === undefined ? {} : { lacks: { action, scope } };
      return { kind: "waiting", reason: "PermissionsYoung", message, ...lacks };
    }
    case "operatorMustAct":
      return { kind: "blocked", reason: failure.blockedReason ?? "RequestRefused", message };
    case "leaseLost":
    case "bug":
      return { kind: "blocked", reason: "InternalError", message };
  }
}

/** What a refusal is called that does not pass by itself; `undefined` for one that may, as a permission that is only young does. */
export function lastingReason(
  failure: Failure,
  { waits, lacking }: Pick<Memory, "waits" | "lacking">,
  limits: Waits,
  now: number,
): BlockedReason | undefined {
  const ending = endingOf(failure, now);
  if (ending.kind === "blocked") return ending.reason;
  if (ending.kind !== "waiting") return undefined;
  const { becomes, after } = ends[ending.reason];
  const since = waits?.find(({ reason }) => reason === ending.reason)?.since;
  const isOver = since !== undefined && now - since >= limits[after];
  return isOver || isTheSame(ending.lacks, lacking) ? becomes : undefined;
}

/** Whether a permission was refused whose refusal is known to last: whoever it is for now, half an hour more would not help. */
function isTheSame(lacks: LackedPermission | undefined, lacking: LackedPermission | undefined): boolean {
  return (
    lacks !== undefined &&
    lacking !== undefined &&
    sameText(lacks.action, lacking.action) &&
    sameText(lacks.scope, lacking.scope)
  );
}

/** What a look leaves behind besides its findings. */
export type Conclusion = Pick<Memory, "nextLookAt" | "waits"> & { readonly outcome: Outcome };

/**
 * The outcome of an ending and of what was done since the workspace was last settled, when the workspace is looked at next,
 * and what is remembered of waits that go on. A wait backs off from look to look; past its limit it is called blocked, and
 * keeps its beginning, so that each later look says so too.
 * @param random uniform in [0, 1); spreads looks by ±20 %
 */
export function conclude(
  end: TimedEnding,
  done: readonly string[],
  before: Pick<Memory, "nextLookAt" | "waits" | "outcome" | "doneBefore" | "lacking"> | undefined,
  limits: Waits,
  now: number,
  random: () => number,
): Conclusion {
  const wasGone = before?.outcome?.kind === "gone";
  const idle = { nextLookAt: undefined, waits: undefined };
  const spread = (ms: number): number => now + Math.round(ms * (0.8 + 0.4 * random()));
  switch (end.kind) {
    case "gone":
      // A read may lag: what is seen gone for the first time is looked at once more, and no sooner than reads have caught up.
      return {
        ...idle,
        outcome: { kind: "gone" },
        nextLookAt: wasGone ? comingLook(before, now) : spread(limits.staleReadMs),
      };
    case "exempt": {
      const { reason, message, until } = end;
      const outcome = { kind: "exempt", reason, message, ...(until === undefined ? {} : { until }) } as const;
      return { ...idle, outcome, nextLookAt: until };
    }
    case "settled":
      // A look that was to come anyway, as the one that confirms a change, still comes.
      if (done.length === 0) {
        const again = end.confirmAfterMs === undefined ? undefined : spread(end.confirmAfterMs);
        return { ...idle, outcome: { kind: "compliant" }, nextLookAt: earlier(comingLook(before, now), again) };
      }
      return {
        ...idle,
        outcome: { kind: "remediated", done, ...(before?.doneBefore ? { doneBefore: before.doneBefore } : {}) },
        nextLookAt: spread(limits.followUpMs),
      };
    case "blocked": {
      const retryAt = spread(limits.blockedRecheckMs);
      const outcome = { kind: "blocked", reason: end.reason, message: end.message, retryAt } as const;
      return { outcome, nextLookAt: retryAt, waits: goingOn(before) };
    }
    case "waiting":
      return wait(end, isTheSame(end.lacks, before?.lacking), done, goingOn(before), limits, now, spread);
  }
}

/**
 * Waits whose next look is due when it was told, if it was: an operation is followed at Azure's pace, and a turn is kept. What
 * failed otherwise is tried again no sooner than Azure said, and ever more rarely.
 */
const atTheirPace: ReadonlySet<WaitReason> = new Set(["OperationInProgress", "FirstSyncPaced", "Throttled"]);

function wait(
  { reason, message, notBefore }: TimedEnding & { kind: "waiting" },
  isKnownToLast: boolean,
  done: readonly string[],
  before: readonly Wait[],
  limits: Waits,
  now: number,
  spread: (ms: number) => number,
): Conclusion {
  const { attempt, since } = before.find((earlier) => earlier.reason === reason) ?? { attempt: 0, since: now };
  const others = before.filter((earlier) => earlier.reason !== reason);
  const waits = [{ reason, attempt: attempt + 1, since, missed: 0 }, ...others];
  const { becomes, after } = ends[reason];
  if (isKnownToLast || now - since >= limits[after]) {
    const retryAt = Math.max(spread(limits.blockedRecheckMs), notBefore ?? 0);
    const told = attempt === 0 ? message : `${message} It has been so for ${duration(now - since)}.`;
    return { outcome: { kind: "blocked", reason: becomes, message: told, retryAt }, nextLookAt: retryAt, waits };
  }
  // What comes in parts gets on with each look.
  const steps = reason === "MoreToDo" ? 0 : Math.min(attempt, 30);
  const backOff = Math.min(limits.backOffMs * 2 ** steps, limits.backOffMaxMs);
  const retryAt =
    atTheirPace.has(reason) && notBefore !== undefined
      ? Math.max(notBefore, now)
      : Math.max(notBefore ?? 0, spread(backOff));
  const told = done.length === 0 ? message : `${message} Done so far: ${someOf(done, ", ")}.`;
  return { outcome: { kind: "waiting", reason, message: told, retryAt }, nextLookAt: retryAt, waits };
}

/** After how many looks that ended otherwise a wait is over. */
const mostMissed = 3;

/** The waits that go on at this look: one failed read does not let a wait of a day begin anew. */
function goingOn(before: Pick<Memory, "waits"> | undefined): readonly Wait[] {
  return (before?.waits ?? [])
    .map((wait) => ({ ...wait, missed: wait.missed + 1 }))
    .filter(({ missed }) => missed <= mostMissed);
}

function comingLook(before: Pick<Memory, "nextLookAt"> | undefined, now: number): number | undefined {
  const at = before?.nextLookAt;
  return at !== undefined && at > now ? at : undefined;
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
