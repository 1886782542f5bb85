import { idKey, isAtOrBelow, subscriptionOf } from "./arm-id.ts";

export interface ResourceGroup {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Record<string, string>;
}

export interface Subscription {
  readonly subscriptionId: string;
  readonly displayName: string;
  readonly state: SubscriptionState;
}

/** Source: the model of this name in the specification of Microsoft.Resources. */
export const SUBSCRIPTION_STATES = ["Enabled", "Warned", "PastDue", "Disabled", "Deleted"] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** What resources lie in: subscriptions and resource groups. */
export class Containers {
  readonly #groups = new Map<string, ResourceGroup>();
  readonly #subscriptions = new Map<string, Subscription>();

  subscription(id: string): Subscription | undefined {
    return this.#subscriptions.get(idKey(id));
  }

  subscriptions(): Subscription[] {
    return [...this.#subscriptions.values()];
  }

  addSubscription(subscriptionId: string, displayName = subscriptionId, state: SubscriptionState = "Enabled"): void {
    this.#subscriptions.set(idKey(subscriptionId), { subscriptionId, displayName, state });
  }

  group(id: string): ResourceGroup | undefined {
    return this.#groups.get(idKey(id));
  }

  groups(subscriptionId: string): ResourceGroup[] {
    return [...this.#groups.values()].filter((one) => isAtOrBelow(one.id, `/subscriptions/${subscriptionId}`));
  }

  putGroup(id: string, location = "westeurope", tags: Record<string, string> = {}): ResourceGroup {
    const group = { id, name: id.slice(id.lastIndexOf("/") + 1), location, tags };
    this.#groups.set(idKey(id), group);
    return group;
  }

  removeGroup(id: string): void {
    this.#groups.delete(idKey(id));
  }

  /** Makes those that a resource with this id lies in, where they are not there yet. */
  imply(id: string): void {
    const subscriptionId = subscriptionOf(id);
    if (subscriptionId === undefined) return;
    if (!this.subscription(subscriptionId)) this.addSubscription(subscriptionId);
    const groupId = id.split("/").slice(0, 5).join("/");
    if (!this.group(groupId)) this.putGroup(groupId);
  }
}
