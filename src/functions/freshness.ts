import type { FreshnessSettings } from "../config.ts";
import type { Clock } from "../core/ports.ts";
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

/** How often a process looks whether a sweep is overdue, in milliseconds: it costs two reads of storage. */
const pauseMs = 60_000;

/** Watches over the age of sweeps and requests, independently of the timer: timers have been seen dead after deployments. */
export class FreshnessWatch {
  readonly #settings: FreshnessSettings;
  readonly #sweeps: Sweeps;
  readonly #queue: StorageRequestQueue;
  readonly #clock: Clock;
  #notBefore = 0;

  constructor(settings: FreshnessSettings, sweeps: Sweeps, queue: StorageRequestQueue, clock: Clock) {
    this.#settings = settings;
    this.#sweeps = sweeps;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** @throws what storage throws */
  async now(): Promise<Freshness> {
    const [sweep, oldest] = await Promise.all([this.#sweepNow(), this.#queue.oldest()]);
    const behind = oldest !== undefined && this.#clock.now() - oldest > this.#settings.backlogMs;
    return { ...sweep, ...(oldest === undefined ? {} : { oldestWaitingSince: oldest }), behind };
  }

  /**
   * Asks for a sweep when one is overdue and none is under way; of all who notice, one does so within each grace period.
   * @returns whether it was this caller
   * @throws what storage throws
   */
  async startOverdueSweep(): Promise<boolean> {
    const now = this.#clock.now();
    if (now < this.#notBefore) return false;
    this.#notBefore = now + Math.min(pauseMs, this.#settings.sweepGraceMs);
    const { sweepOverdue, sweepDueBy } = await this.#sweepNow();
    if (!sweepOverdue) return false;
    const { sweepGraceMs } = this.#settings;
    const latest = await this.#sweeps.latest();
    if (latest !== undefined && latest.finishedAt === undefined && now - latest.startedAt < sweepGraceMs) return false;
    const period = Math.floor((now - sweepDueBy) / sweepGraceMs);
    const name = `overdue since ${new Date(sweepDueBy).toISOString()}, ${period}`;
    if (!(await this.#sweeps.claim(name))) return false;
    await this.#queue.send({ sweep: name }, 0);
    return true;
  }

  async #sweepNow(): Promise<Pick<Freshness, "lastSweepAt" | "swept" | "sweepDueBy" | "sweepOverdue">> {
    const last = await this.#sweeps.latestFinished();
    const lastSweepAt = last?.startedAt ?? (await this.#sweeps.firstStart());
    const { schedule, sweepGraceMs } = this.#settings;
    const sweepDueBy = (nextRun(schedule, lastSweepAt) ?? Infinity) + sweepGraceMs;
    return { lastSweepAt, swept: last !== undefined, sweepDueBy, sweepOverdue: this.#clock.now() > sweepDueBy };
  }
}
