/**
 * A map that remembers when each value was written, so that a read may see the world as it was a while ago.
 *
 * ARM answers reads from caches and replicas; "the state of 20 seconds ago" is the simplest honest model of that.
 */
export class Timeline<T> {
  readonly #versions = new Map<string, { at: number; value: T | undefined }[]>();
  readonly #onSet: (at: number) => void;

  /** `onSet` is told of the time of every write. */
  constructor(onSet: (at: number) => void = () => undefined) {
    this.#onSet = onSet;
  }

  /** `undefined` records that the value was deleted. */
  set(key: string, value: T | undefined, at: number): void {
    const versions = this.#versions.get(key) ?? [];
    versions.push({ at, value });
    if (versions.length > KEPT_VERSIONS) versions.shift();
    this.#versions.set(key, versions);
    this.#onSet(at);
  }

  get(key: string, at = Infinity): T | undefined {
    return this.#versions.get(key)?.findLast((version) => version.at <= at)?.value;
  }

  values(at = Infinity): T[] {
    return [...this.#versions.keys()].flatMap((key) => {
      const value = this.get(key, at);
      return value === undefined ? [] : [value];
    });
  }
}

const KEPT_VERSIONS = 50;
