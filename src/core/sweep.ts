import { formatId, idKey, InvalidIdError, parseWorkspaceId, textKey } from "./arm-id.ts";
import { CompactTable } from "./compact-table.ts";
import { AzureFailure } from "./failure.ts";
import type { KnownPolicy, Remembered, SweepError } from "./fleet.ts";
import { inTurns } from "./in-turns.ts";
import { isPastDue, judge, type NominationReason } from "./nominate.ts";
import type { ObservedWorkspace } from "./observation.ts";
import type { Policy } from "./policy.ts";
import type { Inbox, RequestQueue } from "./ports.ts";
import { addDrift, type RegistryDrift, requestIdOf, type SweepRecord } from "./sweep-record.ts";
import { type SurroundingsPorts, SweepSurroundings } from "./sweep-surroundings.ts";
import { accept } from "./work.ts";

/** What a sweep needs of the world. */
export interface SweepPorts extends SurroundingsPorts {
  readonly newId: () => string;
  /** The id of every workspace of a subscription, asked of Azure Resource Manager. @throws AzureFailure */
  workspaces(subscriptionId: string): AsyncIterable<string>;
  readonly inbox: Inbox;
  readonly queue: RequestQueue;
  readonly records: SweepRecords;
}

export interface SweepRecords {
  /** Takes the right to sweep, which lasts some minutes; `undefined` when another sweep is under way. */
  hold(sweepId: string): Promise<SweepHold | undefined>;
  save(record: SweepRecord): Promise<void>;
}

export interface SweepHold {
  /** Holds it for some minutes more. @returns whether nobody else has taken it meanwhile */
  keep(): Promise<boolean>;
  release(): Promise<void>;
}

/** How many looks are asked for at the same time. */
const atOnce = 16;
/** More errors than these are counted, not kept. */
const mostErrors = 100;
/** How often it is put on record how far a sweep has come, in milliseconds. */
const progressMs = 5_000;

/**
 * Compares what Azure Resource Graph shows of the policy's subscriptions with what is wanted and what is remembered, and asks for
 * a look at every workspace that looks wrong, is not remembered, or is past its time. Costs a query for each thousand rows and
 * one read for each registry and for each subscription of which nothing is shown; a workspace that looks right costs no read at all.
 * @param known the policy, asked for once nobody else sweeps, as to find it out may cost queries; its problems go on record
 * @returns its record; `undefined` when another sweep is under way
 * @throws what the stores throw, so that the platform tells of it; the record then says no more than how far it came
 */
export async function sweep(known: () => Promise<KnownPolicy>, ports: SweepPorts): Promise<SweepRecord | undefined> {
  const id = ports.newId();
  const hold = await ports.records.hold(id);
  if (hold === undefined) return undefined;
  try {
    return await new Sweep(await known(), ports, id, hold).run();
  } finally {
    await hold.release();
  }
}

/** How a sweep ended, once it has. */
type End = Pick<SweepRecord, "finishedAt" | "failedAt">;

class Sweep {
  readonly #policy: Policy;
  readonly #ports: SweepPorts;
  readonly #hold: SweepHold;
  readonly #surroundings: SweepSurroundings;
  readonly #drift = new Map<string, RegistryDrift>();
  /** What was counted already: identities are shared, and a row may come again on the next page. */
  readonly #granted: CompactTable;
  readonly #met: CompactTable;
  readonly #asked: CompactTable;
  readonly #errors: SweepError[] = [];
  #moreErrors = 0;
  readonly #id: string;
  readonly #startedAt: number;
  #seen = 0;
  #requested = 0;
  readonly #nominated: Partial<Record<NominationReason, number>> = {};
  #pending = 0;
  readonly #unreadable: string[] = [];
  /** When it last got on. */
  #savedAt = -Infinity;

