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

/**
 * Why Azure will not do it, as somebody would have to mend it; nothing when it did.
 * @throws whatever else went wrong
 */
export async function refusalOf(sent: Promise<void>): Promise<AzureFailure | undefined> {
  try {
    await sent;
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** Whether Azure answered that it will not do it, so that it is certain that it did not. */
export function isRefusal(error: unknown): error is AzureFailure {
  return error instanceof AzureFailure && ["missingPermission", "operatorMustAct"].includes(error.failure.kind);
}

/** What no outcome can tell of: a lost lease, or a mistake of ours. */
export function hasNoOutcome(error: Error): boolean {
  return !(error instanceof AzureFailure) || error.failure.kind === "leaseLost";
}
