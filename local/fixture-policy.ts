import { idKey, subscriptionOf } from "./azure/arm-id.ts";
import type { Fixture } from "./azure/index.ts";

/** App settings for an app that looks after all of a fixture, also what lies in subscriptions that it does not list, by its first registry. */
export function policyFor({ subscriptions = [], resources = [] }: Fixture): Record<string, string> {
  const ids = [
    ...subscriptions.map(({ subscriptionId }) => subscriptionId),
    ...resources.map(({ id }) => subscriptionOf(id) ?? ""),
  ];
  const registry = resources.find(({ id }) => /\/Microsoft\.ContainerRegistry\/registries\/[^/]+$/i.test(id));
  return {
    REMEDIATOR_SUBSCRIPTIONS: [...new Set(ids.map(idKey))].join(","),
    REMEDIATOR_DEFAULT_REGISTRY: registry?.id ?? "",
  };
}
