/**
 * The times at which a world changed or will have changed, so that what was computed of it for one moment can be used
 * again for another between which and the first nothing changed.
 */
export class Moments {
  /** Ascending. */
  readonly #times: number[] = [];
  /** Grows when something changed at a time that was asked about already: nothing computed before holds. */
  #epoch = 0;
  #asked = -Infinity;

  /** Something changed at this time (ms), which may be past or to come; -Infinity for what was always so. */
  readonly mark = (at: number): void => {
    if (at <= this.#asked) this.#epoch += 1;
    if (at === -Infinity) return;
    this.#times.splice(this.#countUpTo(at), 0, at);
  };

  /** Something changed for all times. */
  markAll(): void {
    this.#epoch += 1;
  }

  /** The same for two moments only if the world was the same at both, as far as is known now. */
  revisionAt(at: number): string {
    this.#asked = Math.max(this.#asked, at);
    return `${this.#epoch}.${this.#countUpTo(at)}`;
  }

  #countUpTo(at: number): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
