import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { longestWaitSeconds, remediateQuery } from "../api/workspace.ts";
import type { App } from "../app.ts";
import type { WorkspaceId } from "../core/arm-id.ts";
import { examine } from "../core/examine.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Policy } from "../core/policy.ts";
import { dryRunView } from "./dry-run-view.ts";
import { azureProblem, workspaceNotFound } from "./problem.ts";
import { queryOf, refuseBody } from "./query.ts";
import { askAndWatch } from "./watch.ts";
import { workspaceIn } from "./workspace-path.ts";

/**
 * `POST /api/workspaces/{subscriptionId}/{resourceGroup}/{name}/remediate`: asks for a look at one workspace, and watches its state
 * for up to `wait` seconds. `dryRun=true` says what would be done, and does nothing.
 */
export async function onRemediate(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { workspace, policy } = await workspaceIn(request, app);
  const { dryRun, wait } = queryOf(request, remediateQuery);
  await refuseBody(request, "What is asked for goes into the query: dryRun and wait.");
  if (dryRun === "true") return dryRunOf(app, workspace, policy);
  const isOver = ({ outcome }: { outcome?: { kind: string } }): boolean => outcome?.kind !== "waiting";
  return askAndWatch(app, workspace, { what: "asked for", waitSeconds: wait, isOver }, context);
}

async function dryRunOf(app: App, workspace: WorkspaceId, policy: Policy): Promise<HttpResponseInit> {
  const memory = await app.ports.memory.load(workspace);
  try {
    const freshAfter = app.ports.clock.now();
    const signal = AbortSignal.timeout(longestWaitSeconds * 1_000);
    const subject = { workspace, memory, freshAfter, listAfter: freshAfter };
    const view = dryRunView(workspace, policy, await examine(subject, policy, app.ports, signal));
    if (view === undefined) throw workspaceNotFound(workspace);
    return { status: 200, jsonBody: view };
  } catch (error) {
    if (error instanceof AzureFailure) throw azureProblem(error);
    throw error;
  }
}
