import type { App } from "../app.ts";
import type { Policy } from "../core/policy.ts";

/** What is said of something in a subscription that the policy does not look after. */
interface Outside {
  readonly reason: "SubscriptionNotInPolicy";
  readonly message: string;
}

/** Why a subscription is not looked after: how the message begins, without its full stop. */
export function notLookedAfter(subscriptionId: string): string {
  return `The subscription ${subscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS, nor was it in REMEDIATOR_MANAGEMENT_GROUPS when these were last looked at`;
}

export interface Judged<Verdict> {
  readonly verdict: Verdict;
  /** By which it was judged. */
  readonly policy: Policy;
}

/**
 * Judges something by the policy as it is known. Another process may just have found a subscription in a management group, so
 * what lies outside is judged once more by what is stored now; where that is not all, the message says so.
 * @throws what storage throws
 */
export async function judged<Verdict extends object>(
  { policyNow }: Pick<App, "policyNow">,
  judge: (policy: Policy) => Verdict,
): Promise<Judged<Verdict>> {
  const { policy: known } = await policyNow.known();
  const first = judge(known);
  if (!isOutside(first)) return { verdict: first, policy: known };
  const { policy, problems } = await policyNow.stored();
  const verdict = judge(policy);
  if (!isOutside(verdict)) return { verdict, policy };
  const message = [verdict.message, ...problems.map(({ message }) => message)].join(" ");
  return { verdict: { ...verdict, message }, policy };
}

function isOutside<Verdict extends object>(verdict: Verdict): verdict is Verdict & Outside {
  return "reason" in verdict && verdict.reason === "SubscriptionNotInPolicy";
}
