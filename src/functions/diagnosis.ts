import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { noQuery } from "../api/common.ts";
import type { App } from "../app.ts";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import { diagnose } from "../core/diagnosis.ts";
import type { Asked } from "../core/diagnosis-facts.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Memory } from "../core/memory.ts";
import { azureProblem, workspaceNotFound } from "./problem.ts";
import { queryOf } from "./query.ts";
import { workspaceIn } from "./workspace-path.ts";

/** How long a diagnosis may take, in milliseconds. What was not answered by then is unknown. */
const wholeMs = 60_000;

/**
 * `GET /api/workspaces/{subscriptionId}/{resourceGroup}/{name}/diagnosis`: why the workspace cannot pull its images, line by line.
 * Changes nothing.
 */
export async function onDiagnosis(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { workspace, policy } = await workspaceIn(request, app);
  queryOf(request, noQuery);
  const memory = await remembered(app, workspace, context);
  const ports = { ...app.ports, diagnosisReads: app.diagnosisReads };
  try {
    const diagnosis = await diagnose(workspace, memory, policy, ports, AbortSignal.timeout(wholeMs));
    if (diagnosis === undefined) throw workspaceNotFound(workspace);
    return { status: 200, jsonBody: diagnosis };
  } catch (error) {
    if (error instanceof AzureFailure) throw azureProblem(error);
    throw error;
  }
}

/** What is remembered is of use and not needed: without the app's storage the rest can be told all the same. */
async function remembered(
  { ports }: App,
  workspace: WorkspaceId,
  context: InvocationContext,
): Promise<Asked<Memory | undefined>> {
  try {
    return { known: true, fact: await ports.memory.load(workspace) };
  } catch (error) {
    context.warn(`${formatId(workspace)}: what is remembered cannot be read: ${String(error)}`);
    const message = "What is remembered of the workspace cannot be read: the log of this function says why.";
    return { known: false, failure: { kind: "transient", message } };
  }
}
