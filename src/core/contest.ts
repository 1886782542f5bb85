/**
 * A workspace that keeps being changed back, by a pipeline or by a person, is no case for yet another repair: after so many
 * within a day it is left alone and said so, until a day after the last foreign change.
 */
import { type Action, describe } from "./actions.ts";
import type { Change, Contest } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { isWorkspaceWrite } from "./requests.ts";

/** What still counts of a contest. One that is over leaves nothing; of what has not become one, old repairs are forgotten. */
export function standing(contest: Contest | undefined, policy: Policy, now: number): Contest | undefined {
  if (contest === undefined) return undefined;
  const { contestMs } = policy.waits;
  // A role assignment that is deleted somewhere concerns many workspaces and tells of none, so it does not prolong anything.
  const foreignAt = contest.foreign !== undefined && isWorkspaceWrite(contest.foreign) ? contest.foreign.at : 0;
  const last = Math.max(foreignAt, contest.leftAt ?? 0, ...contest.rounds.map(({ at }) => at));
  if (now - last >= contestMs) return undefined;
  const rounds = contest.rounds.filter(
    ({ action, at }) => now - at < contestMs || times(contest, action) >= policy.contestRounds,
  );
  return rounds.length === 0 ? undefined : { ...contest, rounds };
}

/** The plan without the repairs that are contested, and a reason where there are any. */
export function withoutContested(plan: Plan, contest: Contest | undefined, { contestRounds }: Policy): Plan {
  const made = (action: Action): number => times(contest, repairOf(describe(action)));
  const contested = plan.actions.filter((action) => isRepair(action) && made(action) >= contestRounds);
  if (contested.length === 0) return plan;
  // Keys are synced for the registry that is to be attached.
  const noSync = contested.some(({ kind }) => kind === "AttachRegistry");
  const actions = plan.actions.filter(
    (action) => !contested.includes(action) && !(noSync && action.kind === "SyncKeys"),
  );
  const what = contested.map((action) => `${describe(action)} (${made(action)} times)`).join(", ");
  return {
    ...plan,
    actions,
    ending: {
      kind: "blocked",
      reason: "Contested",
      message: `Within a day this was done and undone again: ${what}. ${byWhom(contest?.foreign)} Nothing more is done about it until a day after the last change by somebody else: settle who looks after the workspace, for instance by lifecycle { ignore_changes = [container_registry_id] } in Terraform, or opt the workspace out.`,
    },
  };
}

/** The contest with one more repair in it. */
export function withRound(
  contest: Contest | undefined,
  action: string,
  at: number,
  foreign: Change | undefined,
): Contest {
  return {
    ...contest,
    rounds: bounded([...(contest?.rounds ?? []), { action: repairOf(action), at }]),
    ...(foreign === undefined ? {} : { foreign }),
  };
}

/** Whether a repair was made less than so many milliseconds ago. */
export function recently(contest: Contest | undefined, action: string, now: number, ms: number): boolean {
  return contest?.rounds.some((round) => round.action === repairOf(action) && now - round.at < ms) ?? false;
}

/** Whether somebody can undo it: keys get out of sync without that anybody means us. */
export function isRepair({ kind }: Pick<Action, "kind">): boolean {
  return kind === "AttachRegistry" || kind === "GrantPull" || kind === "ImportImage";
}

/** More than these are not remembered. */
const mostRounds = 200;

/**
 * As many rounds as are remembered. Those go first whose repair was made least often: computes under ever new names, each granted
 * once, neither make this grow nor drive out a repair that is really contested.
 */
function bounded(rounds: Contest["rounds"]): Contest["rounds"] {
  if (rounds.length <= mostRounds) return rounds;
  const made = new Map<string, number>();
  for (const { action } of rounds) made.set(action, (made.get(action) ?? 0) + 1);
  const least = Math.min(...made.values());
  const first = rounds.findIndex(({ action }) => made.get(action) === least);
  return bounded(rounds.filter((_, index) => index !== first));
}

/** What a repair is called whoever gets it: an identity that is made anew has another object id, and it is the same repair. */
function repairOf(description: string): string {
  return description.replace(/ \([^()]*\)$/, "");
}

function times(contest: Contest | undefined, action: string): number {
  return contest?.rounds.filter((round) => round.action === action).length ?? 0;
}

function byWhom(foreign: Change | undefined): string {
  if (foreign === undefined) return "No event told by whom.";
  const { actor = "somebody whom the event does not name", operation = "an operation that it does not name" } = foreign;
  return `The last change by somebody else that an event told of: ${operation} by ${actor}.`;
}
