/** Everything that storage holds at the end, read past the proxies. */
import { TableClient, TableServiceClient } from "@azure/data-tables";
import type { Azurite } from "../azurite.ts";

type Row = Readonly<Record<string, unknown>> & { readonly partitionKey?: string; readonly rowKey?: string };

const options = { allowInsecureConnection: true };

/** Every row of every table, by the name of the table. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

export async function tablesOf(azurite: Azurite): Promise<Tables> {
  const service = TableServiceClient.fromConnectionString(azurite.connectionString, options);
  const tables: Record<string, readonly Row[]> = {};
  for await (const { name } of service.listTables()) if (name !== undefined) tables[name] = await rowsOf(azurite, name);
  return tables;
}

/** Every row of a table that is there. */
export async function rowsOf({ connectionString }: Azurite, table: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of TableClient.fromConnectionString(connectionString, table, options).listEntities<Row>())
    rows.push(row);
  return rows;
}
