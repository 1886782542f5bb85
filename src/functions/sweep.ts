import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import type { SweepMessage } from "../core/ports.ts";
import { sweep } from "../core/sweep.ts";
import { summarise, type SweepRecord } from "../core/sweep-record.ts";
import type { Span } from "../telemetry/telemetry.ts";

/** How often it is looked whether another sweep is over, in milliseconds. */
const betweenTriesMs = 5_000;

/**
 * Timer trigger: asks for a look at every workspace that does not look right, and clears away what is too old to be of use.
 * @param asked for, where it may be begun again under its name: what it asked for then it does not ask for twice
 * @param askedBy the `traceparent` of who asked for it
 */
export async function onSweep(
  app: App,
  context: InvocationContext,
  asked?: SweepMessage,
  askedBy?: string,
): Promise<void> {
  const record = await app.telemetry.span({ name: "sweep", askedBy }, async (span) => {
    const ports = await app.sweepPorts();
    const swept = await sweep(
      () => app.policyNow.found(),
      asked === undefined ? ports : { ...ports, newId: () => asked.sweep },
    );
    tell(app, span, swept);
    return swept;
  });
  if (record === undefined) {
    if (asked?.afterOthers === true) await app.ports.queue.send(asked, betweenTriesMs);
    context.log(`Another sweep is under way, so none was begun${asked?.afterOthers === true ? " yet" : ""}.`);
    return;
  }
  const line = `Sweep ${record.id}: ${summarise(record)}`;
  if (record.errors.length > 0) context.error(line);
  else context.log(line);
  if (await isGivenUp(app, record)) {
    const { id, startedAt, failedAt: at = startedAt } = record;
    await app.notices.tell([{ kind: "SweepFailed", key: `${id}/${startedAt}`, at, message: line }], context);
  }
  try {
    await app.clearAway();
  } catch (error) {
    // The fleet was swept, and the next sweep clears away as well.
    context.warn(`Sweep ${record.id}: what is too old could not be cleared away: ${String(error)}`);
  }
}

/** Of one that another has taken over, which goes on, nothing is stored. */
async function isGivenUp({ sweeps }: App, { id, startedAt, failedAt }: SweepRecord): Promise<boolean> {
  return failedAt !== undefined && (await sweeps.get(id, startedAt))?.failedAt !== undefined;
}

function tell({ telemetry }: App, span: Span, record: SweepRecord | undefined): void {
  if (record === undefined) {
    span.rename("sweep postponed");
    return;
  }
  const { id, seen, requested, errors, failedAt } = record;
  const result = failedAt === undefined ? "finished" : "failed";
  span.set({
    "acr_remediator.sweep.id": id,
    "acr_remediator.sweep.result": result,
    "acr_remediator.sweep.seen": seen,
    "acr_remediator.sweep.requested": requested,
    "acr_remediator.sweep.errors": errors.length,
  });
  if (failedAt !== undefined) span.fail("failed");
  telemetry.count("sweeps", { result });
}
