/** How a reconcile may end on its plan alone. */
import { type Action, describe, isDrift } from "./actions.ts";
import type { Memory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { Waits } from "./policy.ts";
import type { Pacer } from "./ports.ts";
import type { TimedEnding } from "./retry.ts";

/** What audit mode ends with: drift is reported, with all that enforcing would do; a first key sync alone is caution, not drift. */
export function auditEnding({ actions, ending }: Plan): TimedEnding {
  if (ending.kind === "gone" || !actions.some(isDrift)) return ending;
  const message = `Enforcing would ${told(actions)}. Nothing was changed, because the mode is audit.`;
  return { kind: "blocked", reason: "AuditMode", message };
}

/** So many actions of one kind are named in a message. */
const mostToldOfAKind = 10;

/** What would be done, in its order, as a message has room for it. */
export function told(actions: readonly Action[]): string {
  const isNamed = (action: Action): boolean =>
    actions.filter(({ kind }) => kind === action.kind).indexOf(action) < mostToldOfAKind;
  const named = actions.filter(isNamed).map(describe);
  const more = actions.length - named.length;
  return [...named, ...(more === 0 ? [] : [`${more} more of the kind`])].join(", ");
}

/** So many grants are made in one look at most, and so many removed: beside others' writes, of the 200 that Azure allows a subscription in a burst. */
const mostGrants = 100;
const mostPruned = 50;

/** What of a plan is done in one look, and how many grants it leaves to the next ones. */
export function firstStep(plan: Plan): { readonly step: Plan; readonly left: number } {
  const isLeft = (kind: Action["kind"], most: number): ReadonlySet<Action> =>
    new Set(plan.actions.filter((action) => action.kind === kind).slice(most));
  const left = new Set([...isLeft("GrantPull", mostGrants), ...isLeft("PruneGrant", mostPruned)]);
  if (left.size === 0) return { step: plan, left: 0 };
  return { step: { ...plan, actions: plan.actions.filter((action) => !left.has(action)) }, left: left.size };
}

/** How a look ends that left something to the next ones. */
export function moreToDo(left: number): TimedEnding {
  const message = `There is more to grant or to remove than one look does: ${left} are left to the next looks.`;
  return { kind: "waiting", reason: "MoreToDo", message };
}

/** A first key sync alone waits for its turn, which it gets once and keeps; whatever is wrong is put right at once. */
export function pacedEnding(
  { actions }: Plan,
  { outcome, waits }: Memory,
  pacer: Pacer,
  { firstSyncMs }: Waits,
  now: number,
): TimedEnding | undefined {
  const sync = actions.find(({ kind }) => kind === "SyncKeys");
  if (sync === undefined || actions.some(isDrift)) return undefined;
  const reason = "FirstSyncPaced";
  const kept = outcome?.kind === "waiting" && outcome.reason === reason ? outcome.retryAt : now;
  const turnAt = waits?.some((wait) => wait.reason === reason)
    ? kept
    : now + pacer.firstSync(sync.workspace.subscriptionId);
  // Less than two turns are not worth another look.
  if (turnAt - now <= 2 * firstSyncMs) return undefined;
  const message =
    "Nothing is known of an earlier key sync, so there will be one, once those of others have had their turn.";
  return { kind: "waiting", reason, message, notBefore: turnAt };
}

/** What was just changed and is still planned: Azure does not show it yet, and it is not sent again. */
export function unseenYet({ actions }: Plan, changed: ReadonlySet<Action["kind"]>): TimedEnding | undefined {
  const unseen = actions.find(
    ({ kind }) => (kind === "AttachRegistry" || kind === "EnableAdminUser") && changed.has(kind),
  );
  if (unseen === undefined) return undefined;
  return {
    kind: "waiting",
    reason: "Transient",
    message: `Azure does not show yet what was done: ${describe(unseen)}.`,
  };
}
