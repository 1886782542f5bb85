import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import type { Policy } from "../core/policy.ts";
import type { LookMessage } from "../core/ports.ts";
import { type Work, work } from "../core/work.ts";
import { driftKinds } from "../telemetry/drift-kinds.ts";
import type { Span } from "../telemetry/telemetry.ts";

/** A message that asks for a look, and the `traceparent` of what sent it. */
interface AskedLook {
  readonly message: LookMessage;
  readonly askedBy?: string;
}

/**
 * Does the work of one message, and tells of it: every line that it writes ends with the id under which history has the
 * reconcile, those included that tell why there was none.
 */
export async function look(
  app: App,
  { message, askedBy }: AskedLook,
  policy: Policy,
  context: InvocationContext,
): Promise<void> {
  const { workspaceId, requestId } = message;
  const { telemetry, ports } = app;
  const reconcileId = ports.newId();
  const line = (text: string): string => `${workspaceId}: ${text} [reconcile ${reconcileId}]`;
  const attributes = { "acr_remediator.workspace.id": workspaceId, "acr_remediator.reconcile.id": reconcileId };
  await telemetry.span({ name: "reconcile", attributes, askedBy }, async (span) => {
    const startedAt = ports.clock.now();
    let done: Work;
    try {
      done = await work(message, policy, { ...ports, newId: () => reconcileId });
    } catch (error) {
      context.error(line(`the look failed, and its message comes again: ${String(error)}`));
      throw error;
    }
    tell(app, span, message, done, startedAt);
    switch (done.kind) {
      case "covered":
        context.log(line(`request ${requestId} was covered by an earlier look.`));
        return;
      case "postponed":
        context.log(line(`comes back later: ${done.reason}.`));
        return;
      case "reconciled":
        context.log(line(JSON.stringify(done.outcome)));
        return app.notices.tell(done.news, context);
    }
  });
}

function tell(
  { telemetry, ports }: App,
  span: Span,
  { workspaceId }: LookMessage,
  done: Work,
  startedAt: number,
): void {
  if (done.kind !== "reconciled") {
    // Then nothing was reconciled: the workspace was not even looked at, or somebody else does so now.
    span.rename(`look ${done.kind}`);
    if (done.kind === "postponed") span.set({ "acr_remediator.reason": done.reason });
    return;
  }
  const { causes, drift, waitsSince, outcome } = done;
  const kind = outcome?.kind ?? "unknown";
  const reason = outcome !== undefined && "reason" in outcome ? outcome.reason : undefined;
  const kinds = drift.map((action) => driftKinds[action]);
  span.set({
    "acr_remediator.outcome": kind,
    "acr_remediator.reason": reason,
    "acr_remediator.causes": causes,
    "acr_remediator.drift": kinds,
  });
  telemetry.count("reconciles", { outcome: kind });
  telemetry.took((ports.clock.now() - startedAt) / 1_000, { outcome: kind });
  for (const one of kinds) telemetry.count("drift", { kind: one });
  const waits = outcome?.kind === "waiting" && waitsSince !== undefined;
  telemetry.waits(workspaceId, waits ? { since: waitsSince, until: outcome.retryAt } : undefined);
}
