/** Everything in an account of the app, as the service has it: to be kept in a file, and put back. */
import type { TableEntity } from "@azure/data-tables";
import { tableNames, type TableName } from "../../src/storage/connection.ts";
import { all, type Setting, tableClient } from "../storage/setting.ts";

type StoredRow = Readonly<Record<string, unknown>> & { readonly partitionKey: string; readonly rowKey: string };

export interface Stored {
  readonly tables: Readonly<Record<TableName, readonly StoredRow[]>>;
  /** What is on the queue, decoded. */
  readonly messages: readonly unknown[];
}

/** Names that are random in each process. */
const random = ["claimant", "owner"];
/** Of the service, not of the app. */
const ofTheService = ["etag", "timestamp"];

export async function readStored(setting: Setting): Promise<Stored> {
  const rowsOf = async (name: TableName): Promise<StoredRow[]> => {
    const rows = await all(tableClient(setting, name).listEntities());
    return rows.map((row) => {
      const kept = Object.entries(row as object)
        .filter(([column]) => !ofTheService.includes(column) && !column.startsWith("odata"))
        .map(([column, value]: [string, unknown]): [string, unknown] => [
          column,
          random.includes(column) ? `some ${column}` : value,
        ]);
      return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))) as StoredRow;
    });
  };
  const tables = {} as Record<TableName, StoredRow[]>;
  for (const name of tableNames) tables[name] = await rowsOf(name);
  const queued = await setting.storage.peek(32);
  const messages = queued.map(({ text }): unknown => JSON.parse(Buffer.from(text, "base64").toString("utf8")));
  return { tables, messages };
}

/** Deletes all rows, and puts others there. */
export async function replaceStored(setting: Setting, tables: Partial<Stored["tables"]>): Promise<void> {
  for (const name of tableNames) {
    const client = tableClient(setting, name);
    for (const { partitionKey, rowKey } of await all(client.listEntities<TableEntity>()))
      await client.deleteEntity(partitionKey, rowKey);
    for (const row of tables[name] ?? []) await client.createEntity(row);
  }
}
