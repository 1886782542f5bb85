import type { Proved } from "./baseline.ts";
import type { Membership } from "./memberships.ts";
import type { OperatorExemption } from "./exemption.ts";
import type { KnownChildren } from "./observation.ts";
import type { BlockedReason, Condition, Outcome, WaitReason, Warning } from "./outcome.ts";
import type { RotatedKeys } from "./ports.ts";
import type { Puller } from "./pull-principals.ts";

/** What is remembered of a workspace between two reconciles. Plain data. */
export interface Memory {
  /** The id as Azure or the first request wrote it. */
  readonly workspaceId: string;
  readonly outcome?: Outcome;
  /** When the outcome was found, ms since the epoch. */
  readonly outcomeAt?: number;
  readonly conditions: readonly Condition[];
  /** Of the last look that could tell. */
  readonly warnings?: readonly Warning[];
  /** The last grant that was refused for a lasting reason. */
  readonly refused?: Refusal | undefined;
  /** The permission whose refusal turned out to last. Refused once more, it is not taken for one that is only young. */
  readonly lacking?: LackedPermission | undefined;
  /** The admin user that we enabled for this workspace, and when, ms since the epoch. */
  readonly adminUser?: { readonly registryId: string; readonly at: number };
  /** Grants that we made for system-assigned identities. */
  readonly grants?: readonly GrantMade[] | undefined;
  /** How those hold the right to pull of whom an assignment of the least role does not show it; absent when it is not known. */
  readonly proved?: Proved | undefined;
  /** When the keys of the storage account were made, as the last look saw. */
  readonly storageKeyTimes?: string | undefined;
  /** How many more of them there were than are remembered: these are not pruned. */
  readonly grantsForgotten?: number;
  /** The last time that Azure refused us to remove one of them, and why. */
  readonly pruneRefused?: { readonly at: number; readonly message: string } | undefined;
  /** Who pulls besides the workspace itself, as far as it is known. */
  readonly children?: KnownChildren | undefined;
  /** Who holds the right through which group's assignment, so that Azure is not asked about each at every look. */
  readonly memberships?: readonly Membership[] | undefined;
  /** What the last look saw, for people and reports; nothing is decided from it. */
  readonly seen?: Seen;
  /** What the last key sync covered. Absent: never synced by us, and never adopted as found. */
  readonly synced?: { readonly fingerprint: string; readonly how: "synced" | "adopted"; readonly at: number };
  /** Written before the first change that needs a key sync, cleared by the sync: so a crash in between repairs itself. */
  readonly syncOwed: boolean;
  /** When keys were last rotated as far as events told, ms since the epoch: part of what a key sync covers. */
  readonly rotated?: { readonly [Keys in RotatedKeys]?: number } | undefined;
  /** What a look set out to do and was not seen to end: what of it is found done by the next one was done by us. */
  readonly attempted?: readonly Attempted[] | undefined;
  /** That an operator wants it left alone, while that lasts. */
  readonly exempt?: OperatorExemption | undefined;
  /** What was done again and again, and who else changed the workspace. */
  readonly contest?: Contest | undefined;
  /** The last attachment of ours, and who may have attached another registry meanwhile. */
  readonly attachment?: Attachment | undefined;
  /** What was done since the workspace was last settled, over all looks; a remediation may take several. */
  readonly done?: readonly string[] | undefined;
  /** How much more was done before that. */
  readonly doneBefore?: number | undefined;
  /** A write that Azure is still working on: the next reconcile resumes it and does not send it again. */
  readonly operation?: RunningOperation | undefined;
  /** The same for the import of an image, which takes minutes: while it runs, everything else goes on. */
  readonly importing?: RunningOperation | undefined;
  /** What is being waited for, the latest first; one reason does not make another begin anew. */
  readonly waits?: readonly Wait[] | undefined;
  /** As what it is blocked, while it waits and it is not known whether that is over. */
  readonly blockedAs?: BlockedReason | undefined;
  /** When the last reconcile started, ms since the epoch. */
  readonly startedAt?: number;
  /** The id of the sweep's request that led to the outcome, while that may still change by itself. */
  readonly sweepRequest?: string | undefined;
  /** When the workspace is looked at next without being asked, ms since the epoch. */
  readonly nextLookAt?: number | undefined;
}

export interface Wait {
  readonly reason: WaitReason;
  /** How many looks ended with it. */
  readonly attempt: number;
  /** The first of these looks, ms since the epoch. */
  readonly since: number;
  /** How many looks since the last of them ended otherwise. */
  readonly missed: number;
}

/** What was repaired lately, and who else changed the workspace: see `contest.ts`. */
export interface Contest {
  /** One for each repair, by what `describe` calls it. */
  readonly rounds: readonly { readonly action: string; readonly at: number }[];
  /** The last change by somebody else that an event told of. */
  readonly foreign?: Change;
  /** When a repair was last found undone and left so, ms since the epoch. */
  readonly leftAt?: number;
}

/** A change by somebody else, as an event told of it. */
export interface Change {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor?: string;
  readonly operation?: string;
}

/** Azure attaches unconditionally, so what somebody attached between our look and our change was replaced. */
export interface Attachment {
  readonly registryId: string;
  /** Between these (ms since the epoch) a change by somebody else went unseen. */
  readonly lookedAt: number;
  readonly attachedAt: number;
  /** The change that fell in between. */
  readonly raced?: Change;
}

export interface Refusal {
  readonly registryId: string;
  readonly reason: BlockedReason;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Something that a look set out to do. */
export interface Attempted {
  readonly kind: ActionKind;
  readonly description: string;
  /** Of a grant: the assignment by which it is known again for ours, and not for somebody else's. */
  readonly assignmentId?: string;
}

/** An action that Azure refused us, and where. */
export interface LackedPermission {
  readonly action: string;
  readonly scope: string;
}

/** A grant that we made. */
export interface GrantMade {
  readonly of: Puller;
  readonly registryId: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly label: string;
  /** Since when its principal is not among those who pull, ms since the epoch. */
  readonly missingSince?: number;
}

export interface Seen {
  readonly registryId?: string;
  readonly storageAccountId?: string;
  readonly principals: readonly {
    readonly label: string;
    readonly principalId?: string;
    readonly canPull: boolean;
    readonly how: string;
  }[];
  /** How many more pull. */
  readonly more?: number;
}

export type ActionKind = "AttachRegistry" | "GrantPull" | "EnableAdminUser" | "PruneGrant" | "SyncKeys" | "ImportImage";

export type RunningOperation = {
  /** For a person, as `describe` tells of the action. */
  readonly description: string;
  /** The poller, as its SDK serialised it. */
  readonly state: string;
  /** When Azure accepted it, and when it asked to be asked again, ms since the epoch. */
  readonly since: number;
  readonly pollAt: number;
} & (
  | {
      readonly kind: "AttachRegistry" | "SyncKeys";
      /** Of a key sync: what it will have covered. */
      readonly fingerprint?: string | undefined;
    }
  | {
      readonly kind: "ImportImage";
      /** Where to: Azure is asked about it in the registry's subscription. */
      readonly registryId: string;
    }
);

/** A workspace of which nothing is remembered. */
export function noMemory(workspaceId: string): Memory {
  return { workspaceId, conditions: [], syncOwed: false };
}
