import { type Action, describe } from "./actions.ts";
import { racedMessage } from "./attaching.ts";
import { formatId } from "./arm-id.ts";
import { provedOf } from "./baseline.ts";
import { isRepair, recently, standing, withRound } from "./contest.ts";
import type { Examination, Subject } from "./examine.ts";
import { type Attachment, type GrantMade, type Memory, noMemory } from "./memory.ts";
import type { AzureFailure } from "./failure.ts";
import type { ConditionType, Finding, Outcome, Warning } from "./outcome.ts";
import { membershipsOf } from "./memberships.ts";
import { believedSince } from "./observe.ts";
import { allMissing, grantUnder, marked, pruneWaitMs, withGrant, withoutGrant } from "./prune.ts";
import type { KnownChildren } from "./observation.ts";
import type { Policy } from "./policy.ts";
import type { HistoryEntry, Ports, Request } from "./ports.ts";
import { exempted, foreignChange, racedBy, rotations } from "./requests.ts";
import type { TimedEnding } from "./retry.ts";
import { fitsInto, lastOf } from "./shorten.ts";

/** One workspace to be put right, and why. */
export interface Task extends Subject {
  readonly reconcileId: string;
  readonly requests: readonly Request[];
  /** Told of what a look finds to differ from what is wanted, before anything is done about it; by throwing it ends the look, and nothing is. */
  readonly onDrift?: (drift: readonly Action[]) => void;
}

/** Where a running operation is remembered. */
export type OperationPlace = "operation" | "importing";

/** Which action makes a condition true. */
const changedBy: Readonly<Record<ConditionType, Action["kind"]>> = {
  RegistryAttached: "AttachRegistry",
  PullGranted: "GrantPull",
  KeysSynced: "SyncKeys",
  ImagesPresent: "ImportImage",
};

/** More than these are counted. */
const mostDone = 200;

/** Who pulls, if it fits into so many characters; else it is listed anew at each look. */
const longestChildren = 120_000;

function remembered(children: KnownChildren): KnownChildren | undefined {
  return fitsInto(children, longestChildren) ? children : undefined;
}

function grantMade(action: Action & { readonly kind: "GrantPull" }): GrantMade {
  const { of, registry, role, principalId, label } = action;
  return { of, registryId: formatId(registry), roleId: role.id, principalId, label };
}

/** What one reconcile has heard, planned and done so far, and what is remembered of the workspace meanwhile. Stores nothing itself. */
export class Journal {
  memory: Memory;
  /** What was changed and not read back since. */
  readonly changed = new Set<Action["kind"]>();
  readonly #task: Task;
  readonly #policy: Policy;
  readonly #startedAt: number;
  readonly #done: string[] = [];
  readonly #notes: string[] = [];
  #isGone = false;
  /** What was remembered before the last plan was noted. */
  #unplanned: Memory;
  readonly #unanswered = new Set<string>();
  #planned: readonly string[] = [];

  constructor(task: Task, policy: Policy, now: number) {
    this.#task = task;
    this.#policy = policy;
    this.#startedAt = now;
    this.memory = this.#heard(task.memory ?? noMemory(formatId(task.workspace)));
    this.#unplanned = this.memory;
  }

  /** Whether there is more to tell than how it ended. */
  get isEventful(): boolean {
    return this.#planned.length + this.#done.length + this.#notes.length > 0;
  }

  note(news: Partial<Memory>): void {
    this.memory = { ...this.memory, ...news };
  }

  /** What the memory must hold before the first of these actions is sent: the attempt, and the key sync that it will owe. */
  plans(actions: readonly Action[], grantId: Ports["grantId"]): void {
    this.#unplanned = this.memory;
    const attempted = actions.map((action) => ({
      kind: action.kind,
      description: describe(action),
      ...(action.kind === "GrantPull" ? { assignmentId: grantId(action) } : {}),
    }));
    this.#planned = attempted.map(({ description }) => description);
    const owesSync = actions.some(({ kind }) => kind === "AttachRegistry" || kind === "SyncKeys");
    this.note({ attempted, ...(owesSync ? { syncOwed: true } : {}) });
  }

  /** Takes back what was noted of an attachment before it was sent: the key sync that only it would owe, and when it was to be. */
  notAttached(): void {
    const { syncOwed, attachment } = this.#unplanned;
    this.note({ syncOwed, attachment });
  }

