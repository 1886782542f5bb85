import type { InvocationContext } from "@azure/functions";
import * as z from "zod/mini";
import type { App } from "../app.ts";
import { InvalidIdError, parseWorkspaceId, type WorkspaceId } from "../core/arm-id.ts";
import { covers } from "../core/policy.ts";
import { work } from "../core/work.ts";
import { textOf } from "./text-of.ts";

const Message = z.object({ workspaceId: z.string(), requestId: z.string() });

/**
 * Queue trigger: works on one workspace. A message that nobody can read, or that asks for a workspace
 * outside the policy, is kept with its reason and acknowledged. Throws only when the stores do, so that the platform
 * delivers the message again.
 */
export async function onMessage(app: App, body: unknown, context: InvocationContext): Promise<void> {
  const reject = async (reason: string, message: string): Promise<void> => {
    context.warn(`Message rejected: ${reason}: ${message}`);
    await app.rejected.put({ source: "message", reason, message, body: textOf(body) });
  };
  const message = Message.safeParse(body);
  if (!message.success)
    return reject("Unreadable", "A message is a JSON object with the texts workspaceId and requestId.");
  const { workspaceId, requestId } = message.data;
  let workspace: WorkspaceId;
  try {
    workspace = parseWorkspaceId(workspaceId);
  } catch (error) {
    if (error instanceof InvalidIdError) return reject("Unreadable", error.message);
    throw error;
  }
  // A look may have been scheduled before the subscription left the policy.
  const { subscriptionId } = workspace;
  if (!covers(app.policy, subscriptionId))
    return reject(
      "SubscriptionNotInPolicy",
      `The subscription ${subscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS, so nothing in it is looked at or changed. Once it is there again, the next sweep asks for this workspace.`,
    );

  const done = await work(message.data, app.policy, app.ports);
  switch (done.kind) {
    case "covered":
      context.log(`${workspaceId}: request ${requestId} was covered by an earlier look.`);
      return;
    case "postponed":
      context.log(`${workspaceId}: comes back later: ${done.reason}.`);
      return;
    case "reconciled":
      context.log(`${workspaceId}: ${JSON.stringify(done.outcome)} [reconcile ${done.reconcileId}]`);
      return;
  }
}
