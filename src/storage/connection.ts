import type { TokenCredential } from "@azure/core-auth";
import { TableClient, type TableServiceClientOptions } from "@azure/data-tables";
import { QueueClient, type QueuePeekMessagesResponse, type StoragePipelineOptions } from "@azure/storage-queue";
import { poisonQueueName, queueName } from "./queue-names.ts";
import { answerOf, type StorageTarget, tellableUrl } from "./storage-error.ts";
import { Table } from "./table.ts";

export type StorageSettings =
  | { readonly kind: "connectionString"; readonly connectionString: string }
  | { readonly kind: "identity"; readonly tableServiceUri: string; readonly queueServiceUri: string };

export const tableNames = ["Workspaces", "Inbox", "Index", "History", "Rejected", "Sweeps", "SweepResults"] as const;
export type TableName = (typeof tableNames)[number];

/** Where everything is kept. Tables and queues come into being at their first use. */
export interface Storage {
  table(name: TableName): Table;
  /** Puts a message that becomes visible after `delaySeconds` (0 to 7 days) and never expires. @throws as {@link answerOf} */
  send(text: string, delaySeconds: number): Promise<void>;
  /** Up to `count` (1 to 32) of the messages that could be taken now, which stay where they are. @throws as {@link answerOf} */
  peek(count: number): Promise<readonly QueuedText[]>;
  /** Creates the tables and queues that are missing; asks the service once in the life of a process. @throws as {@link answerOf} */
  ensure(): Promise<void>;
}

export interface QueuedText {
  readonly text: string;
  /** By the clock of the service, in whole seconds; ms since the epoch. */
  readonly insertedAt: number;
}

export interface StorageOptions {
  /** How long one call may take with all its retries, in milliseconds. */
  readonly callDeadlineMs?: number;
}

// The SDK's own pace (tables: 3 retries from 1 s, queues: 3 from 4 s) would keep an event trigger past the 30 s that
// Event Grid waits for it. Whoever calls us comes again anyway, so we only bridge a hiccup.
const retries = 2;
const retryDelayInMs = 200;
const maxRetryDelayInMs = 1000;
const defaultCallDeadlineMs = 8000;

/**
 * Opens the storage account; sends nothing yet.
 * @param credential needed for `identity`
 * @throws Error when an endpoint is not https, except in a connection string, which may name a local emulator
 */
export function openStorage(
  settings: StorageSettings,
  credential?: TokenCredential,
  { callDeadlineMs = defaultCallDeadlineMs }: StorageOptions = {},
): Storage {
  const clients = clientsOf(settings, credential);
  const target = (what: string, url: string): StorageTarget => {
    return { what, endpoint: tellableUrl(url), deadlineMs: callDeadlineMs };
  };
  let ensured: Promise<void> | undefined;
  const ensure = (): Promise<void> => {
    ensured ??= create().catch((error: unknown) => {
      ensured = undefined; // the next call tries again
      throw error;
    });
    return ensured;
  };
  const open = (name: TableName): [TableName, Table] => {
    const client = clients.table(name);
    return [name, new Table(client, target(`table ${name}`, client.url), ensure)];
  };
  const tables = Object.fromEntries(tableNames.map(open)) as Record<TableName, Table>;
  const queue = clients.queue(queueName);
  // The host listens to it from its start, and would find it missing until something fails.
  const poison = clients.queue(poisonQueueName);
  const queueTarget = target("queue", queue.url);

  async function create(): Promise<void> {
    await Promise.all([
      ...Object.values(tables).map((table) => table.create()),
      ...[queue, poison].map((client) =>
        answerOf(queueTarget, (abortSignal) => client.createIfNotExists({ abortSignal })),
      ),
    ]);
  }

  return {
    table: (name) => tables[name],
    ensure,
    async send(text, delaySeconds) {
      await ensure();
      // Minus one: for ever. The default of 7 days would lose what lies behind a long outage.
      const options = { visibilityTimeout: delaySeconds, messageTimeToLive: -1 };
      await answerOf(queueTarget, (abortSignal) => queue.sendMessage(text, { ...options, abortSignal }));
    },
    async peek(count) {
      await ensure();
      const peek = (abortSignal: AbortSignal): Promise<QueuePeekMessagesResponse> =>
        queue.peekMessages({ numberOfMessages: count, abortSignal });
      const { peekedMessageItems = [] } = (await answerOf(queueTarget, peek)) ?? {};
      return peekedMessageItems.map(({ messageText, insertedOn }) => {
        return { text: messageText, insertedAt: insertedOn.getTime() };
      });
    },
  };
}

interface Clients {
  table(name: string): TableClient;
  queue(name: string): QueueClient;
}

function clientsOf(settings: StorageSettings, credential: TokenCredential | undefined): Clients {
  const tableOptions: TableServiceClientOptions = {
    retryOptions: { maxRetries: retries, retryDelayInMs, maxRetryDelayInMs },
  };
  const queueOptions: StoragePipelineOptions = {
    retryOptions: { maxTries: retries + 1, retryDelayInMs, maxRetryDelayInMs },
  };
  switch (settings.kind) {
    case "connectionString": {
      const { connectionString } = settings;
      const options = { ...tableOptions, allowInsecureConnection: true };
      return {
        table: (name) => TableClient.fromConnectionString(connectionString, name, options),
        queue: (name) => new QueueClient(connectionString, name, queueOptions),
      };
    }
    case "identity": {
      if (credential === undefined) throw new Error("Storage with an identity needs a credential.");
      const tableServiceUri = httpsOnly("table", settings.tableServiceUri);
      const queueServiceUri = httpsOnly("queue", settings.queueServiceUri);
      return {
        table: (name) => new TableClient(tableServiceUri, name, credential, tableOptions),
        queue: (name) => new QueueClient(`${queueServiceUri}/${name}`, credential, queueOptions),
      };
    }
  }
}

function httpsOnly(service: string, uri: string): string {
  if (!URL.canParse(uri) || new URL(uri).protocol !== "https:")
    throw new Error(`The ${service} endpoint ${JSON.stringify(uri)} is not an https URL, which an identity needs.`);
  return uri.replace(/\/+$/, "");
}
