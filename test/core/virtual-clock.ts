import type { Clock } from "../../src/core/ports.ts";

/** A clock that nobody waits for: once everybody sleeps, it goes on to the time when the first of them wakes. */
export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 0, 15, 12);
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((wake) => {
      this.#sleepers.push({ until: this.#now + ms, wake });
      setImmediate(() => {
        this.#wakeFirst();
      });
    });
    signal?.throwIfAborted();
  }

  /** One for each sleeper, after everything that could still be done was done. */
  #wakeFirst(): void {
    const [first] = this.#sleepers.toSorted((a, b) => a.until - b.until);
    if (first === undefined) return;
    this.#sleepers.splice(this.#sleepers.indexOf(first), 1);
    this.advanceTo(first.until);
    first.wake();
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** Never goes back. */
  advanceTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }
}
