import { countedColumn, mergeCounted } from "./outcome-counts.ts";
import type { FirstRow, LeasedWriter, StateRow, StateRows } from "./state-row.ts";
import type { Columns, RowKey } from "./table.ts";

/** How often a write is tried when the ETag moved although the lease is still ours: it moves only by our own lost answers. */
const attempts = 3;
/** How often a write is tried when others keep changing the counts that it changes as well. */
const countingAttempts = 10;

/**
 * A state row whose lease columns name us. Writes go one after the other, each only if nobody has written since.
 */
export class HeldRow implements Pick<LeasedWriter, "takeFirst"> {
  readonly #rows: StateRows;
  readonly #key: RowKey;
  readonly #owner: string;
  #etag: string;
  #memoryParts: number;
  /** As what the workspace is counted now. */
  #counted: string;
  #first: FirstRow | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param found the row as it was before its lease columns named us; absent when there was none */
  constructor(rows: StateRows, key: RowKey, owner: string, etag: string, found: StateRow | undefined) {
    this.#rows = rows;
    this.#key = key;
    this.#owner = owner;
    this.#etag = etag;
    this.#memoryParts = found?.memoryParts ?? 0;
    this.#counted = countedIn(found);
    this.#first = { found };
  }

  /** See {@link LeasedWriter}. */
  takeFirst(): FirstRow | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first;
  }

  /**
   * Sets columns.
   * @param columns asked when the turn has come, with the number of parts the memory has now; what it throws is passed on
   * @returns whether it was written; if not, the row names another owner
   * @throws what storage throws, after which it is unknown whether it was written
   */
  async write(columns: (memoryParts: number) => Columns): Promise<boolean> {
    this.#first = undefined;
    const turn = this.#last.then(() => this.#write(columns));
    this.#last = turn.catch(() => undefined); // the caller is told, the next one goes on
    return turn;
  }

  async #write(columns: (memoryParts: number) => Columns): Promise<boolean> {
    let [moved, contended] = [0, 0];
    while (moved < attempts) {
      const { [countedColumn]: counted, ...wanted } = columns(this.#memoryParts);
      const isCounted = typeof counted === "string" && counted !== this.#counted && contended < countingAttempts;
      const etag = isCounted
        ? await mergeCounted(this.#rows.table, this.#key, wanted, this.#etag, { from: this.#counted, to: counted })
        : await this.#rows.table.merge(this.#key, wanted, this.#etag);
      if (etag !== undefined) {
        this.#etag = etag;
        if (isCounted) this.#counted = counted;
        const parts = wanted["memoryParts"];
        if (typeof parts === "number") this.#memoryParts = parts;
        return true;
      }
      // Either somebody took over, or an earlier write of ours arrived and only its answer was lost, or only the counts moved.
      const now = await this.#rows.read(this.#key);
      if (now?.leaseOwner !== this.#owner) return false;
      if (now.etag === this.#etag) contended += 1;
      else moved += 1;
      this.#etag = now.etag;
      this.#memoryParts = now.memoryParts;
      this.#counted = countedIn(now);
    }
    return false;
  }
}

function countedIn(found: StateRow | undefined): string {
  const counted = found?.row[countedColumn];
  return typeof counted === "string" ? counted : "";
}
