import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import { noQuery } from "../api/common.ts";
import type { App } from "../app.ts";
import { formatId } from "../core/arm-id.ts";
import { ProblemError } from "./problem.ts";
import { queryOf } from "./query.ts";
import { workspaceIn } from "./workspace-path.ts";
import { historyView, viewOf } from "./workspace-view.ts";

/** `GET /api/workspaces/{subscriptionId}/{resourceGroup}/{name}`: what is remembered of one workspace, and its history, the newest first. */
export async function onWorkspace(app: App, request: HttpRequest): Promise<HttpResponseInit> {
  const { workspace } = await workspaceIn(request, app);
  queryOf(request, noQuery);
  const memory = await app.ports.memory.load(workspace);
  if (memory === undefined)
    throw new ProblemError({
      status: 404,
      code: "WorkspaceUnknown",
      title: "Nothing is known of this workspace.",
      detail: `No look was taken yet at ${formatId(workspace)}. POST to its path with /remediate at the end to take one.`,
    });
  const history = historyView(await app.history.list(workspace, 50), memory);
  return { status: 200, jsonBody: { ...viewOf(memory), history } };
}
