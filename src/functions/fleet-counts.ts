import type { App } from "../app.ts";
import { inTurns } from "../core/in-turns.ts";
import type { OutcomeCounts } from "../storage/outcome-counts.ts";

/** How many subscriptions are asked about at the same time. */
const atOnce = 32;

/** How many workspaces of the policy's subscriptions have each outcome and reason. @throws what storage throws */
export async function fleetCounts({ policyNow, fleet }: Pick<App, "policyNow" | "fleet">): Promise<OutcomeCounts> {
  const { policy } = await policyNow.known();
  const all = new Map<string, number>();
  await inTurns(policy.subscriptions, atOnce, async (subscription) => {
    for (const [counted, count] of await fleet.counts(subscription)) all.set(counted, (all.get(counted) ?? 0) + count);
  });
  return all;
}
