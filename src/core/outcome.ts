/** How a reconcile ended, and what is known of a workspace afterwards. Plain data: stored, answered and shown as it is. */

/** Why there is nothing to do but look again later. `retry.ts` says what each turns into when it lasts. */
export type WaitReason =
  | "IdentityNotReady"
  | "WorkspaceProvisioning"
  | "RegistryProvisioning"
  | "HubNotReady"
  | "PrincipalUnknown"
  | "PermissionsYoung"
  | "OperationInProgress"
  | "FirstSyncPaced"
  | "WorkspaceBusy"
  | "Throttled"
  | "MoreToDo"
  | "Transient";

/** Why an operator must act. */
export type BlockedReason =
  | "AuditMode"
  | "NoRegistryAllowed"
  | "RegistryNotAllowed"
  | "RegistryNotFound"
  | "RegistryFailed"
  | "HubHasNoRegistry"
  | "WorkspaceFailed"
  | "NoIdentity"
  | "NotAttached"
  | "IdentityNotAllowed"
  | "ConditionalGrant"
  | "Contested"
  | "ImageMissing"
  | "ImagesUnknown"
  | "IdentityNeverCreated"
  | "ProvisioningNeverEnded"
  | "PrincipalNeverKnown"
  | "MissingPermission"
  | "RoleAssignmentLimit"
  | "DenyAssignment"
  | "ScopeLocked"
  | "DisallowedByPolicy"
  | "RequestRefused"
  | "StillFailing"
  | "ProcessingFailed"
  | "InternalError";

export type ExemptReason = "OptOutTag" | "UnknownOptOutTag" | "OperatorExemption";

/**
 * The end of one reconcile. `retryAt` is in milliseconds since the epoch.
 * `compliant`: nothing had to be done. `remediated`: something was done, and read back.
 */
export type Outcome =
  | { readonly kind: "compliant" }
  | {
      readonly kind: "remediated";
      /** The latest of what was done, and how much was done before it. */
      readonly done: readonly string[];
      readonly doneBefore?: number;
    }
  | { readonly kind: "waiting"; readonly reason: WaitReason; readonly message: string; readonly retryAt: number }
  | { readonly kind: "blocked"; readonly reason: BlockedReason; readonly message: string; readonly retryAt: number }
  | {
      readonly kind: "exempt";
      readonly reason: ExemptReason;
      readonly message: string;
      /** When it ends by itself, ms since the epoch. */
      readonly until?: number;
    }
  | { readonly kind: "gone" };

/** What an operator should know though the workspace can pull. */
export type WarningReason =
  "AssignmentsNearLimit" | "CannotBuildImages" | "CannotPrune" | "AdminUserInUse" | "AdminUserNotNeeded";

export interface Warning {
  readonly reason: WarningReason;
  readonly message: string;
}

export type ConditionType = "RegistryAttached" | "PullGranted" | "KeysSynced" | "ImagesPresent";

/** One fact about a workspace, in the shape of a Kubernetes condition: why it is believed and since when (ms since the epoch). */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly since: number;
}

/** A condition as a plan finds it, before it is known since when it holds. */
export type Finding = Omit<Condition, "since">;

/** Carries `since` over from the last look where neither status nor reason changed. */
export function conditionsFrom(
  findings: readonly Finding[],
  previous: readonly Condition[],
  now: number,
): readonly Condition[] {
  return findings.map((finding) => {
    const before = previous.find((condition) => condition.type === finding.type);
    const unchanged = before?.status === finding.status && before.reason === finding.reason;
    return { ...finding, since: unchanged ? before.since : now };
  });
}

/** Whether a workspace is called something else than before. */
export function outcomeChanged(before: Outcome | undefined, after: Outcome): boolean {
  const reason = (outcome: Outcome | undefined): string | undefined =>
    outcome !== undefined && "reason" in outcome ? outcome.reason : undefined;
  return before?.kind !== after.kind || reason(before) !== reason(after);
}

/** As what a workspace with this outcome is counted, such as `blocked:AuditMode`. One that is gone, or was never looked at, is not: empty. */
export function countedAs(outcome: Outcome | undefined): string {
  if (outcome === undefined || outcome.kind === "gone") return "";
  return "reason" in outcome ? `${outcome.kind}:${outcome.reason}` : outcome.kind;
}

/** The outcome, and the reason where it has one, that something is counted as. */
export function partsOfCounted(counted: string): { readonly outcome: string; readonly reason?: string } {
  const [outcome = "", reason] = counted.split(":");
  return { outcome, ...(reason === undefined ? {} : { reason }) };
}
