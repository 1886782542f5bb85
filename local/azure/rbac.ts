import { type Caller, authorizationFailed } from "./arm-error.ts";
import { isAtOrBelow } from "./arm-id.ts";
import type { World } from "./world.ts";

/** A pattern of a role definition matches an action: `*` is any text, case does not count. */
export function matchesAction(pattern: string, action: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

/** Whether the caller may do it there. Only the app's own identity is restricted; everybody else plays an operator. */
export function isAllowed(world: World, caller: Caller, action: string, scope: string): boolean {
  if (!isSelf(world, caller)) return true;
  return world.permissions.some(
    ({ scope: granted, actions, notActions = [] }) =>
      isAtOrBelow(scope, granted) &&
      actions.some((pattern) => matchesAction(pattern, action)) &&
      !notActions.some((pattern) => matchesAction(pattern, action)),
  );
}

/** Whether a permission lets the caller assign this role there, its condition included. */
export function mayGrant(world: World, caller: Caller, roleId: string, scope: string): boolean {
  if (!isSelf(world, caller)) return true;
  const write = "Microsoft.Authorization/roleAssignments/write";
  return world.permissions.some(
    ({ scope: granted, actions, notActions, grantableRoles }) =>
      isAtOrBelow(scope, granted) &&
      actions.some((pattern) => matchesAction(pattern, write)) &&
      !notActions?.some((pattern) => matchesAction(pattern, write)) &&
      (grantableRoles?.some((id) => id.toLowerCase() === roleId.toLowerCase()) ?? true),
  );
}

export function requireAllowed(world: World, caller: Caller, action: string, scope: string): void {
  if (!isAllowed(world, caller, action, scope)) throw authorizationFailed(caller, action, scope);
}

/** Whether the app's identity sees anything in this subscription: what decides over `GET /subscriptions`. */
export function seesSubscription(world: World, caller: Caller, subscriptionId: string): boolean {
  const subscription = `/subscriptions/${subscriptionId}`;
  return (
    !isSelf(world, caller) ||
    world.permissions.some(({ scope }) => isAtOrBelow(subscription, scope) || isAtOrBelow(scope, subscription))
  );
}

function isSelf(world: World, caller: Caller): boolean {
  return caller.principalId.toLowerCase() === world.self.principalId.toLowerCase();
}
