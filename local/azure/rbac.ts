import { covers } from "./action-pattern.ts";
import { authorizationFailed, type Caller, conditionNotFulfilled, deniedByAssignment } from "./arm-error.ts";
import { isAtOrBelow } from "./arm-id.ts";
import { type Attempted, parseCondition } from "./condition.ts";
import { denialOf, type DenyAssignment } from "./deny-assignments.ts";
import { grantsOf, isSelf, ownPermissions } from "./rights.ts";
import type { RoleAssignment } from "./roles.ts";
import type { World } from "./world.ts";

/** What is known of the role assignment that is written or deleted, for conditions. */
export type Known = Omit<Attempted, "action">;

/** Whether the caller may do it there and no deny assignment stands against it. */
export function isAllowed(world: World, caller: Caller, action: string, scope: string): boolean {
  return judge(world, caller, action, scope, {}) === "permitted" && !denial(world, caller, action, scope);
}

/** Throws ARM's 403s. */
export function requireAllowed(world: World, caller: Caller, action: string, scope: string, known: Known = {}): void {
  switch (judge(world, caller, action, scope, known)) {
    case "missing":
      throw authorizationFailed(caller, action, scope);
    case "condition":
      throw conditionNotFulfilled(caller, action, scope);
    case "permitted": {
      const denied = denial(world, caller, action, scope);
      if (denied) throw deniedByAssignment(caller, action, scope, denied);
    }
  }
}

/**
 * Only the app's own identity is restricted: to its permissions and to the roles that are assigned to it, each under its
 * condition. Everybody else plays an operator.
 */
function judge(
  world: World,
  caller: Caller,
  action: string,
  scope: string,
  known: Known,
): "permitted" | "condition" | "missing" {
  if (!isSelf(world, caller.principalId)) return "permitted";
  const need = { plane: "actions", action } as const;
  if (ownPermissions(world, scope).some((permission) => covers(permission, need.plane, action))) return "permitted";
  const grants = grantsOf(world, caller.principalId, scope, need);
  const isFulfilled = ({ condition }: RoleAssignment): boolean =>
    !condition || parseCondition(condition)({ action, ...known });
  if (grants.some(isFulfilled)) return "permitted";
  return grants.length > 0 ? "condition" : "missing";
}

/**
 * Of an assignment to the app's own identity: throws a TypeError unless its condition can be evaluated. Conditions on what
 * others hold are not: whoever holds something under a condition does not hold all of it.
 */
export function requireEvaluable(world: World, { principalId, condition, scope }: RoleAssignment): void {
  const isOurs = world.directory.withGroups(world.self.principalId).has(principalId.toLowerCase());
  if (!isOurs || !condition) return;
  try {
    parseCondition(condition);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`Role assignment to the app's identity at ${scope}: ${why}`, { cause: error });
  }
}

function denial(world: World, { principalId }: Caller, action: string, scope: string): DenyAssignment | undefined {
  return denialOf(world, { principalId, plane: "actions", action, scope });
}

/** Whether the app's identity sees anything in this subscription: what decides over `GET /subscriptions`. */
export function seesSubscription(world: World, caller: Caller, subscriptionId: string): boolean {
  if (!isSelf(world, caller.principalId)) return true;
  const subscription = `/subscriptions/${subscriptionId}`;
  const holders = world.directory.withGroups(caller.principalId);
  const assigned = world.roles.assignments().filter(({ principalId }) => holders.has(principalId.toLowerCase()));
  return [...world.permissions, ...assigned].some(
    ({ scope }) => isAtOrBelow(subscription, scope) || isAtOrBelow(scope, subscription),
  );
}
