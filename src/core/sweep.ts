import { idKey, InvalidIdError, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure, type Failure } from "./failure.ts";
import type { Policy } from "./policy.ts";
import type { Clock, Inbox, RequestQueue } from "./ports.ts";
import { accept } from "./work.ts";

/** What a sweep needs of the world besides the inbox and the queue. */
export interface SweepPorts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly fleet: {
    /** The id of every workspace of a subscription, as Azure writes it. @throws AzureFailure */
    workspaces(subscriptionId: string): AsyncIterable<string>;
    /** The id of every workspace of a subscription that is remembered and not known to be gone. */
    remembered(subscriptionId: string): AsyncIterable<string>;
  };
  readonly inbox: Inbox;
  readonly queue: RequestQueue;
  readonly records: { save(record: SweepRecord): Promise<void> };
}

export interface SweepRecord {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Workspaces that Azure listed. */
  readonly seen: number;
  /** Workspaces that are to be looked at: those listed, and those remembered that are no longer listed. */
  readonly requested: number;
  /** What could not be swept, and why. */
  readonly errors: readonly { readonly subject: string; readonly message: string }[];
}

/** How often a subscription is listed that Azure is too busy to list: together with the back-off, for some minutes. */
const attempts = 5;

/**
 * Asks for a look at every workspace of the policy's subscriptions, those included that Azure no longer lists. Neither an
 * unreadable subscription nor a bad workspace stops it; a subscription that could not be listed for a passing reason is listed
 * again when the others are done, as the next sweep is a day away.
 * @throws what the stores throw, so that the platform tells of it
 */
export async function sweep(policy: Pick<Policy, "subscriptions" | "waits">, ports: SweepPorts): Promise<SweepRecord> {
  return new Sweep(policy, ports).run();
}

class Sweep {
  readonly #policy: Pick<Policy, "subscriptions" | "waits">;
  readonly #ports: SweepPorts;
  readonly #asked = new Set<string>();
  #record: SweepRecord;
  #notAccepted: Error | undefined;

  constructor(policy: Pick<Policy, "subscriptions" | "waits">, ports: SweepPorts) {
    this.#policy = policy;
    this.#ports = ports;
    this.#record = { id: ports.newId(), startedAt: ports.clock.now(), seen: 0, requested: 0, errors: [] };
  }

  async run(): Promise<SweepRecord> {
    const { clock, records } = this.#ports;
    await records.save(this.#record);
    let open = this.#policy.subscriptions;
    for (let attempt = 1; open.length > 0; attempt += 1) {
      const again = [];
      let pauseMs = Math.min(this.#policy.waits.backOffMs * 2 ** (attempt - 1), this.#policy.waits.backOffMaxMs);
      for (const subscriptionId of open) {
        const failure = await this.#subscription(subscriptionId);
        if (failure === undefined) continue;
        if (attempt < attempts && isPassing(failure)) {
          again.push(subscriptionId);
          pauseMs = Math.max(pauseMs, failure.retryAfterMs ?? 0);
        } else await this.#givenUp(subscriptionId, failure);
      }
      open = again;
      if (open.length > 0) await clock.sleep(pauseMs);
    }
    this.#record = { ...this.#record, finishedAt: clock.now() };
    await records.save(this.#record);
    if (this.#notAccepted !== undefined) throw this.#notAccepted;
    return this.#record;
  }

  /** @returns why the subscription could not be listed to its end */
  async #subscription(subscriptionId: string): Promise<Failure | undefined> {
    const { fleet } = this.#ports;
    try {
      for await (const workspaceId of fleet.workspaces(subscriptionId))
        if (await this.#ask(workspaceId)) this.#record = { ...this.#record, seen: this.#record.seen + 1 };
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      return error.failure;
    }
    for await (const workspaceId of fleet.remembered(subscriptionId)) await this.#ask(workspaceId);
    return undefined;
  }

  /** What is remembered of it is looked at all the same: each look then says for itself what it cannot do. */
  async #givenUp(subscriptionId: string, { message }: Failure): Promise<void> {
    this.#fail(`/subscriptions/${subscriptionId}`, message);
    for await (const workspaceId of this.#ports.fleet.remembered(subscriptionId)) await this.#ask(workspaceId);
  }

  /** Asks for a look at one workspace, once. @returns whether it was not met before in this sweep */
  async #ask(workspaceId: string): Promise<boolean> {
    let workspace: WorkspaceId;
    try {
      workspace = parseWorkspaceId(workspaceId);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      if (this.#asked.has(workspaceId)) return false;
      this.#asked.add(workspaceId);
      this.#fail(workspaceId, error.message);
      return true;
    }
    if (this.#asked.has(idKey(workspace))) return false;
    this.#asked.add(idKey(workspace));
    const { clock } = this.#ports;
    try {
      await accept(workspace, { id: `sweep-${this.#record.id}`, cause: "sweep", acceptedAt: clock.now() }, this.#ports);
      this.#record = { ...this.#record, requested: this.#record.requested + 1 };
    } catch (error) {
      // A hiccup of storage costs one workspace its look, not the rest of the fleet theirs.
      this.#notAccepted ??= error as Error;
      this.#fail(workspaceId, `could not be asked for: ${String(error)}`);
    }
    return true;
  }

  #fail(subject: string, message: string): void {
    this.#record = { ...this.#record, errors: [...this.#record.errors, { subject, message }] };
  }
}

function isPassing({ kind }: Failure): boolean {
  return kind === "throttled" || kind === "transient";
}

/** The line that a person reads about a sweep. */
export function summarise({ seen, requested, errors }: SweepRecord): string {
  const failed = errors.map(({ subject, message }) => `${subject}: ${message}`);
  return [`${seen} workspaces seen, ${requested} to be looked at, ${failed.length} errors`, ...failed].join("; ");
}
