import { textKey } from "./arm-id.ts";
import type { RegistryRule } from "./policy.ts";

/**
 * What a policy says of one subscription, found without going through all that it says: a sweep asks for each workspace of very
 * many subscriptions. Lists are kept as they were first seen, for as long as somebody has them; a policy is never changed.
 */
const members = new WeakMap<readonly string[], ReadonlySet<string>>();
const rulesFor = new WeakMap<readonly RegistryRule[], Map<string, readonly RegistryRule[]>>();

/** Whether a list of subscriptions names one, in whatever casing. */
export function namesSubscription(subscriptions: readonly string[], subscriptionId: string): boolean {
  const keys = members.get(subscriptions) ?? new Set(subscriptions.map(textKey));
  members.set(subscriptions, keys);
  return keys.has(textKey(subscriptionId));
}

/** The rules that may match a workspace of a subscription, in their order. @param subscriptionId one of the policy's */
export function rulesOfSubscription(rules: readonly RegistryRule[], subscriptionId: string): readonly RegistryRule[] {
  const found = rulesFor.get(rules) ?? new Map<string, readonly RegistryRule[]>();
  rulesFor.set(rules, found);
  const key = textKey(subscriptionId);
  const own =
    found.get(key) ?? rules.filter((rule) => rule.subscriptionId === undefined || textKey(rule.subscriptionId) === key);
  found.set(key, own);
  return own;
}
