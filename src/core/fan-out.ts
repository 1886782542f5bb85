import { InvalidIdError, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { inTurns } from "./in-turns.ts";
import { covers, type Policy } from "./policy.ts";
import type { FanOutMessage, Ports } from "./ports.ts";
import { accept } from "./work.ts";

/** How many requests are accepted at the same time. */
const atOnce = 20;

/**
 * Asks for a look at one page of the workspaces that depend on a resource, and then for the next page. Cut off, it is done
 * again from the beginning of its page: a request accepted twice is one.
 * @returns how many looks were asked for, and whether there is another page
 * @throws what the stores throw, so that the platform delivers the message again
 */
export async function fanOut(
  { fanOut: place, request }: FanOutMessage,
  policy: Pick<Policy, "subscriptions">,
  ports: Pick<Ports, "index" | "inbox" | "queue">,
): Promise<{ readonly asked: number; readonly more: boolean }> {
  const { workspaceIds, after } = await ports.index.page(place.index, place.scope, place.after);
  // A subscription may have left the policy since it was indexed.
  const workspaces = workspaceIds.flatMap(parsed).filter(({ subscriptionId }) => covers(policy, subscriptionId));
  await inTurns(workspaces, atOnce, (workspace) => accept(workspace, request, ports));
  if (after !== undefined) await ports.queue.send({ fanOut: { ...place, after }, request }, 0);
  return { asked: workspaces.length, more: after !== undefined };
}

/** A row that names no workspace costs the others nothing. */
function parsed(workspaceId: string): readonly WorkspaceId[] {
  try {
    return [parseWorkspaceId(workspaceId)];
  } catch (error) {
    if (error instanceof InvalidIdError) return [];
    throw error;
  }
}
