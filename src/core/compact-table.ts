/**
 * A table of numbers by text that stays small with very many rows: open addressing in one array, the texts themselves are not
 * kept. Two texts that meet on one 52-bit key count as one: among 400,000 rows some text does so with a chance below 1 : 10⁹.
 */
export class CompactTable {
  readonly #keyOf: (text: string) => number;
  readonly #width: number;
  /** Slots of the key (0 for none) and its numbers. */
  #slots: Float64Array;
  #capacity = 1024;
  #size = 0;

  /**
   * @param hash turns a text into hexadecimal digits, 13 at least
   * @param width how many numbers a row has; with 0 it is a set
   */
  constructor(hash: (text: string) => string, width = 0) {
    this.#keyOf = (text) => Number.parseInt(hash(text).slice(0, 13), 16) || 1;
    this.#width = width;
    this.#slots = new Float64Array(this.#capacity * (width + 1));
  }

  has(text: string): boolean {
    return this.#slots[this.#find(this.#keyOf(text))] !== 0;
  }

  /** The numbers of a row; `undefined` where there is none. */
  get(text: string): readonly number[] | undefined {
    const at = this.#find(this.#keyOf(text));
    return this.#slots[at] === 0 ? undefined : [...this.#slots.subarray(at + 1, at + 1 + this.#width)];
  }

  set(text: string, ...numbers: readonly number[]): void {
    this.#put(this.#keyOf(text), numbers);
    // Half empty at least: a search then ends after two steps on average.
    if (this.#size * 2 > this.#capacity) this.#grow();
  }

  #put(key: number, numbers: ArrayLike<number>): void {
    const at = this.#find(key);
    if (this.#slots[at] === 0) this.#size += 1;
    this.#slots[at] = key;
    this.#slots.set(numbers, at + 1);
  }

  /** Where the row of a key is, or would be. */
  #find(key: number): number {
    const step = this.#width + 1;
    let slot = key % this.#capacity;
    while (this.#slots[slot * step] !== 0 && this.#slots[slot * step] !== key) slot = (slot + 1) % this.#capacity;
    return slot * step;
  }

  #grow(): void {
    const [old, step] = [this.#slots, this.#width + 1];
    this.#capacity *= 2;
    this.#slots = new Float64Array(this.#capacity * step);
    this.#size = 0;
    for (let at = 0; at < old.length; at += step)
      if (old[at] !== 0) this.#put(old[at] ?? 0, old.subarray(at + 1, at + step));
  }
}
