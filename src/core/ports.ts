/** What core needs of the world. Adapters implement these; tests may too. */
import type { Action } from "./actions.ts";
import type { RegistryId, ResourceId, Scope, WorkspaceId } from "./arm-id.ts";
import type { OperatorExemption } from "./exemption.ts";
import type { Failure } from "./failure.ts";
import type { Assignment, Denial, ListedAssignment } from "./grants.ts";
import type { ImageName } from "./image-name.ts";
import type { Presence } from "./images.ts";
import type { Memory, RunningOperation } from "./memory.ts";
import type { FoundRegistry, ObservedRegistry, ObservedWorkspace } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import type { Hash } from "./plan.ts";
import type { ObservedChild } from "./pull-principals.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Reads of Azure. All throw only `AzureFailure`. */
export interface AzureReads {
  /** `undefined` when ARM says that the workspace or its resource group does not exist. */
  workspace(id: WorkspaceId, signal: AbortSignal): Promise<ObservedWorkspace | undefined>;
  /** May answer from a cache, but never with something read before `freshAfter` (ms since the epoch). */
  registry(id: RegistryId, freshAfter: number, signal: AbortSignal): Promise<ObservedRegistry>;
  /** Every role assignment that reaches `principalId` at the registry: its own, through groups, inherited. Role definitions may come from a cache as `registry` does. */
  assignments(
    principalId: string,
    registry: RegistryId,
    freshAfter: number,
    signal: AbortSignal,
  ): Promise<readonly Assignment[]>;
  /** Every role assignment at the registry and above it, whoever holds it, with one list. */
  assignmentsAt(registry: RegistryId, signal: AbortSignal): Promise<readonly ListedAssignment[]>;
  /** The same assignments with what their roles permit, without those whose role does not exist. Role definitions may come from a cache as `registry` does. */
  withRoles(
    listed: readonly ListedAssignment[],
    registry: RegistryId,
    freshAfter: number,
    signal: AbortSignal,
  ): Promise<readonly Assignment[]>;
  /** Every deny assignment that reaches `principalId` at the registry. What does not depend on the principal may come from a cache as `registry` does. */
  denials(
    principalId: string,
    registry: RegistryId,
    freshAfter: number,
    signal: AbortSignal,
  ): Promise<readonly Denial[]>;
  /** How many role assignments a subscription holds at itself and below. May come from a cache as `registry` does. */
  assignmentCount(subscriptionId: string, freshAfter: number, signal: AbortSignal): Promise<number>;
  /** The computes or the online endpoints of a workspace. Of computes only those whose images Azure Machine Learning pulls. */
  children(workspace: WorkspaceId, of: ObservedChild["of"], signal: AbortSignal): Promise<readonly ObservedChild[]>;
  /** Whether the registry has the image, asked of its data plane. Presence, and nothing else, may come from a cache as `registry` does. A registry that cannot be asked is no failure. */
  image(registry: FoundRegistry, image: ImageName, freshAfter: number, signal: AbortSignal): Promise<Presence>;
  /** When the keys of a storage account were made, as one text; `undefined` when the account does not exist. May answer from a cache as `registry` does. */
  storageKeyTimes(id: ResourceId, freshAfter: number, signal: AbortSignal): Promise<string | undefined>;
}

/** How far a write got. `done`: with the workspace as Azure then described it, where it did. `failed`: Azure accepted it and it ended badly, so there is nothing left to resume. */
export type Progress =
  | { readonly kind: "done"; readonly workspace?: ObservedWorkspace }
  | { readonly kind: "running"; readonly state: string; readonly pollAt: number }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Called as soon as Azure has accepted a write that goes on: it must be remembered before anything else happens. */
export type OnAccepted = (running: Progress & { kind: "running" }) => Promise<void>;

/**
 * Writes to Azure. Each sends at most one request that changes anything, after checking the lease, and stays with the
 * operation for a bounded time. All throw `AzureFailure`, of which a lost lease is one, and pass on what `accepted` throws; nothing else.
 */
export interface AzureWrites {
  attachRegistry(action: Action & { kind: "AttachRegistry" }, lease: Lease, accepted: OnAccepted): Promise<Progress>;
  /** Also done when the principal turns out to hold the role already. @returns the id of the assignment, as Azure answered it */
  grantPull(action: Action & { kind: "GrantPull" }, lease: Lease): Promise<string>;
  /** Only begins it: the registry itself shows how far Azure is. */
  enableAdminUser(action: Action & { kind: "EnableAdminUser" }, lease: Lease): Promise<void>;
  /** Removes the assignment only when it is one of ours, for that principal; done as well when there is none. */
  pruneGrant(action: Action & { kind: "PruneGrant" }, lease: Lease): Promise<void>;
  syncKeys(action: Action & { kind: "SyncKeys" }, lease: Lease, accepted: OnAccepted): Promise<Progress>;
  /** Replaces nothing: also done when the registry turns out to have the image already. */
  importImage(action: Action & { kind: "ImportImage" }, lease: Lease, accepted: OnAccepted): Promise<Progress>;
  /** Goes on with an operation that an earlier reconcile began. Sends no write. */
  resume(operation: RunningOperation, workspace: WorkspaceId, lease: Lease): Promise<Progress>;
}

/** The right to write to one workspace, for a while. */
export interface Lease {
  /** Aborted when the lease is lost. */
  readonly signal: AbortSignal;
  /** Throws an `AzureFailure` of kind `leaseLost` unless the lease is held now. */
  assertHeld(): void;
  /** Gives the lease back. Never throws: an unreturned lease expires. */
  release(): Promise<void>;
}

