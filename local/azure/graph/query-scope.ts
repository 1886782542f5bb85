import { idKey, subscriptionOf } from "../arm-id.ts";
import { managementGroupOf } from "../management-groups.ts";
import type { World } from "../world.ts";
import type { Access } from "./access.ts";

export const AUTHORIZATION_SCOPE_FILTERS = [
  "AtScopeAndBelow",
  "AtScopeAndAbove",
  "AtScopeExact",
  "AtScopeAboveAndBelow",
] as const;
export type AuthorizationScopeFilter = (typeof AUTHORIZATION_SCOPE_FILTERS)[number];

/** What a query is about. */
export interface QueryScope {
  /** Those whose resources it can see, in lower case. */
  readonly subscriptions: ReadonlySet<string>;
  /** Where an ARM scope lies in relation to it; undefined for elsewhere. */
  readonly placeOf: (scope: string) => Place | undefined;
}

export type Place = "above" | "exact" | "below";

export interface AskedScope {
  readonly subscriptions?: readonly string[] | null | undefined;
  readonly managementGroups?: readonly string[] | null | undefined;
}

/** A scope that Resource Graph refuses. */
export class ScopeError extends Error {
  override readonly name = "ScopeError";
  readonly status: 400 | 403;
  readonly code: string;

  constructor(status: 400 | 403, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The subscriptions, the management groups or, with neither, everything the caller sees. Subscriptions that the caller
 * does not see are left out without a word.
 *
 * Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language ("Query scope"); the code of
 * a scope in which nothing is seen: Azure/aztfexport#491. That a group in which nothing is seen is refused as `AccessDenied`
 * is an inference from microsoft/ARI#255, which shows the code.
 *
 * @throws ScopeError when nothing is left
 */
export function resolveScope(world: World, access: Access, asked: AskedScope): QueryScope {
  const given = asked.subscriptions ?? [];
  const groups = asked.managementGroups ?? [];
  if (given.length > 0 && groups.length > 0) {
    throw new ScopeError(400, "InvalidQueryScope", "Either subscriptions or management groups can be given, not both.");
  }
  const wanted = new Set((given.length > 0 ? given : subscriptionsOf(world, groups)).map((id) => id.toLowerCase()));
  const seen = [...wanted].filter((id) => world.containers.subscription(id) && access.sees(id));
  if (seen.length === 0 && groups.length > 0) {
    throw new ScopeError(
      403,
      "AccessDenied",
      `Access is denied to the requested management groups: ${groups.join(", ")}`,
    );
  }
  if (seen.length === 0) {
    throw new ScopeError(
      400,
      "NoValidSubscriptionsInQueryRequest",
      `There must be at least one subscription that is eligible to contain resources. Given: '${given.join(", ")}'.`,
    );
  }
  const subscriptions = new Set(seen);
  const level = given.length > 0 ? "subscriptions" : groups.length > 0 ? "groups" : "tenant";
  return { subscriptions, placeOf: placer(world, subscriptions, groups, level) };
}

export function passes(place: Place | undefined, filter: AuthorizationScopeFilter): boolean {
  switch (filter) {
    case "AtScopeAndBelow":
      return place === "exact" || place === "below";
    case "AtScopeAndAbove":
      return place === "exact" || place === "above";
    case "AtScopeExact":
      return place === "exact";
    case "AtScopeAboveAndBelow":
      return place !== undefined;
  }
}

function subscriptionsOf(world: World, groups: readonly string[]): string[] {
  if (groups.length === 0) return world.containers.subscriptions().map(({ subscriptionId }) => subscriptionId);
  return groups.flatMap((name) =>
    world.managementGroups.find(name) ? world.managementGroups.subscriptionsUnder(name) : [],
  );
}

/** A management group of which the fixture says nothing is above every subscription, as everywhere in the stand-in. */
function placer(
  { managementGroups }: World,
  subscriptions: ReadonlySet<string>,
  groups: readonly string[],
  level: "subscriptions" | "groups" | "tenant",
): QueryScope["placeOf"] {
  const exact = new Set(groups.map((name) => name.toLowerCase()));
  const above = managementGroups.above(subscriptions);
  return (scope) => {
    if (idKey(scope) === "") return level === "tenant" ? "exact" : "above";
    const subscription = subscriptionOf(scope)?.toLowerCase();
    if (subscription !== undefined) {
      if (!subscriptions.has(subscription)) return undefined;
      return level === "subscriptions" && /^\/[^/]+\/[^/]+$/.test(idKey(scope)) ? "exact" : "below";
    }
    const group = managementGroupOf(scope);
    if (group === undefined) return undefined;
    if (level === "tenant") return "below";
    if (exact.has(group)) return "exact";
    const isKnown = managementGroups.find(group) !== undefined;
    if (isKnown && managementGroups.pathTo(group).some((name) => exact.has(name))) return "below";
    return !isKnown || above.has(group) ? "above" : undefined;
  };
}
