import { covers } from "../action-pattern.ts";
import type { Caller } from "../arm-error.ts";
import { idKey } from "../arm-id.ts";
import { parseCondition } from "../condition.ts";
import { isMeant } from "../deny-assignments.ts";
import { isSelf } from "../rights.ts";
import type { World } from "../world.ts";

/** What somebody may read. */
export interface Access {
  /** Whether the caller has any right at or below the subscription, or above it. */
  sees(subscriptionId: string): boolean;
  /** Whether the caller may read a resource of this type there; the id is in lower case. */
  mayRead(type: string, id: string): boolean;
}

const EVERYTHING: Access = { sees: () => true, mayRead: () => true };

/**
 * What the caller may read as of this time: what `rbac.ts` would say of `{type}/read`, asked once for all resources of a
 * type instead of for each of them.
 */
export function accessOf(world: World, caller: Caller, at: number): Access {
  if (!isSelf(world, caller.principalId)) return EVERYTHING;
  const holders = world.directory.withGroups(caller.principalId);
  const own = world.permissions.map(({ scope, actions, notActions = [], dataActions = [] }) => ({
    scope,
    permissions: [{ actions, notActions, dataActions, notDataActions: [] }],
    isInForce: () => true,
  }));
  const assigned = world.roles
    .assignments(at)
    .filter(({ principalId }) => holders.has(principalId.toLowerCase()))
    .map(({ scope, roleId, condition }) => ({
      scope,
      permissions: world.roles.definition(roleId)?.permissions ?? [],
      isInForce: (action: string) => !condition || parseCondition(condition)({ action }),
    }));
  const grants = [...own, ...assigned];
  const denials = world.denyAssignments.list(at).filter((one) => isMeant(one, holders));
  const subscriptionScopes = grants.map(({ scope }) => scope);

  const rulesOf = (type: string): ((id: string) => boolean) => {
    const action = `${type}/read`;
    const names = (permissions: (typeof grants)[number]["permissions"]): boolean =>
      permissions.some((permission) => covers(permission, "actions", action));
    const granted = grants
      .filter(({ permissions, isInForce }) => names(permissions) && isInForce(action))
      .map(({ scope }) => reach(scope));
    const denied = denials
      .filter(({ permissions }) => names(permissions))
      .map(({ scope, doNotApplyToChildScopes }) => reach(scope, doNotApplyToChildScopes));
    return (id) => granted.some((reaches) => reaches(id)) && !denied.some((reaches) => reaches(id));
  };
  const rules = new Map<string, (id: string) => boolean>();
  return {
    sees: (subscriptionId) => {
      const subscription = `/subscriptions/${subscriptionId.toLowerCase()}`;
      return subscriptionScopes.some((scope) => reach(scope)(subscription) || reach(subscription)(idKey(scope)));
    },
    mayRead: (type, id) => {
      const rule = rules.get(type) ?? rulesOf(type);
      rules.set(type, rule);
      return rule(id);
    },
  };
}

/** Whether an id in lower case lies at or below the scope; every management group is above every subscription. */
function reach(scope: string, isExact = false): (id: string) => boolean {
  const outer = idKey(scope);
  if (isExact) return (id) => id === outer;
  if (outer === "" || outer.startsWith("/providers/microsoft.management/managementgroups/")) return () => true;
  const below = `${outer}/`;
  return (id) => id === outer || id.startsWith(below);
}
