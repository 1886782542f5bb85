import { covers, type PermissionLists, type Plane } from "./action-pattern.ts";
import { isAtOrBelow } from "./arm-id.ts";
import { denialOf } from "./deny-assignments.ts";
import { REGISTRY, type Resource } from "./resource.ts";
import { isInherited, type RoleAssignment } from "./roles.ts";
import type { World } from "./world.ts";

/** Something that a registry asks for before it lets a principal do it. */
export interface Need {
  readonly plane: Plane;
  readonly action: string;
}

export interface Right {
  readonly held: boolean;
  /** What gives or withholds it, for a person. */
  readonly reasons: readonly string[];
}

/** Whether the registry honours only data actions on repositories. */
function isAbac(registry: Resource): boolean {
  return registry.properties.roleAssignmentMode === "AbacRepositoryPermissions";
}

/**
 * What it takes to read of a repository in a registry, by its permission mode.
 *
 * Source: https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions
 */
export function needsOf(registry: Resource, what: "metadata" | "content"): Need {
  if (isAbac(registry)) return { plane: "dataActions", action: `${REGISTRY}/repositories/${what}/read` };
  return { plane: "actions", action: `${REGISTRY}/pull/read` };
}

/** The right to pull any image; `at` asks of what was assigned at an earlier time. */
export function pullRight(world: World, principalId: string, registry: Resource, at?: number): Right {
  if (!world.directory.find(principalId)) {
    return { held: false, reasons: [`the directory does not know the principal ${principalId}`] };
  }
  const needs = isAbac(registry)
    ? [needsOf(registry, "content"), needsOf(registry, "metadata")]
    : [needsOf(registry, "content")];
  const rights = needs.map((need) => rightTo(world, principalId, registry, need, at));
  return { held: rights.every(({ held }) => held), reasons: rights.flatMap(({ reasons }) => reasons) };
}

/** A grant without a condition has to name it, and no deny assignment may stand against it. */
export function rightTo(world: World, principalId: string, { id: scope }: Resource, need: Need, at?: number): Right {
  const { plane, action } = need;
  const denial = denialOf(world, { principalId, plane, action, scope }, at);
  if (denial) {
    const reason = `the deny assignment '${denial.denyAssignmentName}' at ${denial.scope} forbids ${action}`;
    return { held: false, reasons: [reason] };
  }
  const own =
    isSelf(world, principalId) && ownPermissions(world, scope).some((permission) => covers(permission, plane, action));
  if (own) return { held: true, reasons: [`the permissions of the app's identity permit ${action}`] };
  const grants = grantsOf(world, principalId, scope, need, at);
  const whole = grants.find(({ condition }) => isEmpty(condition));
  if (whole) return { held: true, reasons: [`${describe(world, whole)} permits ${action}`] };
  if (grants.length === 0) return { held: false, reasons: [`no role assignment permits ${action}`] };
  return {
    held: false,
    reasons: grants.map((grant) => `${describe(world, grant)} permits ${action} only under a condition`),
  };
}

/** The principal's assignments, its groups' and the inherited ones included, whose role permits this. */
export function grantsOf(world: World, principalId: string, scope: string, need: Need, at?: number): RoleAssignment[] {
  const holders = world.directory.withGroups(principalId);
  return world.roles
    .assignmentsAround(scope, at)
    .filter((one) => holders.has(one.principalId.toLowerCase()) && isInherited(one.scope, scope))
    .filter(({ roleId }) =>
      world.roles.definition(roleId)?.permissions.some((permission) => covers(permission, need.plane, need.action)),
    );
}

/** What the app's own identity may do at a scope, whatever roles it has. */
export function ownPermissions(world: World, scope: string): PermissionLists[] {
  return world.permissions
    .filter((permission) => isAtOrBelow(scope, permission.scope))
    .map(({ actions, notActions = [], dataActions = [] }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions: [],
    }));
}

export function isSelf(world: World, principalId: string): boolean {
  return principalId.toLowerCase() === world.self.principalId.toLowerCase();
}

function isEmpty(condition: string | null | undefined): boolean {
  return condition === undefined || condition === null || condition.trim() === "";
}

function describe(world: World, { roleId, scope }: RoleAssignment): string {
  return `${world.roles.definition(roleId)?.roleName ?? roleId} at ${scope}`;
}
