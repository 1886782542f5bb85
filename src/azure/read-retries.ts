import { exponentialRetryPolicy, type PipelinePolicy, systemErrorRetryPolicy } from "@azure/core-rest-pipeline";

const pace = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };

/** How a read is tried again: at once after a lost connection or a 5xx, and not where it was throttled. */
export function readRetries(): readonly PipelinePolicy[] {
  return [exponentialRetryPolicy(pace), systemErrorRetryPolicy(pace)];
}
