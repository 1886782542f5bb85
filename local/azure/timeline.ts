/**
 * A map that remembers when each value was written, so that a read may see the world as it was a while ago.
 *
 * ARM answers reads from caches and replicas; "the state of 20 seconds ago" is the simplest honest model of that.
 */
export class Timeline<T> {
  readonly #versions = new Map<string, { at: number; value: T | undefined }[]>();
  readonly #keysIn = new Map<string, Set<string>>();
  readonly #onSet: (at: number) => void;
  readonly #drawerOf: (value: T) => string;

  /**
   * @param onSet is told of the time of every write
   * @param drawerOf sorts values into drawers, so that few of many need not be looked for among all
   */
  constructor(onSet: (at: number) => void = () => undefined, drawerOf: (value: T) => string = () => "") {
    this.#onSet = onSet;
    this.#drawerOf = drawerOf;
  }

  /** `undefined` records that the value was deleted. */
  set(key: string, value: T | undefined, at: number): void {
    const versions = this.#versions.get(key) ?? [];
    versions.push({ at, value });
    if (versions.length > KEPT_VERSIONS) versions.shift();
    this.#versions.set(key, versions);
    if (value !== undefined) {
      const drawer = this.#drawerOf(value);
      this.#keysIn.set(drawer, (this.#keysIn.get(drawer) ?? new Set()).add(key));
    }
    this.#onSet(at);
  }

  get(key: string, at = Infinity): T | undefined {
    return this.#versions.get(key)?.findLast((version) => version.at <= at)?.value;
  }

  values(at = Infinity): T[] {
    return this.#valuesOf(this.#versions.keys(), at);
  }

  valuesIn(drawer: string, at = Infinity): T[] {
    // One that was deleted and made again may have been in another before.
    return this.#valuesOf(this.#keysIn.get(drawer) ?? [], at).filter((value) => this.#drawerOf(value) === drawer);
  }

  #valuesOf(keys: Iterable<string>, at: number): T[] {
    return [...keys].flatMap((key) => {
      const value = this.get(key, at);
      return value === undefined ? [] : [value];
    });
  }
}

const KEPT_VERSIONS = 50;
