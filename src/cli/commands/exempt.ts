import { lookAnswer, stateIn } from "../../api/workspace.ts";
import type { WorkspaceId } from "../../core/arm-id.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import { appOf, type Context } from "../context.ts";
import type { Verdict } from "../exit-code.ts";
import { showState } from "../show.ts";

/** Has the app leave one workspace alone until a date. */
export async function exempt(
  context: Context,
  workspace: WorkspaceId,
  until: string,
  reason: string,
): Promise<Verdict> {
  return say(context, workspace, "PUT", { until, reason });
}

/** Has the app look after one workspace again. */
export async function include(context: Context, workspace: WorkspaceId): Promise<Verdict> {
  return say(context, workspace, "DELETE");
}

async function say(
  context: Context,
  workspace: WorkspaceId,
  method: "PUT" | "DELETE",
  body?: unknown,
): Promise<Verdict> {
  const { terminal } = context;
  const activity = terminal.activity("Asking the app");
  const asked = appOf(context, method === "PUT" ? "exempt" : "include").ask(
    method,
    `${workspacePath(workspace)}/exemption`,
    lookAnswer,
    body,
  );
  const { status, answer } = await asked.finally(() => {
    activity.end();
  });
  const state = stateIn(answer);
  if (terminal.json) terminal.printJson(answer);
  else if (state !== undefined && status === 200) showState(terminal, state);
  else terminal.print("The app has taken it up; it holds once the look that is under way is over.");
  return status === 200 ? "compliant" : "waiting";
}
