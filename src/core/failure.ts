/**
 * What can go wrong with a call to Azure, as the decision sees it. Adapters classify (one table, `azure/errors.ts`);
 * core only knows these kinds.
 */
export type FailureKind =
  /** Nothing was said about the request itself: 5xx, a reset connection, a timeout. */
  | "transient"
  /** 429; `retryAfterMs` says how long. */
  | "throttled"
  /** Somebody else's operation runs on the workspace. */
  | "busy"
  /** The directory does not know the principal yet. */
  | "principalUnknown"
  /** Our identity lacks `action` at `scope`. Young permissions heal by themselves, so this is waited for before it is called lasting. */
  | "missingPermission"
  /** The resource is gone, or not visible to us. */
  | "notFound"
  /** A lasting condition that an operator must mend, named by `blockedReason`. */
  | "operatorMustAct"
  /** The lease was lost: somebody else may be at work. Nothing more may be written. */
  | "leaseLost"
  /** Azure refused what we sent, in a way that sending again cannot mend: our mistake. */
  | "bug";

export interface Failure {
  readonly kind: FailureKind;
  /** For a person: what was tried, what Azure said. Never holds a secret. */
  readonly message: string;
  /** Azure's error code, e.g. `AuthorizationFailed`; the message has it as well. */
  readonly code?: string;
  readonly retryAfterMs?: number;
  readonly action?: string;
  readonly scope?: string;
  readonly blockedReason?:
    "RoleAssignmentLimit" | "DenyAssignment" | "ScopeLocked" | "DisallowedByPolicy" | "RequestRefused";
}

/** The only error that ports throw on purpose. */
export class AzureFailure extends Error {
  override readonly name = "AzureFailure";
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}
