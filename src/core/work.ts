import { formatId, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
import { noMemory } from "./memory.ts";
import type { Outcome } from "./outcome.ts";
import type { Policy } from "./policy.ts";
import type { Lease, LookMessage, Ports, Request } from "./ports.ts";
import { reconcile } from "./reconcile.ts";

/** What became of a message. */
export type Work =
  | { readonly kind: "reconciled"; readonly outcome: Outcome | undefined; readonly reconcileId: string }
  /** Its request was part of an earlier reconcile. */
  | { readonly kind: "covered" }
  /** It comes back later, for the reason given. */
  | { readonly kind: "postponed"; readonly reason: "leaseHeld" | "tooSoon" | "leaseLost" };

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
  // Capped: another machine's clock may have put the last start into the future.
  const tooSoonMs = Math.min((remembered?.startedAt ?? -Infinity) + betweenReconcilesMs - now, betweenReconcilesMs);
  if (tooSoonMs > 0) {
    await ports.queue.send(message, tooSoonMs);
    return { kind: "postponed", reason: "tooSoon" };
  }
  const begun = { ...(remembered ?? noMemory(formatId(workspace))), startedAt: now };
  await ports.memory.save(workspace, begun);

  // Taken before anything is observed: what arrives later is looked at again.
  const requests = await ports.inbox.list(workspace);
  const reconcileId = ports.newId();
  // Whoever asks by hand has just changed something, so nothing older than the request will do.
  const freshAfter = Math.max(
    0,
    ...requests.filter(({ cause }) => cause === "http").map(({ acceptedAt }) => acceptedAt),
  );
  const memory = await reconcile({ workspace, reconcileId, requests, memory: begun, freshAfter }, policy, ports, lease);
  lease.assertHeld();
  await ports.memory.save(workspace, memory);

  if (memory.nextLookAt !== undefined) {
    const look: Request = { id: `look-${reconcileId}`, cause: "scheduled", acceptedAt: ports.clock.now() };
    await accept(workspace, look, ports, Math.max(0, memory.nextLookAt - ports.clock.now()));
  }
  await ports.inbox.remove(
    workspace,
    requests.map(({ id }) => id),
  );
  return { kind: "reconciled", outcome: memory.outcome, reconcileId };
}
