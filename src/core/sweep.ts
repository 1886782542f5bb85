import { idKey, InvalidIdError, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
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

/** How often a subscription is listed that Azure is too busy to list, and how long a pause between is at most: minutes in all, well inside the time that a function may take. */
const attempts = 5;
const longestPauseMs = 60_000;
/** After so many failures of a store on end, it is away: the rest of the subscription is asked for in another attempt. */
const mostThrown = 5;

/**
 * Asks for a look at every workspace of the policy's subscriptions, those included that Azure no longer lists. Neither an
 * unreadable subscription nor a bad workspace stops it; a subscription that could not be listed for a passing reason is listed
 * again when the others are done, as the next sweep is a day away.
 * @throws what the stores throw, so that the platform tells of it
 */
export async function sweep(policy: Pick<Policy, "subscriptions" | "waits">, ports: SweepPorts): Promise<SweepRecord> {
  return new Sweep(policy, ports).run();
}

/** Why a subscription was not swept to its end. */
interface Broken {
  readonly message: string;
  readonly isPassing: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly thrown?: Error;
}

class Sweep {
  readonly #policy: Pick<Policy, "subscriptions" | "waits">;
  readonly #ports: SweepPorts;
  /** The workspaces that were met, and whether a look at them has been asked for. */
  readonly #met = new Map<string, boolean>();
  #record: SweepRecord;
  /** What a store threw and kept throwing. */
  #thrown: Error | undefined;

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
        const broken = await this.#subscription(subscriptionId);
        if (broken === undefined) continue;
        if (attempt < attempts && broken.isPassing) {
          again.push(subscriptionId);
          pauseMs = Math.max(pauseMs, broken.retryAfterMs ?? 0);
        } else await this.#givenUp(subscriptionId, broken);
      }
      open = again;
      if (open.length > 0) await clock.sleep(Math.min(pauseMs, longestPauseMs));
    }
    this.#record = { ...this.#record, finishedAt: clock.now() };
    await records.save(this.#record);
    if (this.#thrown !== undefined) throw this.#thrown;
    return this.#record;
  }

  /** @returns why not every workspace of the subscription could be asked for */
  async #subscription(subscriptionId: string): Promise<Broken | undefined> {
    const { fleet } = this.#ports;
    let thrown: Error | undefined;
    let onEnd = 0;
    const ask = async (workspaceId: string, seen: 0 | 1): Promise<boolean> => {
      const error = await this.#ask(workspaceId, seen);
      onEnd = error === undefined ? 0 : onEnd + 1;
      thrown = error ?? thrown;
      return onEnd < mostThrown;
    };
    try {
      for await (const workspaceId of fleet.workspaces(subscriptionId)) if (!(await ask(workspaceId, 1))) break;
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      const { kind, message, retryAfterMs } = error.failure;
      return { message, isPassing: kind === "throttled" || kind === "transient", retryAfterMs };
    }
    if (onEnd < mostThrown)
      for await (const workspaceId of fleet.remembered(subscriptionId)) if (!(await ask(workspaceId, 0))) break;
    if (thrown === undefined) return undefined;
    return { message: `Not every workspace could be asked for: ${String(thrown)}`, isPassing: true, thrown };
  }

  /** What is remembered of it is looked at all the same: each look then says for itself what it cannot do. */
  async #givenUp(subscriptionId: string, { message, thrown }: Broken): Promise<void> {
    this.#thrown ??= thrown;
    this.#fail(`/subscriptions/${subscriptionId}`, message);
    if (thrown !== undefined) return;
    for await (const workspaceId of this.#ports.fleet.remembered(subscriptionId)) await this.#ask(workspaceId, 0);
  }

  /**
   * Asks for a look at one workspace, unless that was done already.
   * @param seen 1 for one that Azure lists
   * @returns what a store threw: a hiccup costs neither this workspace its look nor the rest of the fleet theirs
   */
  async #ask(workspaceId: string, seen: 0 | 1): Promise<Error | undefined> {
    let workspace: WorkspaceId | undefined;
    try {
      workspace = parseWorkspaceId(workspaceId);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      if (!this.#met.has(workspaceId)) this.#fail(workspaceId, error.message);
    }
    const key = workspace === undefined ? workspaceId : idKey(workspace);
    if (!this.#met.has(key)) this.#record = { ...this.#record, seen: this.#record.seen + seen };
    const isDone = this.#met.get(key) ?? false;
    this.#met.set(key, isDone);
    if (isDone || workspace === undefined) return undefined;
    const { clock } = this.#ports;
    try {
      await accept(workspace, { id: `sweep-${this.#record.id}`, cause: "sweep", acceptedAt: clock.now() }, this.#ports);
      this.#met.set(key, true);
      this.#record = { ...this.#record, requested: this.#record.requested + 1 };
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #fail(subject: string, message: string): void {
    this.#record = { ...this.#record, errors: [...this.#record.errors, { subject, message }] };
  }
}

/** The line that a person reads about a sweep. */
export function summarise({ seen, requested, errors }: SweepRecord): string {
  const failed = errors.map(({ subject, message }) => `${subject}: ${message}`);
  return [`${seen} workspaces seen, ${requested} to be looked at, ${failed.length} errors`, ...failed].join("; ");
}
