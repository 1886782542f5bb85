/** One process of the app that sweeps, and then does what the sweep asked for; bundled as the app is. Its parent says when. */
import { QueueClient } from "@azure/storage-queue";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import type { LookMessage, Message } from "../src/core/ports.ts";
import { sweep } from "../src/core/sweep.ts";
import type { SweepRecord } from "../src/core/sweep-record.ts";
import { work } from "../src/core/work.ts";
import { queueName } from "../src/storage/queue-names.ts";

export type SweepTask = "find" | "repair";

export interface Found {
  readonly record: SweepRecord;
  readonly seconds: number;
  /** Of the process so far. */
  readonly peakRssMb: number;
}

export interface Repaired {
  readonly seconds: number;
  /** How many looks ended with each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** So many looks at a time, of the 128 that one instance works on (host.json). Nearly all of their time they wait for Azure. */
const atOnce = 96;

const config = loadConfig(process.env);
const app = createApp(config);
let asked = 0;

async function find(): Promise<Found> {
  const startedAt = performance.now();
  const record = await sweep(() => app.policyNow.found(), await app.sweepPorts());
  if (record?.finishedAt === undefined) throw new Error(`The sweep did not finish: ${JSON.stringify(record)}`);
  asked = record.requested;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { record, seconds, peakRssMb: process.resourceUsage().maxRSS / 1_024 };
}

async function repair(): Promise<Repaired> {
  const startedAt = performance.now();
  if (config.storage.kind !== "connectionString") throw new Error("Azurite is reached by a connection string.");
  const queue = new QueueClient(config.storage.connectionString, queueName);
  const outcomes: Record<string, number> = {};
  let done = 0;
  const worker = async (): Promise<void> => {
    while (done < asked) {
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 1, visibilityTimeout: 600 });
      const [item] = receivedMessageItems;
      if (item === undefined) {
        await sleep(200);
        continue;
      }
      const message = JSON.parse(Buffer.from(item.messageText, "base64").toString()) as Message;
      const worked = await work(message as LookMessage, app.policy, app.ports);
      await queue.deleteMessage(item.messageId, item.popReceipt);
      if (worked.kind !== "reconciled" || worked.outcome === undefined) continue;
      const { kind } = worked.outcome;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (kind !== "waiting") done += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, asked) }, worker));
  return { seconds: (performance.now() - startedAt) / 1_000, outcomes };
}

process.on("disconnect", () => process.exit());
process.on("message", (task: SweepTask) => {
  (task === "find" ? find() : repair()).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
