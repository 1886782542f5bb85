/** Judges a whole run: its writes, how everything ended, and what was let out. Pure. */
import type { Charge, Fact } from "./facts.ts";
import { unseenRaces } from "./oracle-races.ts";
import { judgeRequests } from "./oracle-requests.ts";
import { judgeWrites, type Violation, type WriteJudgement } from "./oracle-writes.ts";

export type { Violation } from "./oracle-writes.ts";

/** How a workspace really is at the end. */
export type Condition =
  | { readonly kind: "right" }
  | { readonly kind: "wrong"; readonly why: string }
  /** Nothing the app may do would make it right. `expected`: how the app has to call it, e.g. `blocked: NoIdentity`. */
  | { readonly kind: "beyondHelp"; readonly why: string; readonly expected: readonly string[] };

export interface EndOfWorkspace {
  readonly workspaceId: string;
  readonly condition: Condition;
  /** What the app says of it, e.g. `waiting: HubNotReady`; `unknown` when it knows nothing of it. */
  readonly outcome: string;
  /** Whether it says that somebody changed the workspace while it attached a registry. */
  readonly tellsOfRace: boolean;
}

export interface End {
  readonly workspaces: readonly EndOfWorkspace[];
  /** Requests that are still in the inbox. */
  readonly inbox: readonly LeftRequest[];
  /** Texts of what is on the poison queue. */
  readonly poison: readonly string[];
  /** Where which secret was found. */
  readonly leaks: readonly string[];
  /** Processes that ended without having been killed. */
  readonly crashes: readonly string[];
}

export function judge(facts: readonly Fact[], charges: readonly Charge[], end: End): WriteJudgement {
  const { violations, unavoidableRaces } = judgeWrites(facts, charges);
  return {
    violations: [
      ...violations,
      ...judgeRequests(facts),
      ...unsyncedAttachments(facts, end),
      ...unseenRaces(facts, end.workspaces),
      ...end.workspaces.flatMap(objectionsToEnd),
      ...lostRequests(end),
      ...end.leaks.map((detail): Violation => ({ rule: "secret", workspaceId: "", detail })),
      ...end.crashes.map((detail): Violation => ({ rule: "crash", workspaceId: "", detail })),
    ],
    unavoidableRaces,
  };
}

function objectionsToEnd({ workspaceId, condition, outcome }: EndOfWorkspace): readonly Violation[] {
  const object = (rule: string, detail: string): readonly Violation[] => [{ rule, workspaceId, detail }];
  switch (condition.kind) {
    case "wrong":
      return object("lostRequest", `it could be right and is not: ${condition.why}; it is called ${outcome}`);
    case "right":
      return ["compliant", "remediated"].includes(outcome)
        ? []
        : object("wrongOutcome", `it is right and called ${outcome}`);
    case "beyondHelp":
      if (condition.expected.includes(outcome)) return [];
      return object(
        "wrongOutcome",
        `${condition.why}, and it is called ${outcome}, not ${condition.expected.join(" or ")}`,
      );
  }
}

/** A request that is still in the inbox. */
export interface LeftRequest {
  readonly workspaceId: string;
  readonly cause: string;
  /** A message for its workspace is on the queue. */
  readonly isComing: boolean;
  /** A look at its workspace began after it was made: storage wrote it late, when whoever sent it had given up and begun anew. */
  readonly isStale: boolean;
}

function lostRequests({ inbox, poison }: End): readonly Violation[] {
  return [
    // The look that confirms a change is still to come; anything else should have been covered.
    ...inbox
      .filter(({ cause, isComing, isStale }) => cause !== "scheduled" || !(isComing || isStale))
      .map(({ workspaceId, cause, isComing }): Violation => {
        const detail = isComing
          ? `a request (${cause}) was not covered`
          : `no message will come for a request (${cause})`;
        return { rule: "lostRequest", workspaceId, detail };
      }),
    ...poison.map((text): Violation => ({ rule: "poison", workspaceId: "", detail: text })),
  ];
}

/** An attachment whose success its sender was told has to be followed by a key sync, unless the workspace is beyond help. */
function unsyncedAttachments(facts: readonly Fact[], { workspaces }: End): readonly Violation[] {
  const settled = new Set(
    workspaces.filter(({ condition }) => condition.kind === "right").map((one) => one.workspaceId),
  );
  const attached = new Map<string, number>();
  const sent = new Map(facts.flatMap((fact) => (fact.kind === "sent" ? [[fact.request, fact] as const] : [])));
  for (const fact of facts) {
    if (fact.kind === "changed" && /\/workspaces\/delete$/i.test(fact.how)) attached.delete(fact.workspaceId);
    if (fact.kind !== "answered" || fact.status < 200 || fact.status >= 300) continue;
    const { operation, workspaceIds: [workspaceId] = [] } = sent.get(fact.request) ?? {};
    if (workspaceId === undefined) continue;
    if (operation === "attach") attached.set(workspaceId, fact.at);
    if (operation === "sync") attached.delete(workspaceId);
  }
  return [...attached].flatMap(([workspaceId, at]): readonly Violation[] =>
    settled.has(workspaceId)
      ? [{ rule: "unsynced", workspaceId, at, detail: "no key sync followed its attachment" }]
      : [],
  );
}
