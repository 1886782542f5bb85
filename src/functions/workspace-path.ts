import type { HttpRequest } from "@azure/functions";
import { InvalidIdError, workspaceId, type WorkspaceId } from "../core/arm-id.ts";
import { covers, type Policy } from "../core/policy.ts";
import { ProblemError } from "./problem.ts";
import { workspaceRoute } from "./workspace-route.ts";

/**
 * The workspace that a request's path names.
 * @throws ProblemError 400 for a path that names none, 403 for a subscription that is not in the policy
 */
export function workspaceIn({ params }: HttpRequest, policy: Pick<Policy, "subscriptions">): WorkspaceId {
  const { subscriptionId = "", resourceGroup = "", name = "" } = params;
  let id: WorkspaceId;
  try {
    id = workspaceId(subscriptionId, resourceGroup, name);
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
  if (covers(policy, id.subscriptionId)) return id;
  throw new ProblemError({
    status: 403,
    code: "SubscriptionNotInPolicy",
    title: "The workspace lies outside the policy.",
    detail: `The subscription ${id.subscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS, so nothing in it is looked at or changed. Add it to that app setting to include it.`,
  });
}

/** The path under which the state of a workspace is found. */
export function statePath({ subscriptionId, resourceGroup, name }: WorkspaceId): string {
  return `/api/workspaces/${[subscriptionId, resourceGroup, name].map(encodeURIComponent).join("/")}`;
}
