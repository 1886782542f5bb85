import { QueueServiceClient, type QueueClient } from "@azure/storage-queue";
import type { Azurite } from "../../local/azurite.ts";
import type { Host } from "../../local/host/index.ts";
import { commonSettings, seen } from "./fixture.ts";

export interface Work {
  readonly message: unknown;
  readonly type: string;
  /** How many messages this host was handling at the time. */
  readonly running: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Queues {
  readonly env: Record<string, string>;
  readonly work: QueueClient;
  readonly poison: QueueClient;
  readonly returns: QueueClient;
  readonly out: QueueClient;
}

let made = 0;

/** Queues of their own for one test, and the settings that point the fixture app's functions at them. */
export async function newQueues(azurite: Azurite): Promise<Queues> {
  made += 1;
  const [work, poison, returns, out] = ["work", "work-poison", "return", "out"].map((name) =>
    queueNamed(
      azurite,
      name.replace(/^[a-z]+/, (kind) => `${kind}${made}`),
    ),
  ) as [QueueClient, QueueClient, QueueClient, QueueClient];
  await Promise.all([work.create(), returns.create()]);
  const names = { WORK_QUEUE: work.name, RETURN_QUEUE: returns.name, OUT_QUEUE: out.name };
  const env = { ...commonSettings, ...names, AzureWebJobsStorage: azurite.connectionString };
  return { env, work, poison, returns, out };
}

export function queueNamed(azurite: Azurite, name: string): QueueClient {
  return QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name);
}

/** Sends as the binding expects it: base64. */
export async function send(queue: QueueClient, message: unknown): Promise<string> {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return (await queue.sendMessage(Buffer.from(text).toString("base64"))).messageId;
}

/** The queue's visible messages, decoded; none when the queue does not exist. */
export async function texts(queue: QueueClient): Promise<string[]> {
  if (!(await queue.exists())) return [];
  const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString());
}

/** All messages, the invisible ones included. */
export async function count(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

export const worked = (host: Host): Work[] => seen<Work>(host, "work");
