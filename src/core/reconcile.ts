import { formatId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure, failureOf } from "./failure.ts";
import { type Memory, noMemory, type RunningOperation } from "./memory.ts";
import type { Observation } from "./observation.ts";
import { observe } from "./observe.ts";
import { conditionsFrom, type Outcome } from "./outcome.ts";
import { type Action, describe, isDrift, type Plan, plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { HistoryEntry, Lease, OnAccepted, Ports, Progress, Request } from "./ports.ts";
import { seenIn } from "./report.ts";
import { conclude, endingOf, type TimedEnding } from "./retry.ts";

/** One workspace to be put right, and why. */
export interface Task {
  readonly workspace: WorkspaceId;
  readonly reconcileId: string;
  readonly requests: readonly Request[];
  /** Absent where nothing is remembered, or nothing can be. */
  readonly memory: Memory | undefined;
  /** Facts older than this (ms since the epoch) are not taken from a cache. */
  readonly freshAfter: number;
}

/** What a look found, and what would be done about it. */
export interface Examination {
  readonly observation: Observation;
  readonly plan: Plan;
}

/**
 * Looks, and says what has to be done; changes nothing. This is the whole of a dry run.
 * @throws AzureFailure when Azure cannot be asked
 */
export async function examine(
  task: Pick<Task, "workspace" | "memory" | "freshAfter">,
  policy: Policy,
  ports: Pick<Ports, "reads" | "hash">,
  signal: AbortSignal,
): Promise<Examination> {
  const observation = await observe(policy, task.workspace, ports.reads, task.freshAfter, signal);
  const memory = task.memory ?? noMemory(formatId(task.workspace));
  return { observation, plan: plan(policy, observation, memory, ports.hash) };
}

/**
 * Makes one workspace right as far as that is possible now: observe, plan, apply, verify. Every failure of Azure becomes
 * an outcome.
 * @returns what is to be remembered, with outcome and next look
 * @throws AzureFailure of kind `leaseLost`, after which nothing may be remembered; and what the stores throw
 */
export async function reconcile(task: Task, policy: Policy, ports: Ports, lease: Lease): Promise<Memory> {
  return new Reconcile(task, policy, ports, lease).run();
}

/** One reconcile on its way: what is remembered so far, what was seen, what was done. */
class Reconcile {
  readonly #task: Task;
  readonly #policy: Policy;
  readonly #ports: Ports;
  readonly #lease: Lease;
  readonly #startedAt: number;
  readonly #done: string[] = [];
  #planned: readonly string[] = [];
  #memory: Memory;
  #seen: Examination | undefined;

  constructor(task: Task, policy: Policy, ports: Ports, lease: Lease) {
    this.#task = task;
    this.#policy = policy;
    this.#ports = ports;
    this.#lease = lease;
    this.#startedAt = ports.clock.now();
    this.#memory = task.memory ?? noMemory(formatId(task.workspace));
  }

  async run(): Promise<Memory> {
    let end: TimedEnding;
    try {
      end = (await this.#resume()) ?? (await this.#putRight());
    } catch (error) {
      if (!(error instanceof AzureFailure) || error.failure.kind === "leaseLost") throw error;
      end = endingOf(error.failure, this.#ports.clock.now());
    }
    return this.#conclude(end);
  }

  /** Goes on with what an earlier reconcile began. Returns an ending only while that still runs. */
  async #resume(): Promise<TimedEnding | undefined> {
    const { operation } = this.#memory;
    if (operation === undefined) return undefined;
    return this.#follow(operation, () => this.#ports.writes.resume(operation, this.#task.workspace, this.#lease));
  }

  async #putRight(): Promise<TimedEnding> {
    const { plan } = await this.#look(this.#task.freshAfter);
    if (this.#policy.mode === "audit") return this.#report(plan);
    if (plan.actions.length === 0) return this.#settle(plan);
    await this.#announce(plan.actions);
    return (await this.#apply(plan)) ?? this.#verify();
  }

  /** What audit mode ends with: drift is reported, and a first key sync, which is caution and not drift, is not. */
  #report({ actions, ending }: Plan): TimedEnding {
    const drift = actions.filter(isDrift).map(describe);
    if (drift.length === 0) return ending;
    const message = `Enforcing would ${drift.join(", ")}. Nothing was changed, because the mode is audit.`;
    return { kind: "blocked", reason: "AuditMode", message };
  }

  async #look(freshAfter: number): Promise<Examination> {
    const task = { workspace: this.#task.workspace, memory: this.#memory, freshAfter };
    this.#seen = await examine(task, this.#policy, this.#ports, this.#lease.signal);
    return this.#seen;
  }

  #settle({ adopt, fingerprint, ending }: Plan): TimedEnding {
    if (adopt && fingerprint !== undefined)
      this.#memory = { ...this.#memory, synced: { fingerprint, how: "adopted", at: this.#ports.clock.now() } };
    return ending;
  }

  /** Before the first change, memory learns of the key sync it will owe and history of the attempt: a crash is repaired and seen. */
  async #announce(actions: readonly Action[]): Promise<void> {
    this.#planned = actions.map(describe);
    if (actions.some(({ kind }) => kind !== "GrantPull")) await this.#remember({ syncOwed: true });
    await this.#ports.history.append(this.#task.workspace, this.#entry("planned"));
  }

  /** Attaches and grants at the same time, then syncs keys. Returns an ending when something still runs. */
  async #apply({ actions, fingerprint }: Plan): Promise<TimedEnding | undefined> {
    const sync = actions.find(({ kind }) => kind === "SyncKeys");
    const results = await Promise.allSettled(
      actions.filter((action) => action !== sync).map((action) => this.#act(action, fingerprint)),
    );
    const rejected = results.filter((result) => result.status === "rejected");
    const worst = rejected.find(({ reason }) => failureOf(reason).kind === "leaseLost") ?? rejected[0];
    if (worst !== undefined) throw worst.reason;
    const running = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return running.find((end) => end !== undefined) ?? (sync === undefined ? undefined : this.#act(sync, fingerprint));
  }

  async #act(action: Action, fingerprint: string | undefined): Promise<TimedEnding | undefined> {
    const { writes } = this.#ports;
    switch (action.kind) {
      case "GrantPull":
        await writes.grantPull(action, this.#lease);
        this.#did(describe(action));
        return undefined;
      case "AttachRegistry":
        return this.#follow({ kind: action.kind, description: describe(action) }, (accepted) =>
          writes.attachRegistry(action, this.#lease, accepted),
        );
      case "SyncKeys":
        return this.#follow({ kind: action.kind, description: describe(action), fingerprint }, (accepted) =>
          writes.syncKeys(action, this.#lease, accepted),
        );
    }
  }

  /** Carries one operation as far as it goes now, and remembers where it stands. */
  async #follow(
    { kind, description, fingerprint }: Omit<RunningOperation, "state" | "pollAt">,
    go: (accepted: OnAccepted) => Promise<Progress>,
  ): Promise<TimedEnding | undefined> {
    const accepted: OnAccepted = ({ state, pollAt }) =>
      this.#remember({ operation: { kind, description, fingerprint, state, pollAt } });
    const progress = await go(accepted);
    switch (progress.kind) {
      case "running": {
        await accepted(progress);
        const message = `Azure accepted to ${description} and is still at it.`;
        return { kind: "waiting", reason: "OperationInProgress", message, notBefore: progress.pollAt };
      }
      case "failed":
        this.#memory = { ...this.#memory, operation: undefined };
        throw new AzureFailure(progress.failure);
      case "done": {
        this.#memory = { ...this.#memory, operation: undefined };
        this.#did(description);
        if (kind === "SyncKeys" && fingerprint !== undefined) {
          const synced = { fingerprint, how: "synced", at: this.#ports.clock.now() } as const;
          await this.#remember({ synced, syncOwed: false });
        }
        return undefined;
      }
    }
  }

  /** Reads back what was changed. What Azure does not show yet is waited for, not written again at once. */
  async #verify(): Promise<TimedEnding> {
    const { plan } = await this.#look(this.#task.freshAfter);
    if (plan.actions.length === 0) return this.#settle(plan);
    const message = `After the change, Azure still shows something to do: ${plan.actions.map(describe).join(", ")}. Either it has not caught up, or somebody else changed it meanwhile.`;
    return { kind: "waiting", reason: "Transient", message };
  }

  async #conclude(end: TimedEnding): Promise<Memory> {
    const { clock, random, history } = this.#ports;
    const now = clock.now();
    const before = this.#task.memory;
    const next = conclude(end, this.#memory.done ?? [], before?.wait, this.#policy.waits, now, random);
    const settled = end.kind === "settled" || end.kind === "gone";
    const memory: Memory = { ...this.#memory, ...next, ...(settled ? { done: undefined } : {}) };
    const looked = this.#seen;
    if (this.#planned.length > 0 || this.#done.length > 0 || changed(before?.outcome, next.outcome))
      await history.append(this.#task.workspace, this.#entry("ended", next.outcome));
    if (looked === undefined) return memory;
    const conditions = conditionsFrom(looked.plan.findings, memory.conditions, now);
    return { ...memory, conditions, seen: seenIn(looked.observation) };
  }

  #did(description: string): void {
    this.#done.push(description);
    this.#memory = { ...this.#memory, done: [...(this.#memory.done ?? []), description] };
  }

  async #remember(news: Partial<Memory>): Promise<void> {
    this.#memory = { ...this.#memory, ...news };
    await this.#ports.memory.save(this.#task.workspace, this.#memory);
  }

  #entry(phase: HistoryEntry["phase"], outcome?: Outcome): HistoryEntry {
    const at = this.#ports.clock.now();
    return {
      at,
      reconcileId: this.#task.reconcileId,
      phase,
      requests: this.#task.requests,
      planned: this.#planned,
      done: [...this.#done],
      ...(outcome === undefined ? {} : { outcome }),
      durationMs: at - this.#startedAt,
    };
  }
}

function changed(before: Outcome | undefined, after: Outcome): boolean {
  const reason = (outcome: Outcome | undefined): string | undefined =>
    outcome !== undefined && "reason" in outcome ? outcome.reason : undefined;
  return before?.kind !== after.kind || reason(before) !== reason(after);
}
