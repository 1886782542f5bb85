import { formatId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
import { type Memory, noMemory, type RunningOperation } from "./memory.ts";
import { type Examination, examine, type Subject } from "./examine.ts";
import { conditionsFrom, type ConditionType, type Finding, type Outcome } from "./outcome.ts";
import { type Action, describe, isDrift, type Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { HistoryEntry, Lease, OnAccepted, Ports, Progress, Request } from "./ports.ts";
import { seenIn } from "./seen.ts";
import { conclude, endingOf, type TimedEnding } from "./retry.ts";

/** One workspace to be put right, and why. */
export interface Task extends Subject {
  readonly reconcileId: string;
  readonly requests: readonly Request[];
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
  /** What was changed and not read back since. */
  readonly #changed = new Set<Action["kind"]>();
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
    // One that outlived its limit is given up, however asking about it went: the look decides anew.
    if (this.#startedAt - operation.since >= this.#policy.waits.deadlineMs) {
      this.#forgetOperation();
      return undefined;
    }
    return this.#follow(operation, () => this.#ports.writes.resume(operation, this.#task.workspace, this.#lease));
  }

  async #putRight(): Promise<TimedEnding> {
    const { plan } = await this.#look();
    const attached = this.#changed.has("AttachRegistry");
    this.#changed.clear();
    if (this.#policy.mode === "audit") return this.#auditEnding(plan);
    if (plan.actions.length === 0) return this.#settle(plan);
    if (attached && plan.actions.some(({ kind }) => kind === "AttachRegistry"))
      return {
        kind: "waiting",
        reason: "Transient",
        message: "Azure does not show yet that the registry is attached.",
      };
    await this.#announce(plan.actions);
    return (await this.#apply(plan)) ?? this.#verify();
  }

  /** What audit mode ends with: drift is reported, with all that enforcing would do; a first key sync alone is caution, not drift. */
  #auditEnding({ actions, ending }: Plan): TimedEnding {
    if (!actions.some(isDrift)) return ending;
    const message = `Enforcing would ${actions.map(describe).join(", ")}. Nothing was changed, because the mode is audit.`;
    return { kind: "blocked", reason: "AuditMode", message };
  }

  async #look(): Promise<Examination> {
    this.#seen = await examine({ ...this.#task, memory: this.#memory }, this.#policy, this.#ports, this.#lease.signal);
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

  /**
   * Attaches and grants at the same time, then syncs keys: also when a grant was refused, which has nothing to do with keys.
   * Returns an ending when something still runs.
   */
  async #apply({ actions, fingerprint }: Plan): Promise<TimedEnding | undefined> {
    const act = async (kind: Action["kind"]): Promise<PromiseSettledResult<TimedEnding | undefined>[]> => {
      const those = actions.filter((action) => action.kind === kind);
      return Promise.allSettled(those.map((action) => this.#act(action, fingerprint)));
    };
    const [attached, granted] = await Promise.all([act("AttachRegistry"), act("GrantPull")]);
    const refused = errors(granted);
    const fatal = [...refused, ...errors(attached)].find(isNoRefusal) ?? errors(attached)[0];
    if (fatal !== undefined) throw fatal;
    const sync = actions.find(({ kind }) => kind === "SyncKeys");
    const running = endings(attached)[0] ?? (sync === undefined ? undefined : await this.#act(sync, fingerprint));
    if (running === undefined && refused[0] !== undefined) throw refused[0];
    return running;
  }

  async #act(action: Action, fingerprint: string | undefined): Promise<TimedEnding | undefined> {
    const { writes } = this.#ports;
    switch (action.kind) {
      case "GrantPull":
        await writes.grantPull(action, this.#lease);
        this.#did(action.kind, describe(action));
        return undefined;
      case "AttachRegistry":
        return this.#follow({ kind: action.kind, description: describe(action), since: this.#startedAt }, (accepted) =>
          writes.attachRegistry(action, this.#lease, accepted),
        );
      case "SyncKeys":
        return this.#follow(
          { kind: action.kind, description: describe(action), fingerprint, since: this.#startedAt },
          (accepted) => writes.syncKeys(action, this.#lease, accepted),
        );
    }
  }

  /** Carries one operation as far as it goes now, and remembers where it stands. */
  async #follow(
    { kind, description, fingerprint, since }: Omit<RunningOperation, "state" | "pollAt">,
    go: (accepted: OnAccepted) => Promise<Progress>,
  ): Promise<TimedEnding | undefined> {
    const accepted: OnAccepted = ({ state, pollAt }) =>
      this.#remember({ operation: { kind, description, fingerprint, since, state, pollAt } });
    const progress = await go(accepted);
    switch (progress.kind) {
      case "running": {
        await accepted(progress);
        const message = `Azure accepted to ${description} and is still at it.`;
        return { kind: "waiting", reason: "OperationInProgress", message, notBefore: progress.pollAt };
      }
      case "failed":
        this.#forgetOperation();
        throw new AzureFailure(progress.failure);
      case "done": {
        this.#forgetOperation();
        this.#did(kind, description);
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
    const { plan } = await this.#look();
    this.#changed.clear();
    if (plan.actions.length === 0) return this.#settle(plan);
    const message = `After the change, Azure still shows something to do: ${plan.actions.map(describe).join(", ")}. Either it has not caught up, or somebody else changed it meanwhile.`;
    return { kind: "waiting", reason: "Transient", message };
  }

  async #conclude(end: TimedEnding): Promise<Memory> {
    this.#lease.assertHeld();
    const { clock, random, history } = this.#ports;
    const now = clock.now();
    const before = this.#task.memory;
    const next = conclude(end, this.#memory.done ?? [], this.#memory, this.#policy.waits, now, random);
    if (this.#planned.length > 0 || this.#done.length > 0 || outcomeChanged(before?.outcome, next.outcome))
      await history.append(this.#task.workspace, this.#entry("ended", next.outcome));
    const { workspaceId, startedAt, conditions } = this.#memory;
    // Seen gone twice: one made anew under the same name has nothing in common with it.
    if (end.kind === "gone" && before?.outcome?.kind === "gone")
      return { ...noMemory(workspaceId), ...(startedAt === undefined ? {} : { startedAt }), outcome: next.outcome };
    const looked = this.#seen;
    const findings = looked?.plan.findings.map((finding) => this.#asChanged(finding));
    return {
      ...this.#memory,
      ...next,
      ...(end.kind === "settled" || end.kind === "exempt" ? { done: undefined } : {}),
      ...(findings === undefined ? {} : { conditions: conditionsFrom(findings, conditions, now) }),
      ...(looked === undefined ? {} : { seen: seenIn(looked.observation) }),
    };
  }

  /** What was found before a change that could not be read back is not told as if it still held. */
  #asChanged(finding: Finding): Finding {
    if (!this.#changed.has(changedBy[finding.type])) return finding;
    const message = "Changed by this look, and not read back yet.";
    return { type: finding.type, status: "Unknown", reason: "NotReadBack", message };
  }

  /** The next operation is waited for from its own beginning. */
  #forgetOperation(): void {
    const waits = this.#memory.waits?.filter(({ reason }) => reason !== "OperationInProgress");
    this.#memory = { ...this.#memory, operation: undefined, waits };
  }

  #did(kind: Action["kind"], description: string): void {
    this.#done.push(description);
    this.#changed.add(kind);
    this.#memory = { ...this.#memory, done: [...new Set([...(this.#memory.done ?? []), description])] };
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

type Settled = readonly PromiseSettledResult<TimedEnding | undefined>[];

function errors(results: Settled): readonly Error[] {
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
}

function endings(results: Settled): readonly TimedEnding[] {
  return results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
}

/** What no outcome can tell of: a lost lease, or a mistake of ours. */
function isNoRefusal(error: Error): boolean {
  return !(error instanceof AzureFailure) || error.failure.kind === "leaseLost";
}

/** Which action makes a condition true. */
const changedBy: Readonly<Record<ConditionType, Action["kind"]>> = {
  RegistryAttached: "AttachRegistry",
  PullGranted: "GrantPull",
  KeysSynced: "SyncKeys",
};

function outcomeChanged(before: Outcome | undefined, after: Outcome): boolean {
  const reason = (outcome: Outcome | undefined): string | undefined =>
    outcome !== undefined && "reason" in outcome ? outcome.reason : undefined;
  return before?.kind !== after.kind || reason(before) !== reason(after);
}
