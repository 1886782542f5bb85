import type { BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { partsOfCounted } from "../core/outcome.ts";
import { blockedReasons, countedOutcomes, gauges, waitReasons } from "./instruments.ts";
import type { Watched } from "./telemetry.ts";

interface Read {
  readonly counts: ReadonlyMap<string, number>;
  readonly freshness: Awaited<ReturnType<Watched["freshness"]>>;
}

/** What of an interval must be over before anything is read again: timers are not exact. */
const share = 0.9;

/**
 * Gauges of the fleet and the queue. They are read when metrics are exported, never by a look, and at most once in an interval
 * however many exporters there are. What could not be read is not told: a 0 would say that all is well.
 */
export class FleetGauges {
  readonly #intervalMs: number;
  readonly #oldestWait: (now: number) => number;
  #watched: Watched | undefined;
  #kept: { readonly at: number; readonly answer: Promise<Read | undefined> } | undefined;
  readonly #observables: Readonly<Record<keyof typeof gauges, Observable>>;

  /** @param oldestWait for how long the workspace waits that waits longest, in milliseconds */
  constructor(meter: Meter, intervalMs: number, oldestWait: (now: number) => number) {
    this.#intervalMs = intervalMs;
    this.#oldestWait = oldestWait;
    const made = Object.entries(gauges).map(([key, { name, ...options }]) => {
      return [key, meter.createObservableGauge(name, options)] as const;
    });
    this.#observables = Object.fromEntries(made) as Record<keyof typeof gauges, Observable>;
    meter.addBatchObservableCallback((result) => this.#observe(result), Object.values(this.#observables));
  }

  watch(watched: Watched): void {
    this.#watched = watched;
  }

  async #observe(result: BatchObservableResult): Promise<void> {
    const now = Date.now();
    const { workspaces, waiting, blocked, oldestWait, sweepAge, queueAge } = this.#observables;
    result.observe(oldestWait, this.#oldestWait(now) / 1_000);
    const read = await this.#read(now);
    if (read === undefined) return;
    const { counts, freshness } = read;
    const parts = [...counts].map(([counted, count]) => ({ ...partsOfCounted(counted), count }));
    const counted = (wanted: string, why?: string): number =>
      parts
        .filter(({ outcome, reason }) => outcome === wanted && (why === undefined || reason === why))
        .reduce((sum, { count }) => sum + count, 0);
    for (const outcome of countedOutcomes) result.observe(workspaces, counted(outcome), { outcome });
    for (const reason of waitReasons) result.observe(waiting, counted("waiting", reason), { reason });
    for (const reason of blockedReasons) result.observe(blocked, counted("blocked", reason), { reason });
    const age = (since = now): number => Math.max(0, now - since) / 1_000;
    result.observe(sweepAge, age(freshness.lastSweepAt));
    result.observe(queueAge, age(freshness.oldestWaitingSince));
  }

  #read(now: number): Promise<Read | undefined> {
    const watched = this.#watched;
    if (watched === undefined) return Promise.resolve(undefined);
    if (this.#kept !== undefined && now - this.#kept.at < share * this.#intervalMs) return this.#kept.answer;
    const answer = Promise.all([watched.counts(), watched.freshness()]).then(
      ([counts, freshness]) => ({ counts, freshness }),
      () => undefined,
    );
    this.#kept = { at: now, answer };
    return answer;
  }
}
