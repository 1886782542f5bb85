import type { QueueServiceClient } from "@azure/storage-queue";
import type { Settings } from "./settings.ts";

/** The queue service behind a binding's `connection`. Rejects when no such setting exists. */
export type QueueServices = (connection: unknown) => Promise<QueueServiceClient>;

/** The SDK is loaded when first needed: it takes as long as the rest of the host's start. */
export function createQueueServices(settings: Settings): QueueServices {
  return async (connection) => {
    const connectionString = settings.connectionString(typeof connection === "string" ? connection : undefined);
    const { QueueServiceClient } = await import("@azure/storage-queue");
    return QueueServiceClient.fromConnectionString(connectionString);
  };
}
