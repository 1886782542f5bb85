import * as z from "zod/mini";
import { count, moment, named, told, wholeNumber } from "./common.ts";

const text = z.string();
const mostSweeps = 100;

export const sweepsQuery = z.strictObject({
  limit: told(wholeNumber("a whole number", 1, mostSweeps, 30), `The most sweeps to answer with, 1 to ${mostSweeps}.`),
});

export const sweepView = named(
  z.object({
    id: text,
    state: told(
      z.enum(["running", "finished", "failed", "silent"]),
      "silent: not heard of for long, so it is begun again before long.",
    ),
    startedAt: moment,
    progressAt: told(moment, "When it last got on."),
    finishedAt: z.optional(moment),
    failedAt: told(z.optional(moment), "When it was given up; errors say why."),
    seen: told(count, "Workspaces that Azure shows."),
    requested: told(count, "For how many of them a look was asked for."),
    nominated: told(z.record(text, count), "The same, by reason."),
    pending: told(count, "How many of those seen wait or are blocked, and are looked at anyway."),
    results: told(z.record(text, count), "How the looks that it asked for ended so far."),
    unreadable: told(z.array(text), "Subscriptions whose workspaces our identity cannot see."),
    queries: told(count, "Queries that were sent to Azure Resource Graph."),
    drift: told(
      z.array(z.object({ registryId: text, workspaces: count, attachments: count, grants: count, keySyncs: count })),
      "What has to be changed, for each registry; in audit mode, what enforcing would change.",
    ),
    errors: z.array(z.object({ subject: text, message: text })),
  }),
  "Sweep",
  "A pass over the whole fleet. It has found what there is when it is finished; the looks go on after that.",
);
export type SweepView = z.infer<typeof sweepView>;

export const sweepList = named(z.object({ sweeps: z.array(sweepView) }), "Sweeps", "The newest first.");

export const sweepAsked = named(
  z.object({
    id: text,
    alreadyRunning: told(z.boolean(), "Another is under way, and this is its id: none was asked for."),
  }),
  "SweepAsked",
  "Where to look for the sweep.",
);

export const sweepPath = z.object({ id: told(text, "As the sweep was answered with.") });
