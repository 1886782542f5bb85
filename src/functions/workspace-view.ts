import type { HistoryView, WorkspaceState } from "../api/workspace.ts";
import type { Memory } from "../core/memory.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RecordedEntry } from "../storage/history.ts";

/** The state of a workspace as HTTP callers get it: times in ISO 8601. */
export function viewOf(memory: Memory): WorkspaceState {
  const { outcome, outcomeAt, conditions, warnings = [], seen, waits, nextLookAt, exempt } = memory;
  const { operation, importing } = memory;
  return {
    id: memory.workspaceId,
    outcome: outcome?.kind ?? "unknown",
    ...(outcomeAt === undefined ? {} : { outcomeAt: iso(outcomeAt) }),
    ...(outcome === undefined ? {} : outcomeView(outcome)),
    conditions: conditions.map((condition) => ({ ...condition, since: iso(condition.since) })),
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    ...(seen === undefined
      ? {}
      : { registryId: seen.registryId, principals: [...seen.principals], morePrincipals: seen.more }),
    ...(waits === undefined
      ? {}
      : { waits: waits.map(({ reason, attempt, since }) => ({ reason, attempt, since: iso(since) })) }),
    ...(operation === undefined ? {} : { operation: operation.description }),
    ...(importing === undefined ? {} : { importing: importing.description }),
    ...(exempt === undefined ? {} : { exemption: { until: iso(exempt.until), reason: exempt.reason } }),
    ...(nextLookAt === undefined ? {} : { nextLookAt: iso(nextLookAt), nextLookFor: whatFor(outcome) }),
  };
}

/** Why the workspace is looked at again without being asked. */
function whatFor(outcome: Outcome | undefined): string {
  switch (outcome?.kind) {
    case undefined:
      return "a first look";
    case "compliant":
      return "to confirm what was found, as a read of Azure may lag behind a change";
    case "exempt":
      return "to look after it again, as the exemption is over then";
    case "gone":
      return "to confirm that it is gone, as a read of Azure may lag behind";
    case "remediated":
      return "to confirm that what was done is still there";
    case "waiting":
      return `to see whether it still waits: ${outcome.reason}`;
    case "blocked":
      return `to see whether somebody mended it: ${outcome.reason}`;
  }
}

/** What is newer than the outcome that is shown beside it is left out: how that look ended is not remembered yet. */
export function historyView(
  entries: readonly RecordedEntry[],
  { outcomeAt = 0 }: Pick<Memory, "outcomeAt">,
): HistoryView[] {
  const told = entries.filter(({ phase, at }) => phase === "planned" || at <= outcomeAt);
  return told.map(({ at, outcome, requests, planned, done, notes, reconcileId, phase, requestCount, durationMs }) => ({
    at: iso(at),
    reconcileId,
    phase,
    requests: requests.map(({ id, cause, acceptedAt, evidence, exempt }) => ({
      id,
      cause,
      acceptedAt: iso(acceptedAt),
      ...(evidence === undefined ? {} : { evidence: { ...evidence } }),
      ...(exempt === undefined
        ? {}
        : { exempt: exempt === "lifted" ? exempt : { ...exempt, until: iso(exempt.until) } }),
    })),
    requestCount,
    planned: [...planned],
    done: [...done],
    ...(notes === undefined ? {} : { notes: [...notes] }),
    ...(outcome === undefined ? {} : { outcome: { kind: outcome.kind, ...outcomeView(outcome) } }),
    durationMs,
  }));
}

type OutcomeView = Pick<WorkspaceState, "reason" | "message" | "retryAt" | "until" | "done" | "doneBefore">;

function outcomeView(outcome: Outcome): OutcomeView {
  switch (outcome.kind) {
    case "compliant":
    case "gone":
      return {};
    case "remediated":
      return { done: [...outcome.done], doneBefore: outcome.doneBefore };
    case "exempt": {
      const { reason, message, until } = outcome;
      return { reason, message, ...(until === undefined ? {} : { until: iso(until) }) };
    }
    case "waiting":
    case "blocked":
      return { reason: outcome.reason, message: outcome.message, retryAt: iso(outcome.retryAt) };
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
