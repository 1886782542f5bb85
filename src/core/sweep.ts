import { formatId, idKey, InvalidIdError, parseWorkspaceId, textKey } from "./arm-id.ts";
import { CompactTable } from "./compact-table.ts";
import { AzureFailure } from "./failure.ts";
import type { Remembered, SweepError } from "./fleet.ts";
import { judge, type NominationReason } from "./nominate.ts";
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
 * @param beforehand what is known not to be swept as it should be, for the record
 * @returns its record; `undefined` when another sweep is under way
 * @throws what the stores throw, so that the platform tells of it; the record then says no more than how far it came
 */
export async function sweep(
  policy: Policy,
  ports: SweepPorts,
  beforehand: readonly SweepError[] = [],
): Promise<SweepRecord | undefined> {
  const id = ports.newId();
  const hold = await ports.records.hold(id);
  if (hold === undefined) return undefined;
  try {
    return await new Sweep(policy, ports, id, hold, beforehand).run();
  } finally {
    await hold.release();
  }
}

class Sweep {
  readonly #policy: Policy;
  readonly #ports: SweepPorts;
  readonly #hold: SweepHold;
  readonly #surroundings: SweepSurroundings;
  readonly #drift = new Map<string, RegistryDrift>();
  /** What was counted already: identities are shared, and a row may come again on the next page. */
  readonly #granted: CompactTable;
  readonly #met: CompactTable;
  readonly #errors: SweepError[] = [];
  #moreErrors = 0;
  #record: SweepRecord;
  #savedAt = -Infinity;

  constructor(policy: Policy, ports: SweepPorts, id: string, hold: SweepHold, beforehand: readonly SweepError[]) {
    this.#policy = policy;
    this.#ports = ports;
    this.#hold = hold;
    this.#surroundings = new SweepSurroundings(policy, ports, (error) => {
      this.#fail(error);
    });
    this.#granted = new CompactTable(ports.hash);
    this.#met = new CompactTable(ports.hash);
    const startedAt = ports.clock.now();
    const nothing = { seen: 0, requested: 0, nominated: {}, pending: 0, unreadable: [], queries: 0, drift: [] };
    this.#record = { id, startedAt, progressAt: startedAt, ...nothing, errors: [] };
    for (const error of beforehand) this.#fail(error);
  }

  async run(): Promise<SweepRecord> {
    try {
      await this.#save();
      const subscriptions = this.#policy.subscriptions.map((id) => id.toLowerCase());
      await this.#surroundings.load(subscriptions, () => this.#progress());
      const unseen = await this.#shownFleet(subscriptions);
      for (const subscriptionId of unseen) await this.#unseen(subscriptionId);
      await this.#unanswered();
      await this.#save({ finishedAt: this.#surroundings.now });
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      this.#fail({ subject: "the sweep", message: error.failure.message });
      this.#record = { ...this.#record, failedAt: this.#surroundings.now };
      // Whoever has taken over keeps the record.
      if (error.failure.kind !== "leaseLost") await this.#save();
      else this.#record = { ...this.#record, errors: this.#told() };
    }
    return this.#record;
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
      this.#record = { ...this.#record, seen: this.#record.seen + unreadable.length };
      const asked: (() => Promise<void>)[] = [];
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
        this.#record = { ...this.#record, seen: this.#record.seen + 1 };
        const reason = await this.#judge(workspace, key, known.get(key));
        known.delete(key);
        if (reason !== undefined) asked.push(() => this.#ask(formatId(workspace.id), reason));
      }
      await inTurns(asked);
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
        this.#record = { ...this.#record, seen: this.#record.seen + 1 };
        await this.#ask(workspaceId, "NotShown");
        known.delete(textKey(workspaceId));
      }
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      this.#record = { ...this.#record, unreadable: [...this.#record.unreadable, subscriptionId] };
      this.#fail({ subject: `/subscriptions/${subscriptionId}`, message: error.failure.message });
    }
    await this.#askForUnlisted(known);
  }

  /** A look covers whatever requests are there, those included whose message was never sent. */
  async #unanswered(): Promise<void> {
    const before = this.#surroundings.now - this.#policy.waits.staleReadMs;
    for await (const workspaceId of this.#ports.remembered.unanswered(before))
      if (isNew(this.#granted, `open ${textKey(workspaceId)}`)) await this.#ask(workspaceId, "RequestOpen");
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
    if (verdict.isPending === true) this.#record = { ...this.#record, pending: this.#record.pending + 1 };
    return verdict.reason;
  }

  /** A look at each of what is remembered and not shown any more then says for itself what became of it. */
  async #askForUnlisted(known: ReadonlyMap<string, Remembered>): Promise<void> {
    await inTurns(
      [...known.values()].map(
        ({ workspaceId }) =>
          () =>
            this.#ask(workspaceId, "NotListed"),
      ),
    );
    await this.#progress();
  }

  async #ask(workspaceId: string, reason: NominationReason): Promise<void> {
    try {
      const request = { id: requestIdOf(this.#record.id), cause: "sweep", acceptedAt: this.#surroundings.now } as const;
      await accept(parseWorkspaceId(workspaceId), request, this.#ports);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      this.#fail({ subject: workspaceId, message: error.message });
      return;
    }
    const { requested, nominated } = this.#record;
    this.#record = {
      ...this.#record,
      requested: requested + 1,
      nominated: { ...nominated, [reason]: (nominated[reason] ?? 0) + 1 },
    };
  }

  async #progress(): Promise<void> {
    if (this.#surroundings.now - this.#savedAt >= progressMs) await this.#save();
  }

  async #save(end: Pick<SweepRecord, "finishedAt"> = {}): Promise<void> {
    const now = this.#surroundings.now;
    this.#savedAt = now;
    const { queries } = this.#ports.fleet;
    this.#record = {
      ...this.#record,
      ...end,
      progressAt: now,
      queries,
      drift: [...this.#drift.values()],
      errors: this.#told(),
    };
    if (!(await this.#hold.keep())) {
      const message = "Another sweep has taken over, as this one had not come on for minutes.";
      throw new AzureFailure({ kind: "leaseLost", message });
    }
    await this.#ports.records.save(this.#record);
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

async function inTurns(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  for (let at = 0; at < tasks.length; at += atOnce)
    await Promise.all(tasks.slice(at, at + atOnce).map((task) => task()));
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
