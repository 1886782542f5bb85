import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import { summarise, sweep } from "../core/sweep.ts";

/** Timer trigger: asks for a look at every workspace of the policy's subscriptions. */
export async function onSweep(app: App, context: InvocationContext): Promise<void> {
  const record = await sweep(app.policy.subscriptions, app.sweepPorts);
  const line = `Sweep ${record.id}: ${summarise(record)}`;
  if (record.errors.length > 0) context.error(line);
  else context.log(line);
}
