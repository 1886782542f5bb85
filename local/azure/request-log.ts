import type { Told } from "./told.ts";

/** One request to ARM as the stand-in saw it. */
export interface LoggedRequest {
  /** ISO 8601, by the injected clock. */
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly apiVersion: string | null;
  /** 0 when the connection was cut instead of an answer. */
  status: number;
  code: string | null;
  readonly principalId: string | null;
  /** True for the app's own identity. */
  readonly isSelf: boolean;
  /** The label of the process that sent it, where it has one: see `identityHeaderFor`. */
  readonly client: string | null;
  /** The RBAC action, or null for a path that is not modelled. */
  readonly action: string | null;
  readonly isWrite: boolean;
  readonly subscriptionId: string | null;
  /** Ids, in lower case, of the workspaces this request is about: its own, or those of the principal that gets a role. */
  readonly workspaceIds: readonly string[];
  readonly correlationId: string;
  /** A poll that came before the time it was told to wait. */
  early: boolean;
  /** What a write or a query sent. */
  readonly body: unknown;
  /** What the answer said of a workspace or of role assignments; null before, and where it said neither. */
  told: Told | null;
}

/**
 * What becomes of a request, in this order: it was received; it is about to take effect; its answer is made and on its
 * way, or the connection was cut instead. `abandoned` when the client went away before that.
 */
export type Moment = "received" | "effect" | "answered" | "abandoned";
export type OnRequest = (moment: Moment, request: LoggedRequest) => void;

interface Counts {
  reads: number;
  writes: number;
}

export interface RequestSummary extends Counts {
  /** By subscription and by workspace; ids in lower case. */
  readonly subscriptions: Record<string, Counts>;
  readonly workspaces: Record<string, Counts>;
}

/** Counts what the app's identity sent, whatever it was answered: only of its own requests is it sparing or not. */
export function summarize(requests: readonly LoggedRequest[]): RequestSummary {
  const summary: RequestSummary = { reads: 0, writes: 0, subscriptions: {}, workspaces: {} };
  for (const { isSelf, isWrite, subscriptionId, workspaceIds } of requests) {
    if (!isSelf) continue;
    const counted: Counts[] = [summary];
    if (subscriptionId !== null) counted.push((summary.subscriptions[subscriptionId.toLowerCase()] ??= none()));
    for (const id of workspaceIds) counted.push((summary.workspaces[id] ??= none()));
    for (const counts of counted) counts[isWrite ? "writes" : "reads"] += 1;
  }
  return summary;
}

function none(): Counts {
  return { reads: 0, writes: 0 };
}
