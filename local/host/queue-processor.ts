/** What happens to one message that was received (QueueProcessor.cs, QueueListener.cs of the storage queues extension). */
import type { DequeuedMessageItem, QueueClient, QueueServiceClient } from "@azure/storage-queue";
import type { RegisteredFunction } from "./app.ts";
import type { Executor } from "./executor.ts";
import type { QueueOptions } from "./host-json.ts";
import type { Log } from "./log.ts";
import { decodeMessage } from "./queue-encoding.ts";
import { queueCall } from "./queue-message.ts";
import { sleep, type TimeScale } from "./time.ts";

/** Hard-coded in the real host: a message is invisible for so long while it is handled, renewed at half of it. */
export const invisibleMilliseconds = 10 * 60_000;

const poisonSuffix = "-poison";
const longestQueueName = 63;

export interface QueueProcessorOptions {
  readonly queue: QueueClient;
  /** Undefined when a queue has none: it is a poison queue itself, or its name is too long for the suffix. */
  readonly poisonQueue: QueueClient | undefined;
  readonly options: QueueOptions;
  readonly target: RegisteredFunction;
  readonly executor: Executor;
  readonly time: TimeScale;
  readonly log: Log;
}

export type QueueProcessor = (message: DequeuedMessageItem) => Promise<void>;

export function poisonQueueOf(service: QueueServiceClient, queueName: string): QueueClient | undefined {
  const name = queueName + poisonSuffix;
  if (queueName.endsWith(poisonSuffix) || name.length > longestQueueName) return undefined;
  return service.getQueueClient(name);
}

/**
 * Success deletes the message. Failure makes it visible again after `visibilityTimeout`, or at the last permitted
 * attempt moves it to the poison queue; where there is none, it stays invisible until its time is over.
 */
export function createQueueProcessor(setup: QueueProcessorOptions): QueueProcessor {
  const { queue, poisonQueue, options, target, executor, log } = setup;

  async function poison(messageId: string, popReceipt: string, wireText: string): Promise<void> {
    if (poisonQueue === undefined) return;
    const message =
      `Message has reached MaxDequeueCount of ${options.maxDequeueCount}. ` +
      `Moving message to queue '${poisonQueue.name}'.`;
    log({ level: "warning", category: "Host.Queues", functionName: target.metadata.name, message });
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(wireText);
    await unlessLost(queue.deleteMessage(messageId, popReceipt));
  }

  return async (message) => {
    const { messageId, messageText, dequeueCount } = message;
    const text = decodeMessage(messageText, options.messageEncoding);
    if (text === undefined || dequeueCount > options.maxDequeueCount) {
      await poison(messageId, message.popReceipt, messageText);
      return;
    }
    const renewal = keepInvisible(setup, message);
    const call = queueCall(text, { ...message, id: messageId }, `New queue message detected on '${queue.name}'.`);
    const { succeeded } = await executor.execute(target, call);
    const popReceipt = await renewal.stop();
    if (succeeded) await unlessLost(queue.deleteMessage(messageId, popReceipt));
    else if (poisonQueue === undefined) return;
    else if (dequeueCount >= options.maxDequeueCount) await poison(messageId, popReceipt, messageText);
    else {
      const seconds = Math.round(options.visibilityTimeoutMilliseconds / 1000);
      await unlessLost(queue.updateMessage(messageId, popReceipt, undefined, seconds));
    }
  };
}

/** Renews the invisibility at half its time until stopped; `stop` gives the receipt that is valid then. */
function keepInvisible(
  { queue, time, target, log }: QueueProcessorOptions,
  { messageId, popReceipt }: DequeuedMessageItem,
): { stop(): Promise<string> } {
  const stopped = new AbortController();
  const seconds = time.wholeSeconds(invisibleMilliseconds);
  let receipt = popReceipt;
  async function renew(): Promise<void> {
    for (;;) {
      await sleep(seconds * 500, stopped.signal);
      if (stopped.signal.aborted) return;
      try {
        const updated = await queue.updateMessage(messageId, receipt, undefined, seconds);
        receipt = updated.popReceipt ?? receipt;
      } catch (error) {
        const message = `Message ${messageId} is no longer ours: ${String(error)}`;
        log({ level: "warning", category: "Host.Queues", functionName: target.metadata.name, message });
        return;
      }
    }
  }
  const renewing = renew();
  return {
    stop: async () => {
      stopped.abort();
      await renewing;
      return receipt;
    },
  };
}

/** Somebody else took the message over, or it or its queue is gone: nothing is left to do. */
async function unlessLost(work: Promise<unknown>): Promise<void> {
  const lost: readonly unknown[] = ["PopReceiptMismatch", "MessageNotFound", "QueueNotFound", "QueueBeingDeleted"];
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && lost.includes(error.code))) throw error;
  }
}
