import type { Clock } from "../../src/core/ports.ts";

/** A clock that nobody waits for: sleeping moves it on. Sleeps that begin together end together. */
export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 0, 15, 12);

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.#now + ms;
    signal?.throwIfAborted();
    await Promise.resolve();
    this.advanceTo(until);
    signal?.throwIfAborted();
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** Never goes back. */
  advanceTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }
}
