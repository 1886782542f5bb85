import { InvalidIdError, parseWorkspaceId, sameText, type WorkspaceId } from "../core/arm-id.ts";
import { covers, type Policy } from "../core/policy.ts";
import type { AzureEvent } from "./event-parsing.ts";

/** Where an event leads. */
export type Route =
  | { readonly kind: "workspace"; readonly workspace: WorkspaceId }
  | { readonly kind: "unroutable"; readonly reason: UnroutableReason; readonly message: string };

export type UnroutableReason = "UnknownOperation" | "NotASuccess" | "InvalidResourceId" | "SubscriptionNotInPolicy";

/** Which operations concern us, and which type of event tells of their success. */
export const eventRoutes = [
  {
    operation: "Microsoft.MachineLearningServices/workspaces/write",
    type: "Microsoft.Resources.ResourceWriteSuccess",
  },
  {
    operation: "Microsoft.MachineLearningServices/workspaces/delete",
    type: "Microsoft.Resources.ResourceDeleteSuccess",
  },
] as const;

/** Finds the workspace that an event is about, by the table above. Nothing but the id is taken from the event. */
export function routeEvent(event: AzureEvent, policy: Pick<Policy, "subscriptions">): Route {
  const unroutable = (reason: UnroutableReason, message: string): Route => ({ kind: "unroutable", reason, message });
  const row = eventRoutes.find(({ operation }) => sameText(operation, event.operation));
  if (row === undefined)
    return unroutable(
      "UnknownOperation",
      `No route for the operation ${JSON.stringify(event.operation)}. Narrow the event subscription's filter to ${eventRoutes.map(({ operation }) => operation).join(", ")}.`,
    );
  if (!sameText(row.type, event.type))
    return unroutable(
      "NotASuccess",
      `${JSON.stringify(event.type)} changes nothing; only ${row.type} leads to a look. Narrow the event subscription's event types.`,
    );
  let workspace: WorkspaceId;
  try {
    workspace = parseWorkspaceId(event.resourceUri);
  } catch (error) {
    if (error instanceof InvalidIdError) return unroutable("InvalidResourceId", error.message);
    throw error;
  }
  if (!covers(policy, workspace.subscriptionId))
    return unroutable(
      "SubscriptionNotInPolicy",
      `The subscription ${workspace.subscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS. Add it there, or remove the event subscription.`,
    );
  return { kind: "workspace", workspace };
}
