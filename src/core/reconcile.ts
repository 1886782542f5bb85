import { type Action, describe, isDrift } from "./actions.ts";
import { Answers } from "./answers.ts";
import { formatId, type RegistryId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
import { type Memory, type Seen } from "./memory.ts";
import { type Examination, examine, type ChangesAnswered } from "./examine.ts";
import { list } from "./dependents.ts";
import { type Begun, follow } from "./following.ts";
import { ImportRun } from "./import-run.ts";
import { Journal, type OperationPlace, type Task } from "./journal.ts";
import { conditionsFrom, outcomeChanged } from "./outcome.ts";
import { refusedGrant } from "./admin-user.ts";
import { auditEnding, firstStep, moreToDo, pacedEnding, told, unseenYet } from "./plan-endings.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { Lease, OnAccepted, Ports, Progress } from "./ports.ts";
import { wantsConfirmation } from "./requests.ts";
import { seenIn } from "./seen.ts";
import { conclude, endingOf, type TimedEnding } from "./retry.ts";
import { endings, errors, hasNoOutcome, refusalOf, type Settled } from "./settled.ts";

/** How long a call to Azure may take, which is more than the adapters let it. */
const longestCallMs = 30_000;

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
  readonly #journal: Journal;
  readonly #imports: ImportRun;
  #lookedAt = 0;
  #looked: Examination | undefined;
  /** What the last look that found the workspace saw: to that the index leads. */
  #seen: Seen | undefined;
  /** Facts older than this are not taken from a cache: ours changed them, or the task says so. */
  #freshAfter: number;
  readonly #answers = new Answers();
  constructor(task: Task, policy: Policy, ports: Ports, lease: Lease) {
    this.#task = task;
    this.#policy = policy;
    this.#ports = ports;
    this.#lease = lease;
    this.#startedAt = ports.clock.now();
    this.#freshAfter = task.freshAfter;
    this.#journal = new Journal(task, policy, this.#startedAt);
    this.#imports = new ImportRun(ports.clock, policy.waits.operationMs);
    this.#seen = task.memory?.seen;
  }

  async run(): Promise<Memory> {
    let end: TimedEnding;
    try {
      end = (await this.#resume("operation")) ?? (await this.#goOn());
    } catch (error) {
      if (!(error instanceof AzureFailure) || error.failure.kind === "leaseLost") throw error;
      end = endingOf(error.failure, this.#now());
    }
    return this.#conclude(end);
  }

  /** Goes on with what an earlier reconcile began. Returns an ending only while that still runs. */
  async #resume(place: OperationPlace): Promise<TimedEnding | undefined> {
    const operation = this.#journal.memory[place];
    if (operation === undefined) return undefined;
    // One that outlived its limit is given up, however asking about it went: the look decides anew.
    if (this.#startedAt - operation.since >= this.#policy.waits.deadlineMs) {
      this.#journal.forgetOperation(place);
      return undefined;
    }
    return this.#follow(operation, () => this.#ports.writes.resume(operation, this.#task.workspace, this.#lease));
  }

  /** An import that an earlier reconcile began keeps nothing else waiting. */
  async #goOn(): Promise<TimedEnding> {
    const { importing } = this.#journal.memory;
    if (importing !== undefined) await this.#imports.resume(importing.description, () => this.#resume("importing"));
    return this.#putRight();
  }

  async #putRight(): Promise<TimedEnding> {
    const looked = await this.#look();
    const { plan } = looked;
    const unseen = unseenYet(plan, this.#journal.changed);
    this.#journal.changed.clear();
    this.#journal.recognise(looked, this.#now());
    this.#task.onDrift?.(plan.actions.filter(isDrift));
    if (this.#policy.mode === "audit") return auditEnding(plan);
    if (plan.actions.length === 0) return this.#settle(plan);
    const paced = unseen ?? pacedEnding(plan, this.#journal.memory, this.#ports.pacer, this.#policy.waits, this.#now());
    if (paced !== undefined) return paced;
    const { step, left } = firstStep(plan);
    await this.#announce(step.actions);
    const ending = await this.#apply(step);
    if (ending === "decideAnew") return this.#putRight();
    return ending ?? (left > 0 ? moreToDo(left) : this.#verify());
  }

  async #look(answers?: ChangesAnswered): Promise<Examination> {
    this.#lookedAt = this.#now();
    const known = answers === undefined ? {} : { told: answers };
    const subject = { ...this.#task, freshAfter: this.#freshAfter, memory: this.#journal.memory, ...known };
    const examined = await examine(subject, this.#policy, this.#ports, this.#lease.signal);
    const looked = { ...examined, plan: this.#imports.rest(examined.plan) };
    // Of one that was not there only once, what was seen of it before is kept: a read may lag.
    if (looked.observation.kind === "found") await this.#lists(seenIn(looked.observation, looked.plan));
    this.#looked = looked;
    this.#journal.saw(looked);
    return looked;
  }

  /** Before anything is done: keys may be rotated as soon as they were synced, and by then the index has to lead here. */
  async #lists(seen: Seen): Promise<void> {
    const repair = this.#looked === undefined && this.#task.requests.some(({ cause }) => cause === "sweep");
    await list(this.#task.workspace, this.#seen, seen, this.#ports.index, repair);
    this.#seen = seen;
  }

  #settle({ adopt, fingerprint, ending }: Plan): TimedEnding {
    if (adopt && fingerprint !== undefined)
      this.#journal.note({ synced: { fingerprint, how: "adopted", at: this.#now() } });
    return ending;
  }

  /** Before the first change, memory and history learn of the attempt: a crash is repaired and seen. */
  async #announce(actions: readonly Action[]): Promise<void> {
    this.#journal.plans(actions, this.#ports.grantId);
    const attach = actions.find((action) => action.kind === "AttachRegistry");
    if (attach !== undefined) this.#attaches(attach.registry, longestCallMs);
    await this.#remember({});
    await this.#ports.history.append(this.#task.workspace, this.#journal.entry("planned", this.#now()));
  }

  /** @param withinMs how much later the attachment may take effect */
  #attaches(registry: RegistryId, withinMs: number): void {
    const attachedAt = this.#now() + withinMs;
    this.#journal.note({ attachment: { registryId: formatId(registry), lookedAt: this.#lookedAt, attachedAt } });
  }

  /**
   * Attaches and grants at the same time, then syncs keys, then imports images: also when one of them was refused, which has nothing to do with the others.
   * Returns an ending when something still runs, and `decideAnew` when what was done or refused changes what has to be done.
   */
  async #apply({ actions, fingerprint }: Plan): Promise<TimedEnding | "decideAnew" | undefined> {
    this.#answers.begin();
    const act = async (...kinds: readonly Action["kind"][]): Promise<Settled> => {
      const those = actions.filter(({ kind }) => kinds.includes(kind));
      return Promise.allSettled(those.map((action) => this.#act(action, fingerprint)));
    };
    const [attached, granted, others] = await Promise.all([
      act("AttachRegistry"),
      act("GrantPull"),
      act("EnableAdminUser", "PruneGrant"),
    ]);
    const refused = [...errors(granted), ...errors(others)];
    const fatal = [...refused, ...errors(attached)].find(hasNoOutcome) ?? errors(attached)[0];
    if (fatal !== undefined) throw fatal;
    const decideAnew = this.#journal.changed.has("EnableAdminUser") || this.#fallsBack(actions, granted);
    const mayGoOn = this.#answers.mayGoOn(actions);
    const running = endings(attached)[0];
    if (running !== undefined) return running;
    if (decideAnew) return "decideAnew";
    const synced = mayGoOn ? await act("SyncKeys") : [];
    refused.push(...errors(synced));
    const lost = errors(synced).find(hasNoOutcome);
    if (lost !== undefined) throw lost;
    const syncing = endings(synced)[0];
    if (syncing !== undefined) return syncing;
    if (mayGoOn) await this.#imports.make(actions, (action) => this.#act(action, fingerprint));
    if (refused[0] !== undefined) throw refused[0];
    return undefined;
  }

  /** Whether the admin user may stand in for the workspace's own grant that was just refused, which is then remembered. Once in a reconcile. */
  #fallsBack(actions: readonly Action[], granted: Settled): boolean {
    const { memory } = this.#journal;
    const refused = refusedGrant(actions, granted, this.#policy, memory, this.#now());
    if (refused === undefined || (memory.refused?.at ?? 0) >= this.#startedAt) return false;
    // What was refused must not be recognised as done because it is no longer planned.
    this.#journal.note({ ...refused, attempted: memory.attempted?.filter(({ kind }) => kind !== "GrantPull") });
    return true;
  }

  async #act(action: Action, fingerprint: string | undefined): Promise<TimedEnding | undefined> {
    const { writes } = this.#ports;
    switch (action.kind) {
      case "GrantPull":
        await this.#answers.toGrant(action, writes.grantPull(action, this.#lease), this.#journal, this.#ports.clock);
        this.#journal.carriedOut(action, this.#now());
        return undefined;
      case "EnableAdminUser":
        await writes.enableAdminUser(action, this.#lease);
        this.#journal.carriedOut(action, this.#now());
        // What was read in this very millisecond was read before it.
        this.#freshAfter = this.#now() + 1;
        return undefined;
      case "PruneGrant":
        this.#journal.pruned(action, await refusalOf(writes.pruneGrant(action, this.#lease)), this.#now());
        return undefined;
      case "AttachRegistry": {
        const begun = { kind: action.kind, description: describe(action), since: this.#startedAt };
        return this.#follow(begun, async (accepted) => {
          const sent = writes.attachRegistry(action, this.#lease, accepted);
          const progress = await this.#answers.toAttachment(sent, this.#journal);
          this.#attaches(action.registry, 0);
          return progress;
        });
      }
      case "SyncKeys":
        return this.#follow(
          { kind: action.kind, description: describe(action), fingerprint, since: this.#startedAt },
          (accepted) => writes.syncKeys(action, this.#lease, accepted),
        );
      case "ImportImage": {
        const { kind, registry } = action;
        const begun = { kind, description: describe(action), registryId: formatId(registry), since: this.#startedAt };
        return this.#follow(begun, (accepted) => writes.importImage(action, this.#lease, accepted));
      }
    }
  }

  async #follow(begun: Begun, go: (accepted: OnAccepted) => Promise<Progress>): Promise<TimedEnding | undefined> {
    const remember = (news: Partial<Memory>): Promise<void> => this.#remember(news);
    const end = await follow(begun, go, { journal: this.#journal, remember, now: () => this.#now() });
    if (end.kind !== "done") return end;
    if (begun.kind === "AttachRegistry") this.#answers.workspace = end.workspace;
    if (begun.kind === "SyncKeys" && begun.fingerprint !== undefined) {
      const synced = { fingerprint: begun.fingerprint, how: "synced", at: this.#now() } as const;
      await this.#remember({ synced, syncOwed: false });
    }
    return undefined;
  }

  /**
   * Judges anew, by what Azure answered to the changes and by reads of the rest. Where that is not all right, it is all read back; what
   * Azure does not show then is waited for, not written again at once.
   */
  async #verify(): Promise<TimedEnding> {
    let { plan } = await this.#look(this.#answers);
    if (plan.actions.length > 0 || plan.ending.kind !== "settled") ({ plan } = await this.#look());
    this.#journal.changed.clear();
    if (plan.actions.length === 0) return this.#settle(plan);
    const message = `After the change, Azure still shows something to do: ${told(plan.actions)}. Either it has not caught up, or somebody else changed it meanwhile.`;
    return { kind: "waiting", reason: "Transient", message };
  }

  async #conclude(end: TimedEnding): Promise<Memory> {
    this.#lease.assertHeld();
    const { random, history } = this.#ports;
    const now = this.#now();
    const journal = this.#journal;
    journal.ends(end, now);
    const asked = wantsConfirmation(this.#task.requests) ? this.#policy.waits.staleReadMs : undefined;
    const confirmAfterMs = asked ?? journal.confirmAfterMs(now);
    const next = conclude(
      { ...end, confirmAfterMs },
      journal.memory.done ?? [],
      journal.memory,
      this.#policy.waits,
      now,
      random,
    );
    if (end.lacks !== undefined && next.outcome.kind === "blocked") journal.note({ lacking: end.lacks });
    if (journal.isEventful || outcomeChanged(this.#task.memory?.outcome, next.outcome))
      await history.append(this.#task.workspace, journal.entry("ended", now, next.outcome));
    const { conditions } = journal.memory;
    // Seen gone again, after reads have caught up.
    if (end.kind === "gone" && next.nextLookAt === undefined) return { ...journal.remains(), outcome: next.outcome };
    const plan = this.#looked?.plan;
    const findings = plan?.findings.map((finding) => journal.asChanged(finding));
    return {
      ...journal.memory,
      ...next,
      ...(end.kind === "settled" || end.kind === "exempt" ? { done: undefined, doneBefore: undefined } : {}),
      ...(findings === undefined ? {} : { conditions: conditionsFrom(findings, conditions, now) }),
      ...(this.#seen === undefined ? {} : { seen: this.#seen }),
    };
  }

  async #remember(news: Partial<Memory>): Promise<void> {
    this.#journal.note(news);
    await this.#ports.memory.save(this.#task.workspace, this.#journal.memory);
  }

  #now(): number {
    return this.#ports.clock.now();
  }
}
