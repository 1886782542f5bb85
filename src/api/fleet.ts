import * as z from "zod/mini";
import { count, moment, named, told, wholeNumber } from "./common.ts";
import { outcomeKind } from "./workspace.ts";

const text = z.string();
const mostListed = 1_000;

export const fleetQuery = z.strictObject({
  outcome: z.optional(outcomeKind),
  reason: told(z.optional(text), "Such as AuditMode; see docs/operations.md."),
  registry: told(z.optional(text), "A registry by its name or its id."),
  subscription: told(
    z.optional(z.guid({ error: "the id of a subscription" })),
    "One of those that the policy looks after.",
  ),
  search: told(z.optional(text), "A part of the workspace's id."),
  limit: told(
    wholeNumber("a whole number", 1, mostListed, 100),
    `The most workspaces to answer with, 1 to ${mostListed}.`,
  ),
  continuation: told(z.optional(text), "As the page before answered it, with everything else as it was."),
});

const listed = named(
  z.object({
    id: text,
    outcome: outcomeKind,
    reason: z.optional(text),
    registryId: z.optional(text),
    lookedAt: z.optional(moment),
    nextLookAt: z.optional(moment),
  }),
  "ListedWorkspace",
  "A workspace in a list.",
);

export const fleetPage = named(
  z.object({
    workspaces: z.array(listed),
    continuation: told(
      z.optional(text),
      "Where the next page begins; absent after the last one. A page may be empty and not be the last.",
    ),
  }),
  "FleetPage",
  "A page of the fleet, in an order of no meaning that stays the same. What is gone is only listed where it is asked for.",
);
export type FleetPage = z.infer<typeof fleetPage>;

export const fleetSummary = named(
  z.object({
    mode: z.enum(["audit", "enforce"]),
    subscriptions: told(z.array(text), "Those that the policy looks after now."),
    workspaces: told(count, "Those that a look has ended at, without those that are gone."),
    outcomes: told(z.record(text, count), "How many of them have each outcome."),
    reasons: told(
      z.array(z.object({ outcome: outcomeKind, reason: text, workspaces: count })),
      "How many have each reason, the most first.",
    ),
  }),
  "FleetSummary",
  "The fleet in numbers.",
);
export type FleetSummary = z.infer<typeof fleetSummary>;