  constructor({ policy, problems }: KnownPolicy, ports: SweepPorts, id: string, hold: SweepHold) {
    this.#policy = policy;
    this.#ports = ports;
    this.#hold = hold;
    this.#surroundings = new SweepSurroundings(policy, ports, (error) => {
      this.#fail(error);
    });
    this.#granted = new CompactTable(ports.hash);
    this.#met = new CompactTable(ports.hash);
    this.#asked = new CompactTable(ports.hash);
    this.#id = id;
    this.#startedAt = ports.clock.now();
    for (const error of problems) this.#fail(error);
  }

  async run(): Promise<SweepRecord> {
    try {
      await this.#save();
      const subscriptions = this.#policy.subscriptions.map((id) => id.toLowerCase());
      await this.#surroundings.load(subscriptions, () => this.#progress());
      const unseen = await this.#shownFleet(subscriptions);
      for (const subscriptionId of unseen) await this.#unseen(subscriptionId);
      await this.#unanswered();
      return await this.#save({ finishedAt: this.#surroundings.now });
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      this.#fail({ subject: "the sweep", message: error.failure.message });
      const end = { failedAt: this.#surroundings.now };
      // Whoever has taken over keeps the record.
      return error.failure.kind === "leaseLost" ? this.#record(end) : await this.#save(end);
    }
  }

  /**
   * Subscription by subscription, so that no more of what is remembered is held than that of one.
   * @returns the subscriptions of which no workspace is shown
   */
  async #shownFleet(subscriptionIds: readonly string[]): Promise<ReadonlySet<string>> {
    let known = new Map<string, Remembered>();
    let current: string | undefined;
    const unseen = new Set(subscriptionIds);
    for await (const { rows, unreadable } of ahead(this.#ports.fleet.workspaces(subscriptionIds))) {
      for (const error of unreadable) this.#fail(error);
      this.#seen += unreadable.length;
      const nominated: { readonly workspaceId: string; readonly reason: NominationReason }[] = [];
      for (const workspace of rows) {
        const subscriptionId = workspace.id.subscriptionId.toLowerCase();
        if (subscriptionId !== current) {
          await this.#askForUnlisted(known);
          known = await this.#remembered(subscriptionId);
          current = subscriptionId;
          unseen.delete(subscriptionId);
        }
        const key = idKey(workspace.id);
        if (!isNew(this.#met, key)) continue;
        this.#seen += 1;
        const reason = await this.#judge(workspace, key, known.get(key));
        known.delete(key);
        if (reason !== undefined) nominated.push({ workspaceId: formatId(workspace.id), reason });
      }
      await inTurns(nominated, atOnce, ({ workspaceId, reason }) => this.#ask(workspaceId, reason));
      await this.#progress();
    }
    await this.#askForUnlisted(known);
    return unseen;
  }

  /** What our identity may not read is left out without a word: where nothing is shown, Azure Resource Manager is asked whether that is all. */
  async #unseen(subscriptionId: string): Promise<void> {
    const known = await this.#remembered(subscriptionId);
    try {
      for await (const workspaceId of this.#ports.workspaces(subscriptionId)) {
        this.#seen += 1;
        await this.#ask(workspaceId, "NotShown");
        known.delete(textKey(workspaceId));
      }
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      this.#unreadable.push(subscriptionId);
      this.#fail({ subject: `/subscriptions/${subscriptionId}`, message: error.failure.message });
    }
    await this.#askForUnlisted(known);
  }

  /** A look covers whatever requests are there, those included whose message was never sent. */
  async #unanswered(): Promise<void> {
    const before = this.#surroundings.now - this.#policy.waits.staleReadMs;
    for await (const workspaceId of this.#ports.remembered.unanswered(before))
      if (!this.#asked.has(textKey(workspaceId))) await this.#ask(workspaceId, "RequestOpen");
  }

  async #remembered(subscriptionId: string): Promise<Map<string, Remembered>> {
    const known = new Map<string, Remembered>();
    for await (const one of this.#ports.remembered.of(subscriptionId)) known.set(textKey(one.workspaceId), one);
    return known;
  }

  /** Why a look at the workspace is asked for, if it is. */
  async #judge(
    workspace: ObservedWorkspace,
    key: string,
    remembered: Remembered | undefined,
  ): Promise<NominationReason | undefined> {
    const verdict = await judge(this.#policy, this.#surroundings.shown(workspace, key, remembered), this.#surroundings);
    if (verdict.drift !== undefined) addDrift(this.#drift, verdict.drift, (grant) => isNew(this.#granted, grant));
    if (verdict.isPending === true) this.#pending += 1;
    return verdict.reason;
  }

  /** A look at each of what is remembered and not shown any more then says for itself what became of it. */
  async #askForUnlisted(known: ReadonlyMap<string, Remembered>): Promise<void> {
    const now = this.#surroundings.now;
    // For one that was seen gone, the look that is to make sure of it is still to come, unless it was lost.
    const unlisted = [...known.values()].filter((one) => one.outcome !== "gone" || isPastDue(one, this.#policy, now));
    await inTurns(unlisted, atOnce, ({ workspaceId, outcome }) =>
      this.#ask(workspaceId, outcome === "gone" ? "Overdue" : "NotListed"),
    );
    await this.#progress();
  }

  async #ask(workspaceId: string, reason: NominationReason): Promise<void> {
    try {
      const request = { id: requestIdOf(this.#id), cause: "sweep", acceptedAt: this.#surroundings.now } as const;
      await accept(parseWorkspaceId(workspaceId), request, this.#ports);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      this.#fail({ subject: workspaceId, message: error.message });
      return;
    }
    this.#asked.set(textKey(workspaceId));
    this.#requested += 1;
    this.#nominated[reason] = (this.#nominated[reason] ?? 0) + 1;
  }

  async #progress(): Promise<void> {
    if (this.#surroundings.now - this.#savedAt >= progressMs) await this.#save();
  }

  async #save(end: End = {}): Promise<SweepRecord> {
    this.#savedAt = this.#surroundings.now;
    const record = this.#record(end);
    if (!(await this.#hold.keep())) {
      const message = "Another sweep has taken over, as this one had not come on for minutes.";
      throw new AzureFailure({ kind: "leaseLost", message });
    }
    await this.#ports.records.save(record);
    return record;
  }

  /** What is to be told so far. */
  #record(end: End): SweepRecord {
    return {
      id: this.#id,
      startedAt: this.#startedAt,
      progressAt: this.#savedAt,
      ...end,
      seen: this.#seen,
      requested: this.#requested,
      nominated: { ...this.#nominated },
      pending: this.#pending,
      unreadable: [...this.#unreadable],
      queries: this.#ports.fleet.queries,
      drift: [...this.#drift.values()],
      errors: this.#told(),
    };
  }

  #fail(error: SweepError): void {
    if (this.#errors.length < mostErrors) this.#errors.push(error);
    else this.#moreErrors += 1;
  }

  #told(): readonly SweepError[] {
    if (this.#moreErrors === 0) return [...this.#errors];
    return [...this.#errors, { subject: "the sweep", message: `${this.#moreErrors} more errors are not kept.` }];
  }
}

/** Whether a text is met for the first time. */
function isNew(met: CompactTable, text: string): boolean {
  if (met.has(text)) return false;
  met.set(text);
  return true;
}

/** The same items, each asked for before the one before it is worked on. */
async function* ahead<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const result = await next;
    if (result.done === true) return;
    next = iterator.next();
    // Whoever waits for it next is told; until then nobody is to be surprised by it.
    next.catch(() => undefined);
    yield result.value;
  }
}
