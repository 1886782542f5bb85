/** A look into the app's storage, through the app's own code. */
import { TableClient } from "@azure/data-tables";
import { QueueClient } from "@azure/storage-queue";
import {
  tableNames,
  openStorage,
  type Storage,
  type StorageOptions,
  type TableName,
} from "../../src/storage/connection.ts";
import { queueName } from "../../src/storage/queue-names.ts";
import { openSweeps, type Sweeps } from "../../src/storage/sweeps.ts";
import type { Row } from "../../src/storage/table.ts";
import type { SweepRecord } from "../../src/core/sweep-record.ts";
import type { Azurite } from "../../local/azurite.ts";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { rejectedOn, type RejectedRecord } from "../support/rejected-records.ts";
import { run } from "./app.ts";

type Account = Pick<Azurite, "connectionString">;

// Azurite may have more to do than the app would wait for.
const patience: StorageOptions = { callDeadlineMs: 60_000 };
const opened = new WeakMap<Account, Storage>();

/** An account's storage, as the app opens it. */
export function storageOf(account: Account): Storage {
  const { connectionString } = account;
  const storage =
    opened.get(account) ?? openStorage({ kind: "connectionString", connectionString }, undefined, patience);
  opened.set(account, storage);
  return storage;
}

export async function rowsOf(account: Account, table: TableName): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of storageOf(account).table(table).rows("")) rows.push(row);
  return rows;
}

/** Everything that all tables hold, as text. */
export async function wholeStorage(account: Account): Promise<string> {
  const tables = await Promise.all(tableNames.map((name) => rowsOf(account, name)));
  return JSON.stringify(tables);
}

/** Everything that was rejected since `since`, the first first. */
export async function rejectedSince(account: Account, since: Date): Promise<RejectedRecord[]> {
  const days = new Set([since, new Date()].map((date) => date.toISOString().slice(0, 10)));
  const lists = await Promise.all([...days].map((day) => rejectedOn(storageOf(account), day)));
  return lists.flat().filter(({ at }) => at >= since.getTime());
}

/** Deletes every row of every table, as if the account had been made anew. */
export async function forgetEverything(account: Account): Promise<void> {
  for (const name of tableNames) {
    const options = { allowInsecureConnection: true };
    const table = TableClient.fromConnectionString(account.connectionString, name, options);
    for (const { partitionKey, rowKey } of await rowsOf(account, name)) await table.deleteEntity(partitionKey, rowKey);
  }
}

export function sweepsOf(account: Account): Sweeps {
  return openSweeps(storageOf(account), { now: Date.now });
}

/** Runs a sweep to its end and until every look that it asked for has ended. */
export async function sweep(host: Host, account: Account): Promise<SweepRecord> {
  const sweeps = sweepsOf(account);
  const before = await sweeps.latest();
  await run(host, "sweep");
  const record = await until("the sweep to end", async () => {
    const latest = await sweeps.latestFinished();
    return latest !== undefined && latest.id !== before?.id && latest;
  });
  await until(`the looks that the sweep asked for to end`, async () => {
    const waiting = await rowsOf(account, "Inbox");
    return !waiting.some(({ requestId }) => requestId === JSON.stringify(`sweep-${record.id}`));
  });
  return record;
}

export function queueOf({ connectionString }: Account, name = queueName): QueueClient {
  return new QueueClient(connectionString, name);
}

/** How many messages a queue holds, visible or not. */
export async function queueLength(account: Account, name = queueName): Promise<number> {
  const queue = queueOf(account, name);
  if (!(await queue.exists())) return 0;
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

/** Puts a text on the queue of requests, encoded as the host expects it. */
export async function sendRaw(account: Account, text: string): Promise<void> {
  await queueOf(account).sendMessage(Buffer.from(text, "utf8").toString("base64"));
}
