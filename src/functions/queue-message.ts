import * as z from "zod/mini";
import { InvalidIdError, parseWorkspaceId, type WorkspaceId } from "../core/arm-id.ts";
import { covers, type Policy } from "../core/policy.ts";
import type { FanOutMessage, LookMessage, SweepMessage } from "../core/ports.ts";

/** A message as it is worked on, or why it cannot be. */
export type ReadMessage =
  | { readonly kind: "look"; readonly workspace: WorkspaceId; readonly message: LookMessage }
  | { readonly kind: "fanOut"; readonly message: FanOutMessage }
  | { readonly kind: "sweep"; readonly message: SweepMessage }
  | { readonly kind: "rejected"; readonly reason: "Unreadable" | "SubscriptionNotInPolicy"; readonly message: string };

const text = z.string();
const Look = z.object({ workspaceId: text, requestId: text });
const Sweep = z.object({ sweep: text });
const FanOut = z.object({
  fanOut: z.object({
    index: z.enum(["registry", "storageAccount"]),
    scope: z.object({
      subscriptionId: text,
      resourceGroup: z.exactOptional(text),
      name: z.exactOptional(text),
    }),
    after: z.exactOptional(text),
  }),
  request: z.object({
    id: text,
    cause: z.enum(["event", "sweep", "http", "scheduled"]),
    acceptedAt: z.number(),
    evidence: z.exactOptional(
      z.object({
        operation: z.exactOptional(text),
        actor: z.exactOptional(text),
        eventId: z.exactOptional(text),
        eventTime: z.exactOptional(text),
      }),
    ),
    changedAt: z.exactOptional(z.number()),
    fresh: z.exactOptional(z.boolean()),
    confirm: z.exactOptional(z.boolean()),
    rotated: z.exactOptional(z.object({ of: z.enum(["registry", "storageAccount"]), at: z.number() })),
  }),
});

/** Reads what came from the queue; the host has parsed what looked like JSON. */
export function readMessage(body: unknown, policy: Pick<Policy, "subscriptions">): ReadMessage {
  const rejected = (reason: "Unreadable" | "SubscriptionNotInPolicy", message: string): ReadMessage => {
    return { kind: "rejected", reason, message };
  };
  const sweep = Sweep.safeParse(body);
  if (sweep.success) return { kind: "sweep", message: sweep.data };
  const fanOut = FanOut.safeParse(body);
  if (fanOut.success) return { kind: "fanOut", message: fanOut.data };
  const look = Look.safeParse(body);
  if (!look.success)
    return rejected(
      "Unreadable",
      "A message is a JSON object with the texts workspaceId and requestId, with the text sweep, or with fanOut and request.",
    );
  let workspace: WorkspaceId;
  try {
    workspace = parseWorkspaceId(look.data.workspaceId);
  } catch (error) {
    if (error instanceof InvalidIdError) return rejected("Unreadable", error.message);
    throw error;
  }
  const { subscriptionId } = workspace;
  // A look may have been scheduled before the subscription left the policy.
  if (!covers(policy, subscriptionId))
    return rejected(
      "SubscriptionNotInPolicy",
      `The subscription ${subscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS, so nothing in it is looked at or changed. Once it is there again, the next sweep asks for this workspace.`,
    );
  return { kind: "look", workspace, message: look.data };
}
