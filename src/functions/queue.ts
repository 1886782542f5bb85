import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import { fanOut } from "../core/fan-out.ts";
import type { Policy } from "../core/policy.ts";
import type { LookMessage } from "../core/ports.ts";
import { work } from "../core/work.ts";
import { judged } from "./judged.ts";
import { readMessage } from "./queue-message.ts";
import { onSweep } from "./sweep.ts";
import { textOf } from "./text-of.ts";

/**
 * Queue trigger: the one place where work is done. A message that nobody can read, or that asks for a workspace
 * outside the policy, is kept with its reason and acknowledged. Throws only when the stores do, so that the platform
 * delivers the message again.
 */
export async function onMessage(app: App, body: unknown, context: InvocationContext): Promise<void> {
  const { verdict: read, policy } = await judged(app, (policy) => readMessage(body, policy));
  switch (read.kind) {
    case "rejected": {
      const { reason, message, request } = read;
      context.warn(`Message rejected: ${reason}: ${message}`);
      await app.rejected.put({ source: "message", reason, message, body: textOf(body) });
      if (request !== undefined) await app.ports.inbox.remove(request.workspace, [request.id]);
      return;
    }
    case "sweep":
      return onSweep(app, context, read.message);
    case "fanOut": {
      const { asked, more } = await fanOut(read.message, policy, app.ports);
      const { index, scope } = read.message.fanOut;
      const rest = more ? ", and more to come" : "";
      context.log(`${read.message.request.id}: ${asked} looks asked for (${index} ${JSON.stringify(scope)})${rest}.`);
      return;
    }
    case "look":
      return look(app, read.message, policy, context);
  }
}

async function look(app: App, message: LookMessage, policy: Policy, context: InvocationContext): Promise<void> {
  const { workspaceId, requestId } = message;
  const done = await work(message, policy, app.ports);
  switch (done.kind) {
    case "covered":
      context.log(`${workspaceId}: request ${requestId} was covered by an earlier look.`);
      return;
    case "postponed":
      context.log(`${workspaceId}: comes back later: ${done.reason}.`);
      return;
    case "reconciled":
      context.log(`${workspaceId}: ${JSON.stringify(done.outcome)} [reconcile ${done.reconcileId}]`);
      return app.notices.tell(done.news, context);
  }
}
