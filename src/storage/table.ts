import type { TableClient, TableEntity, TableTransactionResponse, TransactionAction } from "@azure/data-tables";
import { answerOf, type StorageTarget } from "./storage-error.ts";

/** The key of a row: two texts without the characters that table keys forbid. */
export interface RowKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

export type Columns = Readonly<Record<string, string | number | boolean>>;

/** A row as the service answers it. What its columns hold is for the reader to check. */
export type Row = RowKey & { readonly etag: string; readonly timestamp?: string } & Readonly<Record<string, unknown>>;

/** The most operations that one transaction may hold ("Performing entity group transactions", Table service). */
const transactionLimit = 100;
/** The most rows that the service answers at once ("Query timeout and pagination", Table service). */
const pageLimit = 1000;

/**
 * One table, with the few operations that this project uses. An operation that finds something else than it asked for says
 * so by its result; all of them throw as {@link answerOf}.
 */
export class Table {
  readonly #client: TableClient;
  readonly #target: StorageTarget;
  readonly #ready: () => Promise<void>;

  /** @param ready resolves when the table is there; called before each operation */
  constructor(client: TableClient, target: StorageTarget, ready: () => Promise<void>) {
    this.#client = client;
    this.#target = target;
    this.#ready = ready;
  }

  /** Creates the table, unless it exists. */
  async create(): Promise<void> {
    await answerOf(this.#target, (abortSignal) => this.#client.createTable({ abortSignal }));
  }

  /** `undefined` when there is no such row. */
  async get({ partitionKey, rowKey }: RowKey): Promise<Row | undefined> {
    await this.#ready();
    const get = (abortSignal: AbortSignal): Promise<object> =>
      this.#client.getEntity(partitionKey, rowKey, { abortSignal });
    return (await answerOf(this.#target, get, "ResourceNotFound")) as Row | undefined;
  }

  /** Adds a row. @returns its ETag, or `undefined` when there is one with this key, which is left as it is */
  async insert(key: RowKey, columns: Columns): Promise<string | undefined> {
    await this.#ready();
    const insert = (abortSignal: AbortSignal): Promise<{ etag?: string }> =>
      this.#client.createEntity(entity(key, columns), { abortSignal });
    const inserted = await answerOf(this.#target, insert, "EntityAlreadyExists");
    return inserted === undefined ? undefined : etagOf(inserted);
  }

  /**
   * Sets columns of a row if it still has this ETag; the other columns stay.
   * @returns the new ETag, or `undefined` when the row was changed or is gone. After a lost answer the SDK sends again, so
   * the change may have been our own.
   */
  async merge(key: RowKey, columns: Columns, etag: string): Promise<string | undefined> {
    await this.#ready();
    const merge = (abortSignal: AbortSignal): Promise<{ etag?: string }> =>
      this.#client.updateEntity(entity(key, columns), "Merge", { etag, abortSignal });
    const merged = await answerOf(this.#target, merge, "UpdateConditionNotSatisfied", "ResourceNotFound");
    return merged === undefined ? undefined : etagOf(merged);
  }

  /**
   * Sets columns of two rows of one partition, both or neither: the first must still have its ETag, the second too, or not be there
   * where it has none.
   * @returns the new ETag of the first, or `undefined` when one of them was found otherwise; of a lost answer as {@link merge}
   */
  async mergeTogether(
    partitionKey: string,
    first: { readonly rowKey: string; readonly columns: Columns; readonly etag: string },
    second: { readonly rowKey: string; readonly columns: Columns; readonly etag: string | undefined },
  ): Promise<string | undefined> {
    await this.#ready();
    const merge = (rowKey: string, columns: Columns, etag: string): TransactionAction => [
      "update",
      entity({ partitionKey, rowKey }, columns),
      "Merge",
      { etag },
    ];
    const insert = (rowKey: string, columns: Columns): TransactionAction => [
      "create",
      entity({ partitionKey, rowKey }, columns),
    ];
    const actions = [
      merge(first.rowKey, first.columns, first.etag),
      second.etag === undefined
        ? insert(second.rowKey, second.columns)
        : merge(second.rowKey, second.columns, second.etag),
    ];
    const submit = (abortSignal: AbortSignal): Promise<TableTransactionResponse> =>
      this.#client.submitTransaction(actions, { abortSignal });
    const changed = ["UpdateConditionNotSatisfied", "ResourceNotFound", "EntityAlreadyExists"];
    const answer = await answerOf(this.#target, submit, ...changed);
    // In the order of the actions; by row keys they are told apart only where the service repeats them.
    return answer === undefined ? undefined : etagOf(answer.subResponses[0] ?? {});
  }

  /** Writes a row, whatever was there. */
  async put(key: RowKey, columns: Columns): Promise<void> {
    await this.#ready();
    await answerOf(this.#target, (abortSignal) =>
      this.#client.upsertEntity(entity(key, columns), "Replace", { abortSignal }),
    );
  }

  /**
   * The rows that a filter (built with `odata`) lets through, in the order of their keys.
   * @param select the columns wanted besides the keys; all when absent
   */
  async *rows(filter: string, limit = Infinity, select?: readonly string[]): AsyncGenerator<Row> {
    if (limit < 1) return;
    await this.#ready();
    const queryOptions =
      select === undefined ? { filter } : { filter, select: ["partitionKey", "rowKey", "timestamp", ...select] };
    let continuationToken: string | undefined;
    let left = limit;
    do {
      const maxPageSize = Math.min(left, pageLimit);
      const settings = continuationToken === undefined ? { maxPageSize } : { maxPageSize, continuationToken };
      const answer = await answerOf(this.#target, (abortSignal) =>
        this.#client.listEntities({ queryOptions, abortSignal }).byPage(settings).next(),
      );
      if (answer === undefined || answer.done === true) return;
      yield* (answer.value as unknown as readonly Row[]).slice(0, left);
      left -= answer.value.length;
      continuationToken = answer.value.continuationToken;
    } while (continuationToken !== undefined && left > 0);
  }

  /**
   * Deletes a row if it still has this ETag.
   * @returns whether it did; after a lost answer `false` may also mean that it did the first time
   */
  async deleteUnchanged({ partitionKey, rowKey }: RowKey, etag: string): Promise<boolean> {
    await this.#ready();
    const remove = (abortSignal: AbortSignal): Promise<unknown> =>
      this.#client.deleteEntity(partitionKey, rowKey, { etag, abortSignal });
    return (await answerOf(this.#target, remove, "UpdateConditionNotSatisfied", "ResourceNotFound")) !== undefined;
  }

  /** Deletes rows of one partition, 100 at a time. Rows that are not there are as good as deleted. */
  async delete(partitionKey: string, rowKeys: readonly string[]): Promise<void> {
    await this.#ready();
    const keys = [...new Set(rowKeys)];
    for (let at = 0; at < keys.length; at += transactionLimit)
      await this.#deleteTogether(partitionKey, keys.slice(at, at + transactionLimit));
  }

  async #deleteTogether(partitionKey: string, rowKeys: readonly string[]): Promise<void> {
    const one = async (rowKey: string): Promise<void> => {
      const remove = (abortSignal: AbortSignal): Promise<unknown> =>
        this.#client.deleteEntity(partitionKey, rowKey, { abortSignal });
      await answerOf(this.#target, remove, "ResourceNotFound");
    };
    if (rowKeys.length > 1) {
      const actions = rowKeys.map((rowKey): TransactionAction => ["delete", { partitionKey, rowKey }]);
      const submit = (abortSignal: AbortSignal): Promise<unknown> =>
        this.#client.submitTransaction(actions, { abortSignal });
      // One missing row fails the whole transaction.
      if ((await answerOf(this.#target, submit, "ResourceNotFound")) !== undefined) return;
    }
    await Promise.all(rowKeys.map(one));
  }
}

function entity({ partitionKey, rowKey }: RowKey, columns: Columns): TableEntity<Columns> {
  return { ...columns, partitionKey, rowKey };
}

function etagOf({ etag }: { readonly etag?: string }): string {
  if (etag === undefined) throw new Error("The table service answered a write without an ETag.");
  return etag;
}
