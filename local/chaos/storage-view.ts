/** Everything that storage holds at the end, read past the proxies. */
import { TableClient, TableServiceClient } from "@azure/data-tables";
import type { Azurite } from "../azurite.ts";

type Row = Readonly<Record<string, unknown>> & { readonly partitionKey?: string };

const options = { allowInsecureConnection: true };

/** Every row of every table, by the name of the table. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

export async function tablesOf({ connectionString }: Azurite): Promise<Tables> {
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  const tables: Record<string, Row[]> = {};
  for await (const { name } of service.listTables()) {
    if (name === undefined) continue;
    const rows: Row[] = [];
    for await (const row of TableClient.fromConnectionString(connectionString, name, options).listEntities<Row>())
      rows.push(row);
    tables[name] = rows;
  }
  return tables;
}
