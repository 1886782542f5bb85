import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import type { Storage } from "./connection.ts";
import type { Columns, Row, RowKey, Table } from "./table.ts";

/** How many workspaces there are of each outcome and reason, by what `countedAs` calls them. */
export type OutcomeCounts = ReadonlyMap<string, number>;

/** The column of a state row that says as what its workspace is counted; empty for one that is not. */
export const countedColumn = "counted";

/** What rows of counts begin with: behind all state rows of their partition, whose keys are hex digits. */
export const countRows = "~";

/**
 * Sets columns of a state row, and counts its workspace as something else, in one transaction: so counts are right whatever is cut
 * off. A sixteenth of a subscription shares a row of counts, so that those who finish at once seldom meet.
 * @returns the new ETag of the state row, or `undefined` when it, or the counts, were changed meanwhile
 */
export async function mergeCounted(
  table: Table,
  { partitionKey, rowKey }: RowKey,
  columns: Columns,
  etag: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string | undefined> {
  const countsKey = `${countRows}${rowKey.slice(0, 1)}`;
  const row = await table.get({ partitionKey, rowKey: countsKey });
  const counts = new Map(row === undefined ? [] : countsIn(row));
  add(counts, from, -1);
  add(counts, to, 1);
  return table.mergeTogether(
    partitionKey,
    { rowKey, columns: { ...columns, [countedColumn]: to }, etag },
    { rowKey: countsKey, columns: { counts: JSON.stringify(Object.fromEntries(counts)) }, etag: row?.etag },
  );
}

/** Reads what is counted of a subscription: a query of sixteen rows, however many workspaces there are. @throws what storage throws */
export async function outcomeCounts(storage: Storage, subscriptionId: string): Promise<OutcomeCounts> {
  const counts = new Map<string, number>();
  const filter = odata`PartitionKey eq ${subscriptionId.toLowerCase()} and RowKey ge ${countRows}`;
  for await (const row of storage.table("Workspaces").rows(filter, Infinity, ["counts"]))
    for (const [counted, count] of countsIn(row)) add(counts, counted, count);
  return counts;
}

function add(counts: Map<string, number>, counted: string, more: number): void {
  if (counted === "") return;
  const count = Math.max(0, (counts.get(counted) ?? 0) + more);
  if (count === 0) counts.delete(counted);
  else counts.set(counted, count);
}

const shape = z.record(z.string(), z.int().check(z.nonnegative()));

/** What a row counts; nothing where it makes no sense. */
function countsIn(row: Row): readonly (readonly [string, number])[] {
  try {
    return Object.entries(shape.safeParse(JSON.parse(String(row["counts"]))).data ?? {});
  } catch {
    return [];
  }
}
