import type { InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import { giveUp } from "../core/work.ts";
import { UnreadableRowError } from "../storage/storage-error.ts";
import { judged } from "./judged.ts";
import { readMessage } from "./queue-message.ts";
import { textOf } from "./text-of.ts";

const sweepGivenUp = "A sweep failed again and again. The next one is due as scheduled.";

/**
 * Trigger of the poison queue: a message that no attempt could process is kept, and its workspace becomes blocked. Never
 * throws for a bad message, as there is no poison queue behind this one; when the stores fail it throws, and the host brings
 * the message again after ten minutes, for as long as it takes.
 */
export async function onPoison(app: App, body: unknown, context: InvocationContext): Promise<void> {
  const { verdict: read, policy } = await judged(app, (policy) => readMessage(body, policy));
  // The same message given up again is the same, whenever it was due.
  const kept = textOf(read.kind === "rejected" ? body : read.message);
  const keep = async (message: string): Promise<void> => {
    context.error(`Message given up: ${message}`);
    await app.rejected.put({ source: "message", reason: "RepeatedlyFailed", message, body: kept });
  };
  switch (read.kind) {
    case "rejected":
      return keep(read.message);
    case "sweep":
      await keep(sweepGivenUp);
      return app.notices.tell(
        [{ kind: "SweepFailed", key: read.message.sweep, at: app.ports.clock.now(), message: sweepGivenUp }],
        context,
      );
    case "fanOut":
      // Rotated keys leave no other trace than this message.
      await app.ports.queue.send(read.message, policy.waits.blockedRecheckMs);
      return keep("Asking for looks at the workspaces of a resource failed again and again. It is tried again later.");
    case "look": {
      const { workspaceId } = read.message;
      await keep(`${workspaceId}: every attempt failed. The log of the function requests says at what.`);
      try {
        const news = await giveUp(read.message, policy, app.ports);
        if (news === undefined) context.log(`${workspaceId}: somebody is at work on it, or has covered the request.`);
        else await app.notices.tell(news, context);
      } catch (error) {
        if (!(error instanceof UnreadableRowError)) throw error;
        context.error(`${workspaceId}: its state cannot be read, so it cannot be called blocked: ${error.message}`);
      }
    }
  }
}
