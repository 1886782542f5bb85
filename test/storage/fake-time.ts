import type { After } from "../../src/storage/lease.ts";

/** A clock and timers that move only when told to. */
export class FakeTime {
  #now = Date.UTC(2026, 0, 15, 12);
  readonly #timers = new Set<{ readonly due: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  readonly after: After = (ms, run) => {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Moves on, and runs what comes due on the way, each at its time. */
  advance(seconds: number): void {
    const end = this.#now + seconds * 1000;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = end;
  }

  /** Moves the clock only: as for a process that was frozen and whose timers did not run. */
  freeze(seconds: number): void {
    this.#now += seconds * 1000;
  }

  get timers(): number {
    return this.#timers.size;
  }
}
