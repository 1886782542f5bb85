/** The policy with the subscriptions that it looks after now: management groups hold other ones tomorrow. */
import { managementGroupId } from "./azure/management-group-id.ts";
import { AzureFailure } from "./core/failure.ts";
import type { KnownPolicy, SweepError } from "./core/fleet.ts";
import type { Policy } from "./core/policy.ts";
import type { Clock } from "./core/ports.ts";
import type { GroupSubscriptions } from "./storage/group-subscriptions.ts";

/** All throw what storage throws. */
export interface PolicyNow {
  /** As it was stored some minutes ago at most. */
  known(): Promise<KnownPolicy>;
  /** As it is stored, by whichever process swept last. */
  stored(): Promise<KnownPolicy>;
  /** Asks Azure, and stores what it says: for a sweep. */
  found(): Promise<KnownPolicy>;
}

export interface PolicyNowPorts {
  readonly clock: Pick<Clock, "now">;
  /** Those in a management group and below it. @throws AzureFailure */
  readonly subscriptionsIn: (managementGroup: string) => Promise<readonly string[]>;
  readonly store: GroupSubscriptions;
}

/** For how long what is stored is not read again, and for how long Azure is not asked again about a group of which nothing is stored, in milliseconds. */
const keptMs = 5 * 60_000;
const askedAgainMs = 60_000;

interface Answer {
  readonly subscriptionIds?: readonly string[];
  readonly problem?: SweepError;
}

/** A policy that names all its subscriptions: nobody is asked. */
export function fixedPolicy(policy: Policy): PolicyNow {
  const fixed = (): Promise<KnownPolicy> => Promise.resolve({ policy, problems: [] });
  return { known: fixed, stored: fixed, found: fixed };
}

/**
 * A policy over management groups. Azure is asked by sweeps, and besides only about a group of which nothing is stored yet.
 * @param policy whose subscriptions are looked after as well
 * @param groups names of management groups, in lower case, if any
 */
export function policyNow(policy: Policy, groups: readonly string[], ports: PolicyNowPorts): PolicyNow {
  if (groups.length === 0) return fixedPolicy(policy);
  const { clock, store } = ports;
  let kept: { readonly at: number; readonly answer: Promise<KnownPolicy> } | undefined;
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>();

  const keep = (answer: Promise<KnownPolicy>): Promise<KnownPolicy> => {
    const mine = { at: clock.now(), answer };
    kept = mine;
    answer.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return answer;
  };
  const ask = async (group: string): Promise<Answer> => {
    const subject = managementGroupId(group);
    try {
      const subscriptionIds = await ports.subscriptionsIn(group);
      await store.put(group, subscriptionIds);
      if (subscriptionIds.length > 0) return { subscriptionIds };
      const message =
        "No subscription is shown in this management group: it is empty, or our identity may read none there.";
      return { subscriptionIds, problem: { subject, message } };
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      return { problem: { subject, message: error.failure.message } };
    }
  };
  /** Everybody who needs it at the same time waits for one answer; a failure is not tried again at once. */
  const askSometimes = (group: string): Promise<Answer> => {
    const earlier = asked.get(group);
    if (earlier !== undefined && clock.now() - earlier.at < askedAgainMs) return earlier.answer;
    const answer = ask(group);
    asked.set(group, { at: clock.now(), answer });
    answer.catch(() => asked.delete(group));
    return answer;
  };
  const together = (answers: readonly Answer[]): KnownPolicy => {
    const ids = answers.flatMap(({ subscriptionIds = [] }) => subscriptionIds);
    return {
      policy: { ...policy, subscriptions: [...new Set([...policy.subscriptions, ...ids])] },
      problems: answers.flatMap(({ problem }) => problem ?? []),
    };
  };
  const read = async (): Promise<KnownPolicy> => {
    const stored = await store.all();
    return together(
      await Promise.all(
        groups.map(async (group): Promise<Answer> => {
          const subscriptionIds = stored.get(group);
          return subscriptionIds === undefined ? askSometimes(group) : { subscriptionIds };
        }),
      ),
    );
  };
  const find = async (): Promise<KnownPolicy> => {
    const answers = await Promise.all(groups.map(ask));
    const stored = await store.all();
    return together(
      answers.map((answer, index) => ({ subscriptionIds: stored.get(groups[index] ?? "") ?? [], ...answer })),
    );
  };

  return {
    known: () => (kept !== undefined && clock.now() - kept.at < keptMs ? kept.answer : keep(read())),
    stored: () => keep(read()),
    found: async () => {
      const found = await find();
      return keep(Promise.resolve(found));
    },
  };
}
