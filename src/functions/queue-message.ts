import * as z from "zod/mini";
import { InvalidIdError, isGuid, parseWorkspaceId, type WorkspaceId } from "../core/arm-id.ts";
import { covers, type Policy } from "../core/policy.ts";
import type { FanOutMessage, LookMessage, Request, SweepMessage } from "../core/ports.ts";
import { formatTraceparent, parseTraceparent } from "../telemetry/traceparent.ts";
import { notLookedAfter } from "./judged.ts";

/** A message as it is worked on, or why it cannot be. */
export type ReadMessage =
  | ({ readonly kind: "look"; readonly workspace: WorkspaceId; readonly message: LookMessage } & Sender)
  | ({ readonly kind: "fanOut"; readonly message: FanOutMessage } & Sender)
  | ({ readonly kind: "sweep"; readonly message: SweepMessage } & Sender)
  | {
      readonly kind: "rejected";
      readonly reason: "Unreadable" | "SubscriptionNotInPolicy";
      readonly message: string;
      /** Where its request lies, which will not be covered. */
      readonly request?: { readonly workspace: WorkspaceId; readonly id: string };
    };

interface Sender {
  /** The `traceparent` of what asked for it, beside the message: nothing is decided from it. One that is malformed is left out. */
  readonly askedBy?: string;
}

const text = z.string({ error: "expected a text" }).check(z.minLength(1, { error: "expected a text" }));
const yes = z.boolean({ error: "expected true or false" });
/** What a `Date` can hold (ECMAScript, "Time Values and Time Range"). */
const longestTime = 8.64e15;
const timeError = "expected milliseconds since the epoch";
const time = z
  .number({ error: timeError })
  .check(z.gte(-longestTime, { error: timeError }), z.lte(longestTime, { error: timeError }));
const objectError = { error: "expected an object" };
const keys = z.enum(["registry", "storageAccount"], { error: "expected registry or storageAccount" });

const Look = z.object({ workspaceId: text, requestId: text });
const Sweep = z.object({ sweep: text, afterOthers: z.exactOptional(yes) });
const FanOut = z.object({
  fanOut: z.object(
    {
      index: keys,
      scope: z
        .object(
          {
            subscriptionId: text.check(z.refine(isGuid, { error: "expected a GUID" })),
            resourceGroup: z.exactOptional(text),
            name: z.exactOptional(text),
          },
          objectError,
        )
        .check(
          z.refine(({ resourceGroup, name }) => name === undefined || resourceGroup !== undefined, {
            error: "expected a resourceGroup where there is a name",
          }),
        ),
      after: z.exactOptional(text),
    },
    objectError,
  ),
  request: z.object(
    {
      id: text,
      cause: z.enum(["event", "sweep", "http", "scheduled"], { error: "expected event, sweep, http or scheduled" }),
      acceptedAt: time,
      evidence: z.exactOptional(
        z.object(
          {
            operation: z.exactOptional(text),
            actor: z.exactOptional(text),
            eventId: z.exactOptional(text),
            eventTime: z.exactOptional(text),
          },
          objectError,
        ),
      ),
      changedAt: z.exactOptional(time),
      fresh: z.exactOptional(yes),
      list: z.exactOptional(yes),
      confirm: z.exactOptional(yes),
      rotated: z.exactOptional(z.object({ of: keys, at: time }, objectError)),
      // The compiler asks for a field that core adds. What an operator takes out, and what is scheduled, is one workspace, never many.
    } satisfies Record<Exclude<keyof Request, "exempt" | "dueAt">, unknown>,
    objectError,
  ),
});

/** Reads what came from the queue; the host has parsed what looked like JSON. */
export function readMessage(body: unknown, policy: Pick<Policy, "subscriptions">): ReadMessage {
  const rejected = (message: string): ReadMessage => ({ kind: "rejected", reason: "Unreadable", message });
  const unreadable = (what: string, { issues }: z.core.$ZodError): ReadMessage => {
    const wrong = issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return rejected(`Not a message that asks for ${what}: ${wrong}.`);
  };
  const asks = (name: string): boolean => typeof body === "object" && body !== null && Object.hasOwn(body, name);
  if (asks("sweep")) {
    const sweep = Sweep.safeParse(body);
    return sweep.success
      ? { kind: "sweep", message: sweep.data, ...senderIn(body) }
      : unreadable("a sweep", sweep.error);
  }
  if (asks("fanOut")) {
    const fanOut = FanOut.safeParse(body);
    return fanOut.success
      ? { kind: "fanOut", message: fanOut.data, ...senderIn(body) }
      : unreadable("looks at what depends on a resource", fanOut.error);
  }
  if (!asks("workspaceId"))
    return rejected(
      "A message is a JSON object with the texts workspaceId and requestId, with the text sweep, or with fanOut and request.",
    );
  const look = Look.safeParse(body);
  if (!look.success) return unreadable("a look", look.error);
  let workspace: WorkspaceId;
  try {
    workspace = parseWorkspaceId(look.data.workspaceId);
  } catch (error) {
    if (error instanceof InvalidIdError) return rejected(error.message);
    throw error;
  }
  const { subscriptionId } = workspace;
  // A look may have been scheduled before the subscription left the policy.
  if (!covers(policy, subscriptionId))
    return {
      kind: "rejected",
      reason: "SubscriptionNotInPolicy",
      message: `${notLookedAfter(subscriptionId)}, so nothing in it is looked at or changed. Once it is there again, the next sweep asks for this workspace.`,
      request: { workspace, id: look.data.requestId },
    };
  return { kind: "look", workspace, message: look.data, ...senderIn(body) };
}

function senderIn(body: unknown): Sender {
  const { traceparent } = body as { readonly traceparent?: unknown };
  const parsed = parseTraceparent(traceparent);
  return parsed === undefined ? {} : { askedBy: formatTraceparent(parsed) };
}