export interface Leases {
  /** `undefined` when somebody else holds it. */
  acquire(workspace: WorkspaceId): Promise<Lease | undefined>;
}

export interface MemoryStore {
  load(workspace: WorkspaceId): Promise<Memory | undefined>;
  save(workspace: WorkspaceId, memory: Memory): Promise<void>;
}

/**
 * Why a workspace is to be looked at. Evidence reaches history and reports, how long a contest stands, and what is told of it and of a
 * race for the registry; what is right for a workspace is never decided from it.
 */
export interface Request {
  /** The same for every delivery of one event. */
  readonly id: string;
  readonly cause: "event" | "sweep" | "http" | "scheduled";
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** When a look that is scheduled is due, ms since the epoch. */
  readonly dueAt?: number;
  readonly evidence?: Evidence;
  /** When the change took place that it tells of, as its event says: ms since the epoch. */
  readonly changedAt?: number;
  /** It tells of a change to what is kept in caches: nothing read before it was accepted will do. */
  readonly fresh?: boolean;
  /** It tells of a compute or an endpoint that came, changed or went: they are listed anew. */
  readonly list?: boolean;
  /** It tells of a change that a read may not show yet: a look that finds nothing to do is followed by another. */
  readonly confirm?: boolean;
  /** An operator wants the workspace left alone, or not any longer. */
  readonly exempt?: OperatorExemption | "lifted";
  /** Keys were rotated, which may leave no other trace. */
  readonly rotated?: { readonly of: RotatedKeys; readonly at: number };
}

/** Whose keys, as a workspace holds copies of them. */
export type RotatedKeys = "registry" | "storageAccount";

export interface Evidence {
  readonly operation?: string;
  readonly actor?: string;
  readonly eventId?: string;
  readonly eventTime?: string;
}

/** The requests for each workspace that no reconcile has covered yet. */
export interface Inbox {
  /** Idempotent by the request's id. */
  put(workspace: WorkspaceId, request: Request): Promise<void>;
  has(workspace: WorkspaceId, requestId: string): Promise<boolean>;
  list(workspace: WorkspaceId): Promise<readonly Request[]>;
  remove(workspace: WorkspaceId, requestIds: readonly string[]): Promise<void>;
}

/** What the queue carries. */
export type Message = LookMessage | FanOutMessage | SweepMessage;

/** Says no more than: look into the inbox of this workspace, for this request. */
export interface LookMessage {
  readonly workspaceId: string;
  readonly requestId: string;
}

/** Ask for a look at every workspace that the index lists under a scope. */
export interface FanOutMessage {
  readonly fanOut: {
    readonly index: IndexName;
    readonly scope: Scope;
    /** Where the last page ended. */
    readonly after?: string;
  };
  readonly request: Request;
}

/** Sweep the fleet. */
export interface SweepMessage {
  /** The same for everybody who asks for it. */
  readonly sweep: string;
  /** It is to come after another that is under way; else that one will do. */
  readonly afterOthers?: boolean;
}

/** What leads from a resource to the workspaces that depend on it. */
export type IndexName = "registry" | "storageAccount";

/** Which workspaces depend on a registry or a storage account. Rows too many cost a look that finds nothing to do. */
export interface WorkspaceIndex {
  /** Idempotent. */
  put(index: IndexName, resource: ResourceId, workspace: WorkspaceId): Promise<void>;
  /** Idempotent. */
  remove(index: IndexName, resource: ResourceId, workspace: WorkspaceId): Promise<void>;
  /**
   * A page of the ids of workspaces whose resource is the scope or lies under it.
   * @param after where the last page ended
   * @returns where this one ended, unless it was the last
   */
  page(
    index: IndexName,
    scope: Scope,
    after: string | undefined,
  ): Promise<{ readonly workspaceIds: readonly string[]; readonly after?: string }>;
}

export interface RequestQueue {
  send(message: Message, delayMs: number): Promise<void>;
}

/** Spreads what a whole fleet wants at once, on the day it is first seen. */
export interface Pacer {
  /** Milliseconds until a first key sync may be sent in this subscription; takes the slot. */
  firstSync(subscriptionId: string): number;
}

/** One line of a workspace's history; only attempts and changes are written. */
export interface HistoryEntry {
  readonly at: number;
  readonly reconcileId: string;
  /** `planned` is written before the first change, `ended` after the last. */
  readonly phase: "planned" | "ended";
  readonly requests: readonly Request[];
  readonly planned: readonly string[];
  readonly done: readonly string[];
  /** What a person should know besides, such as a race that was lost. */
  readonly notes?: readonly string[];
  readonly outcome?: Outcome;
  readonly durationMs: number;
}

export interface History {
  append(workspace: WorkspaceId, entry: HistoryEntry): Promise<void>;
}

/** What became of the looks that a sweep asked for. */
export interface SweepResults {
  /** Over an earlier result of the same workspace. @param requestId of the sweep's requests */
  put(requestId: string, workspace: WorkspaceId, outcome: Outcome["kind"]): Promise<void>;
}

export interface Ports {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly newId: () => string;
  readonly hash: Hash;
  /** The id of the assignment that a grant of ours makes: the same each time. Asks nobody. */
  readonly grantId: (grant: Action & { kind: "GrantPull" }) => string;
  readonly reads: AzureReads;
  readonly writes: AzureWrites;
  readonly pacer: Pacer;
  readonly leases: Leases;
  readonly memory: MemoryStore;
  readonly inbox: Inbox;
  readonly queue: RequestQueue;
  readonly index: WorkspaceIndex;
  readonly history: History;
  readonly sweepResults: SweepResults;
}
