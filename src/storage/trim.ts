import { odata } from "@azure/data-tables";
import { newestFirst } from "./keys.ts";
import type { Table } from "./table.ts";

/**
 * Deletes from a partition whose keys begin with {@link newestFirst} all rows but the newest `keep`, and of those what is
 * older than `since` (ms since the epoch).
 */
export async function trim(table: Table, partitionKey: string, keep: number, since: number): Promise<void> {
  const old: string[] = [];
  let position = 0;
  for await (const { rowKey } of table.rows(odata`PartitionKey eq ${partitionKey}`, Infinity, [])) {
    position += 1;
    if (position > keep || rowKey > `${newestFirst(since)}~`) old.push(rowKey);
  }
  await table.delete(partitionKey, old);
}
