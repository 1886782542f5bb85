import type { Failure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { BlockedReason, Outcome, WaitReason } from "./outcome.ts";
import type { Ending } from "./plan.ts";
import type { Waits } from "./policy.ts";

/** What a wait turns into when it has lasted too long, and after which of the policy's durations. */
const limits: Readonly<
  Record<WaitReason, { readonly becomes: BlockedReason; readonly after: "deadlineMs" | "youngPermissionMs" }>
> = {
  IdentityNotReady: { becomes: "IdentityNeverCreated", after: "deadlineMs" },
  WorkspaceProvisioning: { becomes: "ProvisioningNeverEnded", after: "deadlineMs" },
  RegistryProvisioning: { becomes: "RegistryFailed", after: "deadlineMs" },
  HubNotReady: { becomes: "HubHasNoRegistry", after: "deadlineMs" },
  PrincipalUnknown: { becomes: "PrincipalNeverKnown", after: "deadlineMs" },
  PermissionsYoung: { becomes: "MissingPermission", after: "youngPermissionMs" },
  OperationInProgress: { becomes: "StillFailing", after: "deadlineMs" },
  WorkspaceBusy: { becomes: "StillFailing", after: "deadlineMs" },
  Throttled: { becomes: "StillFailing", after: "deadlineMs" },
  Transient: { becomes: "StillFailing", after: "deadlineMs" },
};

/** An ending, with the time before which Azure asked not to be asked again, where it did. */
export type TimedEnding = Ending & { readonly notBefore?: number };

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
    case "missingPermission":
      return { kind: "waiting", reason: "PermissionsYoung", message };
    case "operatorMustAct":
      return { kind: "blocked", reason: failure.blockedReason ?? "RequestRefused", message };
    case "leaseLost":
    case "bug":
      return { kind: "blocked", reason: "InternalError", message };
  }
}

/**
 * The outcome of an ending and of what was done since the workspace was last settled, when the workspace is looked at next, and what is remembered of a wait that goes on.
 * A wait backs off from look to look; past its limit it is called blocked, and keeps its beginning, so that each later look
 * says so too.
 * @param random uniform in [0, 1); spreads looks by ±20 %
 */
export function conclude(
  end: TimedEnding,
  done: readonly string[],
  before: Memory["wait"],
  waits: Waits,
  now: number,
  random: () => number,
): Pick<Memory, "nextLookAt" | "wait"> & { readonly outcome: Outcome } {
  const idle = { nextLookAt: undefined, wait: undefined };
  const spread = (ms: number): number => now + Math.round(ms * (0.8 + 0.4 * random()));
  switch (end.kind) {
    case "gone":
      return { ...idle, outcome: { kind: "gone" } };
    case "exempt":
      return { ...idle, outcome: { kind: "exempt", reason: end.reason, message: end.message } };
    case "settled":
      if (done.length === 0) return { ...idle, outcome: { kind: "compliant" } };
      return { ...idle, outcome: { kind: "remediated", done }, nextLookAt: spread(waits.followUpMs) };
    case "blocked": {
      const retryAt = spread(waits.blockedRecheckMs);
      return {
        ...idle,
        outcome: { kind: "blocked", reason: end.reason, message: end.message, retryAt },
        nextLookAt: retryAt,
      };
    }
    case "waiting": {
      const continued = before?.reason === end.reason ? before : { reason: end.reason, attempt: 0, since: now };
      const wait = { ...continued, attempt: continued.attempt + 1 };
      const { becomes, after } = limits[end.reason];
      if (now - wait.since >= waits[after]) {
        const retryAt = spread(waits.blockedRecheckMs);
        const message = `${end.message} It has been so for ${duration(now - wait.since)}.`;
        return { outcome: { kind: "blocked", reason: becomes, message, retryAt }, nextLookAt: retryAt, wait };
      }
      const backOff = Math.min(waits.backOffMs * 2 ** Math.min(continued.attempt, 30), waits.backOffMaxMs);
      const retryAt = end.notBefore === undefined ? spread(backOff) : Math.max(end.notBefore, now);
      const soFar = done.length === 0 ? "" : ` Done so far: ${done.join(", ")}.`;
      return {
        outcome: { kind: "waiting", reason: end.reason, message: `${end.message}${soFar}`, retryAt },
        nextLookAt: retryAt,
        wait,
      };
    }
  }
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
