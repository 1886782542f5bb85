/** The fleet as a sweep sees it: what Azure shows of all workspaces at once, and what is remembered of them. */
import type { WorkspaceId } from "./arm-id.ts";
import type { Baseline } from "./baseline.ts";
import type { ObservedWorkspace } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import type { Policy } from "./policy.ts";
import type { ObservedChild, PullPrincipal } from "./pull-principals.ts";

/** Some rows of an answer, and those of them that nobody can read. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly SweepError[];
}

/** What could not be swept, and why. */
export interface SweepError {
  readonly subject: string;
  readonly message: string;
}

/** A policy with the subscriptions that it looks after now. */
export interface KnownPolicy {
  readonly policy: Policy;
  /** What is not known of management groups, and why. What was known of them before is in the policy. */
  readonly problems: readonly SweepError[];
}

/** A role assignment as it is shown. One with a condition may cover only some repositories. */
export interface ShownAssignment {
  readonly id: string;
  readonly principalId: string;
  readonly scope: string;
  /** The GUID of the role definition, in lower case. */
  readonly roleId: string;
  readonly isConditional: boolean;
}

export interface ShownEndpoint {
  readonly workspace: WorkspaceId;
  readonly endpoint: ObservedChild;
}

/** When the two keys of a storage account were made, ms since the epoch; NaN for one that is not told. */
export interface ShownStorageAccount {
  readonly id: string;
  readonly key1: number;
  readonly key2: number;
}

/**
 * What Azure Resource Graph shows of subscriptions: late, and without what our identity may not read. All throw only
 * `AzureFailure`, once a page has failed again and again.
 */
export interface FleetReads {
  /** Assignments of these roles (GUIDs), those included that are inherited from above the subscriptions. */
  assignments(subscriptionIds: readonly string[], roleIds: readonly string[]): AsyncIterable<Page<ShownAssignment>>;
  storageAccounts(subscriptionIds: readonly string[]): AsyncIterable<Page<ShownStorageAccount>>;
  endpoints(subscriptionIds: readonly string[]): AsyncIterable<Page<ShownEndpoint>>;
  /** In the order of their ids, so that those of a subscription come together. */
  workspaces(subscriptionIds: readonly string[]): AsyncIterable<Page<ObservedWorkspace>>;
  /** How many queries were sent so far. */
  readonly queries: number;
}

/** What is remembered of a workspace, as far as a sweep needs it. */
export interface Remembered {
  readonly workspaceId: string;
  readonly outcome: Outcome["kind"] | "";
  /** Of an outcome that has one. */
  readonly reason: string;
  /** When it was really looked at, ms since the epoch. */
  readonly lookedAt?: number;
  readonly nextLookAt?: number;
  /** Absent where the last look could not tell, or there is too much of it. */
  readonly baseline?: Baseline;
}

export interface RememberedFleet {
  /** What is remembered of a subscription and not known for certain to be gone. */
  of(subscriptionId: string): AsyncIterable<Remembered>;
  /** The ids of workspaces with requests, other than scheduled ones, that were accepted before a time (ms since the epoch) and not covered since: each once. */
  unanswered(before: number): AsyncIterable<string>;
  /** By which roles (GUIDs) besides the least ones somebody of a subscription was proved to hold the right to pull. */
  provingRoles(subscriptionId: string): AsyncIterable<string>;
}

/** Of computes no more is known than when they were last listed. */
export type KnownCompute = Pick<PullPrincipal, "of" | "label" | "principalId" | "identityId">;
