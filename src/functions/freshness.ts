import type { FreshnessSettings } from "../config.ts";
import type { SweepNews } from "../core/news.ts";
import type { Clock } from "../core/ports.ts";
import type { SweepRecord } from "../core/sweep-record.ts";
import type { StorageRequestQueue } from "../storage/request-queue.ts";
import type { Sweeps } from "../storage/sweeps.ts";
import { nextRun } from "../sweep-schedule.ts";

/** Whether the app keeps up. Times in ms since the epoch. */
export interface Freshness {
  /** When the last finished sweep began; counted from the app's first start while there is none. */
  readonly lastSweepAt: number;
  readonly swept: boolean;
  /** When the next sweep should have come to its end. */
  readonly sweepDueBy: number;
  readonly sweepOverdue: boolean;
  /** Since when the oldest message waits to be taken. */
  readonly oldestWaitingSince?: number;
  readonly behind: boolean;
}

/** That a sweep was asked for. */
export interface AskedSweep {
  /** For the log. */
  readonly what: string;
  /** What people want to be told of it: that a sweep is overdue, once until one has ended. */
  readonly news: readonly SweepNews[];
}

/** How often a process looks whether a sweep is overdue, in milliseconds: it costs a read or two of storage. */
const pauseMs = 60_000;

/** Watches over the age of sweeps and requests, independently of the timer: timers have been seen dead after deployments. */
export class FreshnessWatch {
  readonly #settings: FreshnessSettings;
  readonly #sweeps: Sweeps;
  readonly #queue: StorageRequestQueue;
  readonly #clock: Clock;
  readonly #isHeard: boolean;
  #notBefore = 0;

  /** @param isHeard whether anybody is told what it has of news; else it makes none, which costs a row of storage */
  constructor(settings: FreshnessSettings, sweeps: Sweeps, queue: StorageRequestQueue, clock: Clock, isHeard = false) {
    this.#settings = settings;
    this.#sweeps = sweeps;
    this.#queue = queue;
    this.#clock = clock;
    this.#isHeard = isHeard;
  }

  /** @throws what storage throws */
  async now(): Promise<Freshness> {
    const [sweep, oldest] = await Promise.all([this.#sweepNow(), this.#queue.oldest()]);
    const behind = oldest !== undefined && this.#clock.now() - oldest > this.#settings.backlogMs;
    return { ...sweep, ...(oldest === undefined ? {} : { oldestWaitingSince: oldest }), behind };
  }

  /** Whether a sweep that was last heard of then counts as dead. */
  isSilent(progressAt: number, now: number): boolean {
    // A little longer than it holds the right to sweep, or the one that is asked for finds it held.
    return now - progressAt >= 1.1 * this.#settings.sweepHoldMs;
  }

  /**
   * Asks for a sweep when one is overdue and none is under way, or when the last one died on its way; of all who notice, one does
   * so within each grace period, or for each death.
   * @returns what it asked for, if it was this caller
   * @throws what storage throws
   */
  async startOverdueSweep(): Promise<AskedSweep | undefined> {
    const now = this.#clock.now();
    if (now < this.#notBefore) return undefined;
    this.#notBefore = now + Math.min(pauseMs, this.#settings.sweepGraceMs);
    const latest = await this.#sweeps.latest();
    return (await this.#restart(latest, now)) ?? (await this.#startOverdue(latest, now));
  }

  /** A sweep that was cut off is begun anew under its name: what it asked for is not asked for twice. */
  async #restart(latest: SweepRecord | undefined, now: number): Promise<AskedSweep | undefined> {
    if (latest === undefined || latest.finishedAt !== undefined || latest.failedAt !== undefined) return undefined;
    if (!this.isSilent(latest.progressAt, now)) return undefined;
    const death = `${latest.id}, not heard of since ${new Date(latest.progressAt).toISOString()}`;
    if (!(await this.#ask(latest.id, death))) return undefined;
    return { what: `The sweep ${latest.id} died on its way: asked for it again.`, news: [] };
  }

  async #startOverdue(latest: SweepRecord | undefined, now: number): Promise<AskedSweep | undefined> {
    const { sweepOverdue, sweepDueBy } = await this.#sweepNow(latest);
    if (!sweepOverdue) return undefined;
    const { sweepGraceMs } = this.#settings;
    if (latest !== undefined && latest.finishedAt === undefined && now - latest.startedAt < sweepGraceMs)
      return undefined;
    const period = Math.floor((now - sweepDueBy) / sweepGraceMs);
    const since = `overdue since ${new Date(sweepDueBy).toISOString()}`;
    const name = `${since}, ${period}`;
    if (!(await this.#ask(name, name))) return undefined;
    const what = "A sweep is overdue: asked for one.";
    // Whoever asks for the next one, when this one has not come to its end either, has nothing new to tell.
    if (!this.#isHeard || !(await this.#sweeps.claim(`told: ${since}`))) return { what, news: [] };
    const message = `A sweep should have come to its end by ${new Date(sweepDueBy).toISOString()}, and none has. The app asked for one.`;
    return { what, news: [{ kind: "SweepOverdue", key: since, at: now, message }] };
  }

  /** Whether it fell to this caller to ask. */
  async #ask(sweep: string, claim: string): Promise<boolean> {
    if (!(await this.#sweeps.claim(claim))) return false;
    await this.#queue.send({ sweep }, 0);
    return true;
  }

  /** @param latest the sweep that began last, where it is known */
  async #sweepNow(
    latest?: SweepRecord,
  ): Promise<Pick<Freshness, "lastSweepAt" | "swept" | "sweepDueBy" | "sweepOverdue">> {
    const last = latest?.finishedAt === undefined ? await this.#sweeps.latestFinished() : latest;
    const lastSweepAt = last?.startedAt ?? (await this.#sweeps.firstStart());
    const { schedule, sweepGraceMs } = this.#settings;
    const sweepDueBy = (nextRun(schedule, lastSweepAt) ?? Infinity) + sweepGraceMs;
    return { lastSweepAt, swept: last !== undefined, sweepDueBy, sweepOverdue: this.#clock.now() > sweepDueBy };
  }
}
