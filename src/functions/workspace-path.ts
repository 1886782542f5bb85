import type { HttpRequest } from "@azure/functions";
import { InvalidIdError, workspaceId, type WorkspaceId } from "../core/arm-id.ts";
import type { App } from "../app.ts";
import { covers, type Policy } from "../core/policy.ts";
import { judged, notLookedAfter } from "./judged.ts";
import { ProblemError } from "./problem.ts";
import { workspaceRoute } from "./workspace-route.ts";

/**
 * The workspace that a request's path names, and the policy that looks after it.
 * @throws ProblemError 400 for a path that names none, 403 for a subscription that is not in the policy; and what storage throws
 */
export async function workspaceIn(
  { params }: HttpRequest,
  app: Pick<App, "policyNow">,
): Promise<{ readonly workspace: WorkspaceId; readonly policy: Policy }> {
  const workspace = workspaceOf(params);
  const { subscriptionId } = workspace;
  const { verdict, policy } = await judged(app, (policy) =>
    covers(policy, subscriptionId)
      ? { isInside: true as const }
      : {
          isInside: false as const,
          reason: "SubscriptionNotInPolicy" as const,
          message: `${notLookedAfter(subscriptionId)}, so nothing in it is looked at or changed. Add it to one of them to include it.`,
        },
  );
  if (verdict.isInside) return { workspace, policy };
  const { reason: code, message: detail } = verdict;
  throw new ProblemError({ status: 403, code, title: "The workspace lies outside the policy.", detail });
}

function workspaceOf({ subscriptionId = "", resourceGroup = "", name = "" }: HttpRequest["params"]): WorkspaceId {
  try {
    return workspaceId(subscriptionId, resourceGroup, name);
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error;
    throw new ProblemError(
      {
        status: 400,
        code: "InvalidWorkspacePath",
        title: "The path names no workspace.",
        detail: `${error.message} The path is /api/${workspaceRoute}.`,
      },
      { cause: error },
    );
  }
}
