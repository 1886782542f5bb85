import { matchesAction } from "./action-pattern.ts";
import { authorizationFailed, type Caller, deniedByAssignment } from "./arm-error.ts";
import { isAtOrBelow } from "./arm-id.ts";
import { denialOf, type DenyAssignment } from "./deny-assignments.ts";
import type { World } from "./world.ts";

/** Whether the caller may do it there and no deny assignment stands against it. */
export function isAllowed(world: World, caller: Caller, action: string, scope: string): boolean {
  return isPermitted(world, caller, action, scope) && !denial(world, caller, action, scope);
}

/** Only the app's own identity is restricted; everybody else plays an operator. */
function isPermitted(world: World, caller: Caller, action: string, scope: string): boolean {
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
  if (!isPermitted(world, caller, action, scope)) throw authorizationFailed(caller, action, scope);
  const denied = denial(world, caller, action, scope);
  if (denied) throw deniedByAssignment(caller, action, scope, denied);
}

function denial(world: World, { principalId }: Caller, action: string, scope: string): DenyAssignment | undefined {
  return denialOf(world, { principalId, plane: "actions", action, scope });
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
