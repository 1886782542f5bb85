import type { QueueClient } from "@azure/storage-queue";
import type { QueueOptions } from "./host-json.ts";
import type { Log } from "./log.ts";
import { createPollingDelay } from "./polling-delay.ts";
import { invisibleMilliseconds, type QueueProcessor } from "./queue-processor.ts";
import { sleep, type TimeScale } from "./time.ts";

/** QueuePollingIntervals.Minimum of the extension. */
const shortestPollingMilliseconds = 100;

export interface QueueListenerOptions {
  readonly functionName: string;
  readonly queue: QueueClient;
  readonly options: QueueOptions;
  readonly process: QueueProcessor;
  readonly time: TimeScale;
  readonly log: Log;
}

export interface Listener {
  /** Takes no new work and resolves when what it had taken is finished. */
  stop(): Promise<void>;
}

/**
 * Polls a queue as QueueListener.cs does: a batch of `batchSize`, the next one as soon as no more than
 * `newBatchThreshold` messages are being handled, back-off while nothing is found. A trigger does not create its
 * queue: the listener waits for it to appear.
 */
export function listenToQueue(setup: QueueListenerOptions): Listener {
  const { functionName, queue, options, process, time, log } = setup;
  const stopped = new AbortController();
  const processing = new Set<Promise<void>>();
  const maximum = Math.max(shortestPollingMilliseconds, time.milliseconds(options.maxPollingIntervalMilliseconds));
  const nextDelay = createPollingDelay(shortestPollingMilliseconds, maximum, Math.random);
  const visibilityTimeout = time.wholeSeconds(invisibleMilliseconds);
  let exists = false;

  const complain = (message: string): void => {
    log({ level: "warning", category: "Host.Queues", functionName, message });
  };

  /** The number of messages taken; storage's faults are logged and count as none. */
  async function takeBatch(): Promise<number> {
    try {
      exists ||= await queue.exists();
      if (!exists) return 0;
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: options.batchSize,
        visibilityTimeout,
      });
      for (const message of receivedMessageItems) {
        const work = process(message).catch((error: unknown) => {
          complain(`Message ${message.messageId} on '${queue.name}' could not be finished: ${String(error)}`);
        });
        processing.add(work);
        void work.then(() => processing.delete(work));
      }
      return receivedMessageItems.length;
    } catch (error) {
      exists = false;
      complain(`Queue '${queue.name}' could not be read: ${String(error)}`);
      return 0;
    }
  }

  async function poll(): Promise<void> {
    let foundMessage = false;
    while (!stopped.signal.aborted) {
      if ((await takeBatch()) > 0) {
        foundMessage = true;
        while (processing.size > options.newBatchThreshold) await Promise.race(processing);
      } else {
        await sleep(nextDelay(foundMessage), stopped.signal);
        foundMessage = false;
      }
    }
  }

  const polling = poll();
  return {
    stop: async () => {
      stopped.abort();
      await polling;
      await Promise.all(processing);
    },
  };
}