  /**
   * A needless grant that we may not remove is no reason to call a workspace anything but right.
   * @throws the refusal, of a workspace that is gone: nothing else is left to tell of it
   */
  pruned(action: Action, refusal: AzureFailure | undefined, now: number): void {
    if (refusal === undefined) this.carriedOut(action, now);
    else if (this.#isGone) throw refusal;
    else this.note({ pruneRefused: { at: now, message: refusal.message } });
  }

  /** What was sent and not answered may have been done: a later look sees. */
  unanswered(action: Action): void {
    this.#unanswered.add(describe(action));
  }

  /** What an action did is remembered as far as something depends on it later. */
  carriedOut(action: Action, now: number): void {
    this.did(action.kind, describe(action), now);
    if (action.kind === "EnableAdminUser") this.note({ adminUser: { registryId: formatId(action.registry), at: now } });
    const { grants } = this.memory;
    if (action.kind === "PruneGrant")
      this.note({
        grants: withoutGrant(grants, { ...action, registryId: formatId(action.registry) }),
        pruneRefused: undefined,
      });
    if (action.kind === "GrantPull" && action.isSystemAssigned) this.note(withGrant(this.memory, grantMade(action)));
  }

  did(kind: Action["kind"], what: string, now: number): void {
    this.changed.add(kind);
    this.#count(what, isRepair({ kind }), now);
  }

  /** What a look found that is remembered whatever comes of it. */
  saw({ observation, plan }: Examination): void {
    this.#isGone = observation.kind === "gone";
    if (observation.kind !== "found") {
      this.note({ grants: allMissing(this.memory.grants, observation.at) });
      return;
    }
    const { children, principals, registry, at } = observation;
    const since = believedSince(this.#task, at);
    const isRight = plan.findings.some(({ type, status }) => type === "PullGranted" && status === "True");
    const standsIn = plan.warnings.some(({ reason }) => reason === "AdminUserInUse");
    this.note({
      ...(children === undefined ? {} : { children: remembered(children) }),
      ...(registry === undefined
        ? {}
        : {
            memberships: membershipsOf(this.memory.memberships, principals, since, at),
            proved: provedOf(plan.principals, registry),
            storageKeyTimes: observation.storageKeyTimes,
            grants: marked(this.memory.grants, this.#policy, principals, observation),
          }),
      ...(isRight && !standsIn ? { refused: undefined, lacking: undefined } : {}),
    });
    // A look that ended before it came to those who pull has nothing to say of them.
    if (registry !== undefined && plan.findings.some(({ status }) => status !== "Unknown")) this.#warn(plan.warnings);
  }

  /** How much later a look has to see what this one could not be sure of, or was refused to remove; `undefined` when none has to. */
  confirmAfterMs(now: number): number | undefined {
    const { prune, waits } = this.#policy;
    const { grants, pruneRefused } = this.memory;
    if (!prune || !grants?.some(({ missingSince }) => missingSince !== undefined)) return undefined;
    return Math.max(waits.staleReadMs, pruneWaitMs(pruneRefused, waits, now));
  }

  /** What a look that was cut off set out to do and what is now there, it did; of a grant its id tells whether it is ours. */
  recognise({ observation, plan: { actions, ending } }: Examination, now: number): void {
    const { attempted } = this.memory;
    if (attempted === undefined || observation.kind !== "found") return;
    const isOver = ending.kind === "settled";
    const open = new Set(actions.map(describe));
    const left = attempted.filter(({ kind, description, assignmentId }) => {
      const made = assignmentId === undefined ? undefined : grantUnder(assignmentId, observation);
      const isDone = assignmentId === undefined ? isOver && !open.has(description) : made !== undefined;
      if (made?.isSystemAssigned === true) this.note(withGrant(this.memory, made.grant));
      if (isDone) this.#count(description, isRepair({ kind }), now);
      return !isDone;
    });
    this.note({ attempted: isOver || left.length === 0 ? undefined : left });
  }

  /** The next operation is waited for from its own beginning. */
  forgetOperation(place: OperationPlace): void {
    const waits = this.memory.waits?.filter(({ reason }) => reason !== "OperationInProgress");
    this.note({ [place]: undefined, waits });
  }

  /** An attempt that was seen to end leaves nothing to recognise; a repair that is left undone counts as a change by somebody else. */
  ends(end: TimedEnding, now: number): void {
    this.note({ outcomeAt: now });
    const unanswered = this.memory.attempted?.filter(({ description }) => this.#unanswered.has(description));
    if (this.#planned.length > 0) this.note({ attempted: unanswered?.length === 0 ? undefined : unanswered });
    const { contest } = this.memory;
    if (contest === undefined || end.kind !== "blocked" || end.reason !== "Contested") return;
    const lastRound = Math.max(...contest.rounds.map(({ at }) => at));
    if ((contest.leftAt ?? 0) < lastRound) this.note({ contest: { ...contest, leftAt: now } });
  }

  /** What was found before a change that could not be read back is not told as if it still held. */
  asChanged(finding: Finding): Finding {
    if (!this.changed.has(changedBy[finding.type])) return finding;
    const message = "Changed by this look, and not read back yet.";
    return { type: finding.type, status: "Unknown", reason: "NotReadBack", message };
  }

  /** What is still remembered of a workspace that is gone for good: one made anew under the same name has nothing in common with it. */
  remains(): Memory {
    const { workspaceId, startedAt, outcomeAt } = this.memory;
    return {
      ...noMemory(workspaceId),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(outcomeAt === undefined ? {} : { outcomeAt }),
    };
  }

  entry(phase: HistoryEntry["phase"], at: number, outcome?: Outcome): HistoryEntry {
    return {
      at,
      reconcileId: this.#task.reconcileId,
      phase,
      requests: this.#task.requests,
      planned: this.#planned,
      done: [...this.#done],
      ...(this.#notes.length === 0 ? {} : { notes: [...this.#notes] }),
      ...(outcome === undefined ? {} : { outcome }),
      durationMs: at - this.#startedAt,
    };
  }

  /** What is remembered, with what the requests tell and without what is too old to matter. */
  #heard(memory: Memory): Memory {
    const { requests } = this.#task;
    // Whoever asks by hand wants it tried again.
    const isAsked = requests.some(({ cause }) => cause === "http");
    const contest = isAsked ? undefined : standing(memory.contest, this.#policy, this.#startedAt);
    const foreign = foreignChange(requests, this.#startedAt);
    const isNews = foreign !== undefined && foreign.at > (contest?.foreign?.at ?? 0);
    return {
      ...memory,
      ...(isAsked ? { refused: undefined, lacking: undefined, pruneRefused: undefined } : {}),
      exempt: exempted(requests, memory.exempt, this.#startedAt),
      rotated: rotations(requests, memory.rotated, this.#startedAt),
      contest: contest === undefined || !isNews ? contest : { ...contest, foreign },
      attachment: this.#raced(memory.attachment),
    };
  }

  #raced(attachment: Attachment | undefined): Attachment | undefined {
    const isOld = this.#startedAt - (attachment?.attachedAt ?? 0) >= this.#policy.waits.contestMs;
    if (attachment === undefined || isOld) return undefined;
    const raced = attachment.raced ?? racedBy(attachment, this.#task.requests);
    if (raced === undefined) return attachment;
    const noticed = { ...attachment, raced };
    if (attachment.raced === undefined) this.#notes.push(racedMessage(noticed));
    return noticed;
  }

  /** History tells of a warning when it is new. */
  #warn(warnings: readonly Warning[]): void {
    const known = new Set(this.memory.warnings?.map(({ reason }) => reason));
    this.#notes.push(...warnings.filter(({ reason }) => !known.has(reason)).map(({ message }) => message));
    this.note({ warnings });
  }

  #count(what: string, repair: boolean, now: number): void {
    this.#done.push(what);
    const { done = [], doneBefore = 0, contest } = this.memory;
    // Done again soon, because a read did not show it yet, it is still one repair.
    const isAnother = !done.includes(what) || !recently(contest, what, now, this.#policy.waits.followUpMs);
    const { kept, before } = lastOf([...new Set([...done, what])], mostDone);
    this.note(before === 0 ? { done: kept } : { done: kept, doneBefore: doneBefore + before });
    if (repair && isAnother)
      this.note({ contest: withRound(contest, what, now, foreignChange(this.#task.requests, now)) });
  }
}
