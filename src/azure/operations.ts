import type { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { createHttpHeaders, type PipelinePolicy } from "@azure/core-rest-pipeline";
import { AzureFailure } from "../core/failure.ts";
import type { RunningOperation } from "../core/memory.ts";
import type { ObservedWorkspace } from "../core/observation.ts";
import type { Clock, Lease, OnAccepted, Progress } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { answerIn, type Attempt, azureFailure, retryAfterIn } from "./errors.ts";

/** The part of the SDK's pollers that is used. */
export interface Poller {
  poll(options?: { abortSignal?: AbortSignal }): Promise<void>;
  isDone(): boolean;
  /** The state to resume from. */
  toString(): string;
}

/** A write that Azure may go on with after it answered. */
export interface Operation {
  readonly attempt: Attempt;
  readonly subscriptionId: string;
  /** What the last answer tells of the workspace, where it is one. */
  readonly workspaceIn?: (body: string) => ObservedWorkspace | undefined;
  /** Sends the write, or, with `resumeFrom`, only asks how it stands. */
  begin(
    client: AzureMachineLearningWorkspaces,
    options: { abortSignal: AbortSignal; resumeFrom?: string },
  ): Promise<Poller>;
}

/** When Azure does not say when to ask again, and what `Retry-After: 0` is taken for, in milliseconds. */
const defaultPollMs = 5_000;
const leastPollMs = 1_000;

/**
 * The one way in which long-running writes are sent and followed: the lease is checked, one request is sent, the operation
 * is asked about when `Retry-After` says so and not earlier, for at most `budgetMs`.
 * @param resumed an operation that was accepted earlier: it is asked about, and no write is sent
 * @throws AzureFailure when Azure refused the write or could not be asked, and what `accepted` throws; an operation that
 * ended badly is returned
 */
export async function carry(
  operation: Operation,
  { arm, clock, budgetMs }: { readonly arm: Arm; readonly clock: Clock; readonly budgetMs: number },
  lease: Lease,
  accepted: OnAccepted,
  resumed?: RunningOperation,
): Promise<Progress> {
  const giveUpAt = clock.now() + budgetMs;
  const pace = new Pace(clock, lease, resumed?.pollAt ?? 0);
  const client = arm.machineLearningWriter(operation.subscriptionId, pace.policy);
  const abortSignal = lease.signal;
  const failed = (error: unknown, asking: boolean): Progress => {
    lease.assertHeld();
    const { failure } = azureFailure(error, operation.attempt);
    if (asking && endedBadly(error)) return { kind: "failed", failure: lasting(failure, error) };
    throw new AzureFailure(failure, { cause: error });
  };

  let poller: Poller;
  try {
    if (resumed !== undefined && !(await pace.wait(giveUpAt))) return pace.running(resumed.state);
    lease.assertHeld();
    poller = await operation.begin(client, {
      abortSignal,
      ...(resumed === undefined ? {} : { resumeFrom: resumed.state }),
    });
  } catch (error) {
    return failed(error, resumed !== undefined);
  }
  // What a store throws here is not Azure's and passes as it is.
  if (!poller.isDone() && resumed === undefined) await accepted(pace.running(poller.toString()));
  try {
    while (!poller.isDone()) {
      if (!(await pace.wait(giveUpAt))) return pace.running(poller.toString());
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

/** Keeps the time before which Azure asked not to be asked again, and keeps to it. */
class Pace {
  readonly #clock: Clock;
  readonly #lease: Lease;
  #notBefore: number;
  /** The body of Azure's last answer. */
  lastBody = "";

  constructor(clock: Clock, lease: Lease, notBefore: number) {
    this.#clock = clock;
    this.#lease = lease;
    this.#notBefore = notBefore;
  }

  /** Waits until Azure may be asked. False, without waiting, when that is later than `until`. */
  async wait(until: number): Promise<boolean> {
    const ms = this.#notBefore - this.#clock.now();
    if (this.#notBefore > until) return false;
    if (ms > 0) await this.#clock.sleep(ms, this.#lease.signal);
    return true;
  }

  running(state: string): Progress & { kind: "running" } {
    return { kind: "running", state, pollAt: this.#notBefore };
  }

  /** The SDK polls as soon as a write was accepted: that poll is answered here, as Azure asked to be left alone for a while. */
  readonly policy: PipelinePolicy = {
    name: "operationPace",
    sendRequest: async (request, next) => {
      const isPoll = request.method === "GET";
      if (isPoll && this.#clock.now() < this.#notBefore) {
        const headers = createHttpHeaders({ "content-type": "application/json" });
        return { request, status: 202, headers, bodyAsText: JSON.stringify({ status: "InProgress" }) };
      }
      if (!isPoll) this.#lease.assertHeld();
      const response = await next(request);
      this.lastBody = response.bodyAsText ?? "";
      const pause = retryAfterIn(response.headers.get("retry-after")) ?? defaultPollMs;
      this.#notBefore = this.#clock.now() + Math.max(pause, leastPollMs);
      return response;
    },
  };
}
