/** What became of actions that went out at the same time. */
import { AzureFailure } from "./failure.ts";
import type { TimedEnding } from "./retry.ts";

export type Settled = readonly PromiseSettledResult<TimedEnding | undefined>[];

export function errors(results: Settled): readonly Error[] {
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
}

export function endings(results: Settled): readonly TimedEnding[] {
  return results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
}

/** What no outcome can tell of: a lost lease, or a mistake of ours. */
export function isNoRefusal(error: Error): boolean {
  return !(error instanceof AzureFailure) || error.failure.kind === "leaseLost";
}
