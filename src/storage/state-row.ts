import * as z from "zod/mini";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { Storage } from "./connection.ts";
import { stateKey } from "./keys.ts";
import { countedColumn } from "./outcome-counts.ts";
import { UnreadableRowError } from "./storage-error.ts";
import type { Columns, Row, RowKey, Table } from "./table.ts";

/** Raised when an older version would misread or damage what a newer one wrote. */
export const stateSchemaVersion = 1;

/**
 * The row of one workspace in the table `Workspaces`, where its lease and its memory meet: so one ETag guards both, and
 * whoever lost the lease cannot write memory. Every column exists from the beginning (a filter passes over a row that
 * lacks its column, and a merge cannot delete one); empty text means none.
 */
export interface StateRow {
  readonly etag: string;
  readonly leaseOwner: string;
  /** Milliseconds since the epoch; 0 when nobody ever held it. */
  readonly leaseUntil: number;
  /** How many columns hold the memory; 0 when nothing is remembered yet. */
  readonly memoryParts: number;
  readonly row: Row;
}

const shape = z.object({
  schemaVersion: z.int().check(z.positive()),
  etag: z.string(),
  leaseOwner: z.string(),
  leaseUntil: z.union([z.literal(""), z.iso.datetime()]),
  memoryParts: z.int().check(z.nonnegative()),
});

/** What was read of a state row; `found` is absent when there was none. */
export interface FirstRow {
  readonly found: StateRow | undefined;
}

/** How the holder of a lease writes to the state row. */
export interface LeasedWriter {
  /**
   * The row as it was when the lease was taken, which nobody but its holder has written since. Given once, and only
   * before the first write.
   * @returns nothing when it has to be read
   */
  takeFirst(): FirstRow | undefined;
  /** @throws AzureFailure of kind `leaseLost`, and then nothing was written; and what {@link Table} throws */
  write(columns: (memoryParts: number) => Columns): Promise<void>;
}

/** The state rows as one process sees them. Leases and memory of a process must share one of these. */
export class StateRows {
  readonly table: Table;
  readonly #writers = new Map<string, LeasedWriter | undefined>();

  constructor(storage: Storage) {
    this.table = storage.table("Workspaces");
  }

  /** @throws UnreadableRowError for a row of a newer version; what {@link Table} throws */
  async read(key: RowKey): Promise<StateRow | undefined> {
    const row = await this.table.get(key);
    return row === undefined ? undefined : stateRowOf(row);
  }

  /** Makes the first row of a workspace, with a lease in it. @returns its ETag, or `undefined` when somebody was faster */
  async create(workspace: WorkspaceId, lease: Columns): Promise<string | undefined> {
    const blank = {
      workspaceId: formatId(workspace),
      outcome: "",
      reason: "",
      registryId: "",
      lookedAt: "",
      nextLookAt: "",
      baseline: "",
      provingRoles: "",
      [countedColumn]: "",
    };
    const first = { schemaVersion: stateSchemaVersion, ...blank, memoryParts: 0, ...lease };
    return this.table.insert(stateKey(workspace), first);
  }

  /**
   * Keeps two workers of this process apart: memory is saved by workspace, so only one of them may be at work on it.
   * @returns whether nobody in this process was
   */
  enter(workspace: WorkspaceId): boolean {
    const { rowKey } = stateKey(workspace);
    if (this.#writers.has(rowKey)) return false;
    this.#writers.set(rowKey, undefined);
    return true;
  }

  hold(workspace: WorkspaceId, writer: LeasedWriter): void {
    this.#writers.set(stateKey(workspace).rowKey, writer);
  }

  leave(workspace: WorkspaceId): void {
    this.#writers.delete(stateKey(workspace).rowKey);
  }

  /** Whoever in this process holds the lease of the workspace, or held it and was not told yet. */
  writer(workspace: WorkspaceId): LeasedWriter | undefined {
    return this.#writers.get(stateKey(workspace).rowKey);
  }
}

function stateRowOf(row: Row): StateRow {
  const { workspaceId: id, schemaVersion: version } = row;
  const name = `The state of ${JSON.stringify(typeof id === "string" ? id : row.rowKey)}`;
  if (typeof version === "number" && version > stateSchemaVersion)
    throw new UnreadableRowError(
      `${name} was written by a newer version of this program (schema ${version}; this one knows ${stateSchemaVersion}). It is left as it is: run the newer version.`,
    );
  const parsed = shape.safeParse(row);
  if (!parsed.success) throw new UnreadableRowError(`${name} cannot be read: ${z.prettifyError(parsed.error)}`);
  const { leaseUntil, ...rest } = parsed.data;
  return { ...rest, leaseUntil: leaseUntil === "" ? 0 : Date.parse(leaseUntil), row };
}
