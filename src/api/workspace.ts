import * as z from "zod/mini";
import { count, moment, named, told, wholeNumber, wordOf } from "./common.ts";

/** Azure's front end ends HTTP requests after 230 s, whatever the plan (Microsoft Learn, "Azure Functions scale and hosting"). */
export const longestWaitSeconds = 200;

/** For how many seconds an answer may be waited for. */
const wait = told(
  wholeNumber("whole seconds", 0, longestWaitSeconds, 30),
  `For how many seconds to wait for the end, 0 to ${longestWaitSeconds}; what takes longer goes on, and is answered with 202.`,
);

export const remediateQuery = z.strictObject({
  dryRun: told(
    z._default(z.enum(["true", "false"], { error: "true or false" }), "false"),
    "true says what would be done, and does nothing.",
  ),
  wait,
});

export const exemptionQuery = z.strictObject({ wait });

/** How long an exemption may last, in days: longer ones are a tag's matter. */
export const longestExemptionDays = 366;

export const exemptionBody = named(
  z.strictObject(
    {
      until: told(
        z.iso.datetime({ error: "a moment in UTC, such as 2030-01-31T00:00:00Z" }),
        `When the exemption ends by itself: later than now, at most ${longestExemptionDays} days.`,
      ),
      reason: told(
        z.string({ error: "a text" }).check(
          z.refine((text) => text.trim() !== "", { error: "a text that says why" }),
          z.maxLength(500, { error: "at most 500 characters" }),
        ),
        "Why, for whoever wonders.",
      ),
    },
    { error: "an object with the texts until and reason" },
  ),
  "Exemption",
  "Leave the workspace alone for a while.",
);

const outcomeWords = ["compliant", "remediated", "waiting", "blocked", "exempt", "gone", "unknown"] as const;
export const outcomeKind = named(
  wordOf(...outcomeWords),
  "Outcome",
  "How the last look ended; `unknown` before the first one has.",
);

const text = z.string();
const texts = z.array(text);

const outcomeFields = {
  reason: told(z.optional(text), "Of an outcome that has one: waiting, blocked, exempt."),
  message: told(z.optional(text), "What that means here, and what to do."),
  retryAt: z.optional(moment),
  until: told(z.optional(moment), "When an exemption ends by itself."),
  done: told(z.optional(texts), "What was done since the workspace was last settled, the latest of it."),
  doneBefore: told(z.optional(count), "How much more was done before that."),
};

const condition = named(
  z.object({
    type: text,
    status: z.enum(["True", "False", "Unknown"]),
    reason: text,
    message: text,
    since: moment,
  }),
  "Condition",
  "One fact about a workspace: why it is believed, and since when.",
);

const principal = named(
  z.object({ label: text, principalId: z.optional(text), canPull: z.boolean(), how: text }),
  "Principal",
  "An identity that pulls images for the workspace.",
);

const warning = named(
  z.object({ reason: text, message: text }),
  "Warning",
  "It can pull, and yet somebody should know.",
);

const workspaceFields = {
  id: text,
  outcome: outcomeKind,
  outcomeAt: z.optional(moment),
  ...outcomeFields,
  conditions: z.array(condition),
  warnings: z.optional(z.array(warning)),
  registryId: z.optional(text),
  principals: z.optional(z.array(principal)),
  morePrincipals: told(z.optional(count), "How many more pull."),
  waits: z.optional(z.array(z.object({ reason: text, attempt: count, since: moment }))),
  operation: told(z.optional(text), "What Azure is still working on."),
  importing: told(z.optional(text), "The image that is being imported."),
  exemption: told(
    z.optional(z.object({ until: moment, reason: text })),
    "What an operator said; a tag that says the same stands above it.",
  ),
  nextLookAt: z.optional(moment),
  nextLookFor: z.optional(text),
};

/** What is remembered of a workspace. */
export const workspaceState = named(
  z.object(workspaceFields),
  "WorkspaceState",
  "What is remembered of one workspace.",
);
export type WorkspaceState = z.infer<typeof workspaceState>;

const historyEntry = named(
  z.object({
    at: moment,
    reconcileId: text,
    phase: told(z.enum(["planned", "ended"]), "Planned: written before the first change; ended: after the last."),
    requests: z.array(
      z.object({
        id: text,
        cause: text,
        acceptedAt: moment,
        evidence: z.optional(z.record(text, text)),
        exempt: told(
          z.optional(z.union([z.literal("lifted"), z.object({ until: moment, reason: text })])),
          "What an operator asked for.",
        ),
      }),
    ),
    requestCount: told(count, "How many requests the look covered; the first of them are named."),
    planned: texts,
    done: texts,
    notes: z.optional(texts),
    outcome: z.optional(z.object({ kind: outcomeKind, ...outcomeFields })),
    durationMs: told(z.number(), "Milliseconds."),
  }),
  "HistoryEntry",
  "One look that did something, or found something changed.",
);
export type HistoryView = z.infer<typeof historyEntry>;

export const workspaceWithHistory = named(
  z.object({ ...workspaceFields, history: told(z.array(historyEntry), "The newest first.") }),
  "Workspace",
  "What is remembered of one workspace, and its history.",
);
export type WorkspaceWithHistory = z.infer<typeof workspaceWithHistory>;

/** Answered while the look that was asked for is not over. */
export const accepted = named(
  z.object({ id: text, outcome: z.literal("unknown"), requestId: text }),
  "Accepted",
  "The look was asked for, and nothing is known yet.",
);

/** How a request for a look is answered, whether it is over or goes on. */
export const lookAnswer = z.union([workspaceState, accepted]);

/** The state in such an answer, once there is one. */
export function stateIn(answer: z.infer<typeof lookAnswer>): WorkspaceState | undefined {
  return "conditions" in answer ? answer : undefined;
}

const finding = z.omit(condition, { since: true });

/** What a look without changes found. */
export const dryRun = named(
  z.object({
    id: text,
    dryRun: z.literal(true),
    mode: z.enum(["audit", "enforce"]),
    wouldDo: told(texts, "What enforcing would do, in its order."),
    isDrift: told(z.boolean(), "Whether any of that puts something right; a first key sync alone is caution."),
    wouldEndAs: z.object({
      kind: z.enum(["settled", "waiting", "blocked", "exempt"]),
      reason: z.optional(text),
      message: z.optional(text),
      until: z.optional(moment),
    }),
    conditions: z.array(finding),
    principals: z.array(principal),
    warnings: z.optional(z.array(warning)),
  }),
  "DryRun",
  "What would be done. Nothing was.",
);
export type DryRun = z.infer<typeof dryRun>;

const line = named(
  z.object({
    check: text,
    of: told(z.optional(text), "Whom or what it is about, where a check has a line for each."),
    status: z.enum(["ok", "note", "problem", "unknown"]),
    found: text,
    doesNotProve: told(text, "What must not be concluded from it."),
    fix: told(z.optional(texts), "Commands of the Azure CLI that mend it, or show more of it."),
  }),
  "DiagnosisLine",
  "What one check found.",
);

export const diagnosis = named(
  z.object({ id: text, verdict: told(text, "The first problem, in one sentence."), lines: z.array(line) }),
  "Diagnosis",
  "Why a workspace cannot pull its images, in the order in which an engineer would look.",
);
export type Diagnosis = z.infer<typeof diagnosis>;
