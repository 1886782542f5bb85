import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { AzureFailure } from "../core/failure.ts";
import type { RunningOperation } from "../core/memory.ts";
import type { ObservedWorkspace } from "../core/observation.ts";
import type { Clock, Lease, OnAccepted, Progress } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { type Answer, answerIn, type Attempt, azureFailure } from "./errors.ts";
import { Pace } from "./pace.ts";

/** The part of the SDK's pollers that is used. */
export interface Poller {
  poll(options?: { abortSignal?: AbortSignal }): Promise<void>;
  isDone(): boolean;
  /** The state to resume from. */
  toString(): string;
}

/** A write that Azure may go on with after it answered. */
export interface Operation<Client> {
  readonly attempt: Attempt;
  /** A client for this one write, watched by `pace`. */
  client(arm: Arm, pace: PipelinePolicy): Client;
  /** What the last answer tells of the workspace, where it is one. */
  readonly workspaceIn?: (body: string) => ObservedWorkspace | undefined;
  /** Sends the write, or, with `resumeFrom`, only asks how it stands. */
  begin(client: Client, options: { abortSignal: AbortSignal; resumeFrom?: string }): Promise<Poller>;
  /** Whether a refusal says that there is nothing left to do. */
  readonly isDone?: (refusal: Answer) => boolean;
}

/**
 * The one way in which long-running writes are sent and followed: the lease is checked, one request is sent, the operation
 * is asked about when `Retry-After` says so and not earlier, for at most `budgetMs`.
 * @param resumed an operation that was accepted earlier: it is asked about, and no write is sent
 * @throws AzureFailure when Azure refused the write or could not be asked, and what `accepted` throws; an operation that
 * ended badly is returned
 */
export async function carry<Client>(
  operation: Operation<Client>,
  { arm, clock, budgetMs }: { readonly arm: Arm; readonly clock: Clock; readonly budgetMs: number },
  lease: Lease,
  accepted: OnAccepted,
  resumed?: RunningOperation,
): Promise<Progress> {
  const giveUpAt = clock.now() + budgetMs;
  const pace = new Pace(clock, lease, resumed?.pollAt ?? 0);
  const client = operation.client(arm, pace.policy);
  const abortSignal = lease.signal;
  const failed = (error: unknown, asking: boolean): Progress => {
    lease.assertHeld();
    if (operation.isDone?.(answerIn(error)) === true) return { kind: "done" };
    const { failure } = azureFailure(error, operation.attempt);
    if (asking && endedBadly(error)) return { kind: "failed", failure: lasting(failure, error) };
    throw new AzureFailure(failure, { cause: error });
  };

  let poller: Poller;
  try {
    if (resumed !== undefined && !(await pace.wait(giveUpAt))) return running(pace, resumed.state);
    lease.assertHeld();
    poller = await operation.begin(client, {
      abortSignal,
      ...(resumed === undefined ? {} : { resumeFrom: resumed.state }),
    });
  } catch (error) {
    return failed(error, resumed !== undefined);
  }
  // What a store throws here is not Azure's and passes as it is.
  if (!poller.isDone() && resumed === undefined) await accepted(running(pace, poller.toString()));
  try {
    while (!poller.isDone()) {
      if (!(await pace.wait(giveUpAt))) return running(pace, poller.toString());
      await poller.poll({ abortSignal });
    }
    const workspace = operation.workspaceIn?.(pace.lastBody);
    return { kind: "done", ...(workspace === undefined ? {} : { workspace }) };
  } catch (error) {
    return failed(error, true);
  }
}

/** Being refused to ask, or asked to wait, says nothing about how the operation stands. */
const saysNothing: ReadonlySet<number> = new Set([401, 403, 408, 409, 412, 429]);

/** Asking failed for good, or the answer was that the operation failed; anything else is asked again. */
function endedBadly(error: unknown): boolean {
  if (error instanceof AzureFailure) return false;
  const { status } = answerIn(error);
  return (
    isOperationFailure(error) || (status !== undefined && status >= 400 && status < 500 && !saysNothing.has(status))
  );
}

/** The SDK throws what the operation's own status said as an error that is no `RestError`; there is one for "canceled". */
function isOperationFailure(error: unknown): boolean {
  return error instanceof Error && ["Error", "PollerCancelledError"].includes(error.name);
}

function lasting(failure: AzureFailure["failure"], error: unknown): AzureFailure["failure"] {
  if (!isOperationFailure(error)) return failure;
  return { ...failure, kind: "operatorMustAct", blockedReason: "RequestRefused" };
}

function running({ notBefore }: Pace, state: string): Progress & { kind: "running" } {
  return { kind: "running", state, pollAt: notBefore };
}
