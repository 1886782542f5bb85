import type { Action } from "./actions.ts";
import { unlist } from "./dependents.ts";
import { formatId, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
import { Journal } from "./journal.ts";
import { noMemory } from "./memory.ts";
import { type News, newsOf, standingReason } from "./news.ts";
import type { Outcome } from "./outcome.ts";
import type { Policy } from "./policy.ts";
import type { Lease, LookMessage, Ports, Request } from "./ports.ts";
import { reconcile } from "./reconcile.ts";
import { since, stillWanted } from "./requests.ts";

/** What became of a message. */
export type Work =
  | ({
      readonly kind: "reconciled";
      readonly outcome: Outcome | undefined;
      readonly reconcileId: string;
      /** What people want to be told of it: all of it is stored by now, and no other look finds the same news. */
      readonly news: readonly News[];
    } & Told)
  /** Its request was part of an earlier reconcile. */
  | { readonly kind: "covered" }
  /** It comes back later, for the reason given. */
  | { readonly kind: "postponed"; readonly reason: "leaseHeld" | "tooSoon" | "leaseLost" };

/** What there is to tell of a reconcile besides. */
export interface Told {
  /** Why it took place, each once. */
  readonly causes: readonly Request["cause"][];
  /** What it found to differ from what is wanted, before it did anything. */
  readonly drift: readonly Action["kind"][];
  /** When the wait began that goes on after it, ms since the epoch. */
  readonly waitsSince?: number;
}

/**
 * Accepts a request: it is in the inbox before its message is on the queue, so that a message without a row means that
 * the work is done, and a row without a message is found by the next one.
 */
export async function accept(
  workspace: WorkspaceId,
  request: Request,
  ports: Pick<Ports, "inbox" | "queue">,
  delayMs = 0,
): Promise<void> {
  await ports.inbox.put(workspace, request);
  await ports.queue.send({ workspaceId: formatId(workspace), requestId: request.id }, delayMs);
}

/**
 * Does the work of one message: the one place where workspaces are changed. What Azure answers never throws; what the
 * stores or the queue throw does, so that the platform delivers the message again.
 * @throws InvalidIdError when the message names no workspace
 */
export async function work(message: LookMessage, policy: Policy, ports: Ports): Promise<Work> {
  const workspace = parseWorkspaceId(message.workspaceId);
  if (!(await ports.inbox.has(workspace, message.requestId))) return { kind: "covered" };

  const lease = await ports.leases.acquire(workspace);
  if (lease === undefined) {
    await ports.queue.send(message, policy.waits.leaseHeldMs);
    return { kind: "postponed", reason: "leaseHeld" };
  }
  try {
    return await workUnderLease(workspace, message, policy, ports, lease);
  } catch (error) {
    if (!(error instanceof AzureFailure) || error.failure.kind !== "leaseLost") throw error;
    await ports.queue.send(message, policy.waits.leaseHeldMs);
    return { kind: "postponed", reason: "leaseLost" };
  } finally {
    await lease.release();
  }
}

async function workUnderLease(
  workspace: WorkspaceId,
  message: LookMessage,
  policy: Policy,
  ports: Ports,
  lease: Lease,
): Promise<Work> {
  const now = ports.clock.now();
  const remembered = await ports.memory.load(workspace);
  const { betweenReconcilesMs } = policy.waits;
  const tooSoonMs = (remembered?.startedAt ?? -Infinity) + betweenReconcilesMs - now;
  // Longer than that only where a clock that was ahead put the last start into the future.
  if (tooSoonMs > 0 && tooSoonMs <= 2 * betweenReconcilesMs) {
    await ports.queue.send(message, tooSoonMs);
    return { kind: "postponed", reason: "tooSoon" };
  }
  const begun = { ...(remembered ?? noMemory(formatId(workspace))), startedAt: now };
  // The requests are taken before anything is observed: what arrives later is looked at again.
  const [requests] = await Promise.all([ports.inbox.list(workspace), ports.memory.save(workspace, begun)]);
  const reconcileId = ports.newId();
  let drift: readonly Action[] | undefined;
  const onDrift = (found: readonly Action[]): void => {
    drift ??= found;
  };
  const task = { workspace, reconcileId, requests, memory: begun, onDrift, ...since(requests, now) };
  const reconciled = await reconcile(task, policy, ports, lease);
  const sweepRequest = requests.findLast(({ cause }) => cause === "sweep")?.id ?? begun.sweepRequest;
  const goesOn = reconciled.outcome?.kind === "waiting";
  const memory = {
    ...reconciled,
    sweepRequest: goesOn ? sweepRequest : undefined,
    blockedAs: goesOn ? standingReason(begun) : undefined,
  };
  lease.assertHeld();
  await ports.memory.save(workspace, memory);
  if (sweepRequest !== undefined && memory.outcome !== undefined)
    await ports.sweepResults.put(sweepRequest, workspace, memory.outcome.kind);

  lease.assertHeld();
  await unlist(workspace, begun.seen, memory.seen, ports.index);
  // What confirms must not be answered from what was kept.
  const confirms = memory.outcome?.kind === "compliant" || memory.outcome?.kind === "remediated";
  const wanted = { ...stillWanted(requests, drift !== undefined, goesOn), ...(confirms ? { fresh: true } : {}) };
  if (memory.nextLookAt !== undefined)
    await schedule(workspace, `look-${reconcileId}`, memory.nextLookAt, ports, wanted);
  await ports.inbox.remove(
    workspace,
    requests.map(({ id }) => id),
  );
  const waitsSince = goesOn ? memory.waits?.[0]?.since : undefined;
  return {
    kind: "reconciled",
    outcome: memory.outcome,
    reconcileId,
    news: newsOf(begun, memory, reconcileId),
    causes: [...new Set(requests.map(({ cause }) => cause))],
    drift: (drift ?? []).map(({ kind }) => kind),
    ...(waitsSince === undefined ? {} : { waitsSince }),
  };
}

/** The look after messages were given up: one for each workspace, however many those were. */
const lookAfterFailure = "look-after-failure";

/**
 * Gives a message up that no attempt could process: its workspace becomes blocked for somebody to see, and is looked at
 * again as everything blocked is. Whoever is at work on it meanwhile will tell more, so then only the look is scheduled.
 * @returns what people want to be told of it; `undefined` when the workspace was not called blocked
 * @throws what the stores throw
 */
export async function giveUp(
  { workspaceId, requestId }: LookMessage,
  policy: Policy,
  ports: Ports,
): Promise<readonly News[] | undefined> {
  const workspace = parseWorkspaceId(workspaceId);
  const now = ports.clock.now();
  const retryAt = now + policy.waits.blockedRecheckMs;
  if (!(await ports.inbox.has(workspace, requestId))) return undefined;
  const isScheduled = requestId !== lookAfterFailure && (await ports.inbox.has(workspace, lookAfterFailure));
  if (!isScheduled) {
    // The other way round than elsewhere, so that the row proves the message: it comes long after the row.
    await ports.queue.send({ workspaceId, requestId: lookAfterFailure }, policy.waits.blockedRecheckMs);
    await ports.inbox.put(workspace, { id: lookAfterFailure, cause: "scheduled", acceptedAt: now, dueAt: retryAt });
  }
  const lease = await ports.leases.acquire(workspace);
  if (lease === undefined) return undefined;
  try {
    // Somebody may have covered it meanwhile.
    if (!(await ports.inbox.has(workspace, requestId))) return undefined;
    const requests = (await ports.inbox.list(workspace)).filter(({ id }) => id !== lookAfterFailure);
    const memory = (await ports.memory.load(workspace)) ?? noMemory(formatId(workspace));
    const message =
      "The app failed again and again at this workspace, so nothing is known of what was done last. The log of the function requests says at what; most likely the app's storage or its settings.";
    const outcome = { kind: "blocked", reason: "ProcessingFailed", message, retryAt } as const;
    const blocked = { ...memory, outcome, outcomeAt: now, nextLookAt: retryAt, blockedAs: undefined };
    await ports.memory.save(workspace, blocked);
    const reconcileId = ports.newId();
    const task = { workspace, reconcileId, requests, memory, ...since([], now) };
    await ports.history.append(workspace, new Journal(task, policy, now).entry("ended", now, outcome));
    // Who asked by hand has the answer; events may have told what the next look has to know, and so may an operator's exemption.
    const answered = requests.filter(({ cause, exempt }) => cause === "http" && exempt === undefined);
    if (answered.length > 0)
      await ports.inbox.remove(
        workspace,
        answered.map(({ id }) => id),
      );
    return newsOf(memory, blocked, reconcileId);
  } finally {
    await lease.release();
  }
}

async function schedule(
  workspace: WorkspaceId,
  id: string,
  at: number,
  ports: Ports,
  wanted: Pick<Request, "fresh" | "list" | "confirm"> = {},
): Promise<void> {
  const now = ports.clock.now();
  const dueAt = Math.max(now, at);
  await accept(workspace, { id, cause: "scheduled", acceptedAt: now, dueAt, ...wanted }, ports, dueAt - now);
}
