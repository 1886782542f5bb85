import type { InvocationContext } from "@azure/functions";
import * as z from "zod/mini";
import type { App } from "../app.ts";
import { InvalidIdError } from "../core/arm-id.ts";
import { work } from "../core/work.ts";
import { textOf } from "./text-of.ts";

const Message = z.object({ workspaceId: z.string(), requestId: z.string() });

/**
 * Queue trigger: the one place where workspaces are changed. A message that nobody can read is kept with its reason and
 * acknowledged. Throws only when the stores do, so that the platform delivers the message again.
 */
export async function onRequest(app: App, body: unknown, context: InvocationContext): Promise<void> {
  const reject = async (message: string): Promise<void> => {
    context.warn(`Message rejected: ${message}`);
    await app.rejected.put({ source: "message", reason: "Unreadable", message, body: textOf(body) });
  };
  const message = Message.safeParse(body);
  if (!message.success) return reject("A message is a JSON object with the texts workspaceId and requestId.");
  const { workspaceId } = message.data;
  try {
    const done = await work(message.data, app.policy, app.ports);
    switch (done.kind) {
      case "covered":
        context.log(`${workspaceId}: request ${message.data.requestId} was covered by an earlier look.`);
        return;
      case "postponed":
        context.log(`${workspaceId}: comes back later: ${done.reason}.`);
        return;
      case "reconciled":
        context.log(`${workspaceId}: ${JSON.stringify(done.outcome)} [reconcile ${done.reconcileId}]`);
        return;
    }
  } catch (error) {
    if (error instanceof InvalidIdError) return reject(error.message);
    throw error;
  }
}
