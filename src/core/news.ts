import type { Memory } from "./memory.ts";
import type { BlockedReason, Outcome, WarningReason } from "./outcome.ts";
import { someOf } from "./shorten.ts";

/** What people want to be told of without looking: what one of them must act on, and what the app put right. Plain data. */
export type News = WorkspaceNews | SweepNews;

/** What became of a workspace. */
export type WorkspaceNews = WorkspaceFacts &
  (
    | { readonly kind: BlockedNews; readonly reason: BlockedReason }
    | { readonly kind: "AdminUserInUse"; readonly reason: WarningReason }
    | { readonly kind: "WorkspaceRemediated" }
  );

type BlockedNews = "WorkspaceBlocked" | "WorkspaceContested" | "DriftFound";

interface WorkspaceFacts {
  readonly workspaceId: string;
  /** When it was found, ms since the epoch. */
  readonly at: number;
  readonly reconcileId: string;
  readonly outcome: Outcome["kind"];
  readonly message: string;
  /** What was done since the workspace was last settled: the latest of it, and how much before that. */
  readonly done: readonly string[];
  readonly doneBefore?: number;
}

/** What became of a sweep. */
export interface SweepNews {
  readonly kind: "SweepOverdue" | "SweepFailed";
  /** Tells it from every other one of its kind. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
}

/** Which news it is that a workspace is blocked; what is not named is `WorkspaceBlocked`. */
const blockedKinds: Readonly<Partial<Record<BlockedReason, BlockedNews>>> = {
  AuditMode: "DriftFound",
  Contested: "WorkspaceContested",
};

/**
 * What a look changed about a workspace that is worth telling, from what was remembered before and after it. The same is told
 * once, however many looks find it so.
 */
export function newsOf(before: Memory | undefined, after: Memory, reconcileId: string): readonly WorkspaceNews[] {
  const { workspaceId, outcome, outcomeAt: at = 0, warnings } = after;
  if (outcome === undefined) return [];
  const common = { workspaceId, at, reconcileId, outcome: outcome.kind };
  const news: WorkspaceNews[] = [];
  if (outcome.kind === "remediated") {
    const { done, doneBefore } = outcome;
    const message = `The workspace was put right: ${someOf(done, ", ")}.`;
    news.push({ kind: "WorkspaceRemediated", ...common, message, ...doneIn(done, doneBefore) });
  }
  if (outcome.kind === "blocked" && outcome.reason !== standingReason(before)) {
    const { reason, message } = outcome;
    const kind = blockedKinds[reason] ?? "WorkspaceBlocked";
    news.push({ kind, ...common, reason, message, ...doneIn(after.done, after.doneBefore) });
  }
  const standsIn = admin(warnings);
  if (standsIn !== undefined && admin(before?.warnings) === undefined) {
    const done = outcome.kind === "remediated" ? outcome : after;
    const { reason, message } = standsIn;
    news.push({ kind: "AdminUserInUse", ...common, reason, message, ...doneIn(done.done, done.doneBefore) });
  }
  return news;
}

/**
 * Why a workspace is blocked, or was when it was last known whether it is: a look that can only wait, because Azure is busy,
 * ends no trouble, and the one after it has no news.
 */
export function standingReason(memory: Memory | undefined): BlockedReason | undefined {
  switch (memory?.outcome?.kind) {
    case "blocked":
      return memory.outcome.reason;
    case "waiting":
      return memory.blockedAs;
    default:
      return undefined;
  }
}

function admin(warnings: Memory["warnings"]): { readonly reason: WarningReason; readonly message: string } | undefined {
  return warnings?.find(({ reason }) => reason === "AdminUserInUse");
}

function doneIn(done: readonly string[] = [], doneBefore = 0): Pick<WorkspaceFacts, "done" | "doneBefore"> {
  return doneBefore === 0 ? { done } : { done, doneBefore };
}
