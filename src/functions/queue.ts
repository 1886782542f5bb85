import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import { fanOut } from "../core/fan-out.ts";
import { judged } from "./judged.ts";
import { look } from "./look.ts";
import { readMessage } from "./queue-message.ts";
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
    case "sweep": {
      const { onSweep } = await import("./sweep.ts");
      return onSweep(app, context, read.message, read.askedBy);
    }
    case "fanOut": {
      const { askedBy } = read;
      const { asked, more } = await app.telemetry.span({ name: "fan out", askedBy }, () =>
        fanOut(read.message, policy, app.ports),
      );
      const { index, scope } = read.message.fanOut;
      const rest = more ? ", and more to come" : "";
      context.log(`${read.message.request.id}: ${asked} looks asked for (${index} ${JSON.stringify(scope)})${rest}.`);
      return;
    }
    case "look":
      return look(app, read, policy, context);
  }
}
