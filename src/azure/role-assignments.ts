import { formatId, isGuid, type RegistryId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import { type Assignment, type ListedAssignment, roleIdOf } from "../core/grants.ts";
import { type Permission, pullAction, pullDataActions, pullRoles } from "../core/pull-permission.ts";
import type { Arm } from "./arm.ts";
import { azureFailure, throwUnlessNotFound } from "./errors.ts";
import type { FactCache } from "./fact-cache.ts";

/** One block of permissions as Azure describes it, also of a deny assignment: what it leaves out is empty. */
export function permission({
  actions = [],
  notActions = [],
  dataActions = [],
  notDataActions = [],
}: {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}): Permission {
  return { actions, notActions, dataActions, notDataActions };
}

export interface RoleDefinition {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/**
 * Every role assignment that reaches a principal at a registry: at the registry and at every scope above it, its own and
 * through groups, each with the permissions of its role.
 * @param freshAfter role definitions read before it (ms since the epoch) are read again
 * @throws AzureFailure
 */
export async function readAssignments(
  arm: Arm,
  roles: FactCache<RoleDefinition>,
  principalId: string,
  registry: RegistryId,
  freshAfter: number,
  abortSignal: AbortSignal,
): Promise<readonly Assignment[]> {
  if (!isGuid(principalId))
    throw new AzureFailure({
      kind: "bug",
      message: `${JSON.stringify(principalId)} is not the object id of a principal.`,
    });
  const filter = `atScope() and assignedTo('${principalId}')`;
  const listed = await list(arm, filter, `of ${principalId} `, registry, abortSignal);
  return readRoles(arm, roles, listed, registry, freshAfter, abortSignal);
}

/**
 * Every role assignment at a registry and at every scope above it, whoever holds it.
 * @throws AzureFailure
 */
export async function listAssignments(
  arm: Arm,
  registry: RegistryId,
  abortSignal: AbortSignal,
): Promise<readonly ListedAssignment[]> {
  return list(arm, "atScope()", "", registry, abortSignal);
}

/** Azure's kinds of principals that are nobody but themselves. */
const singlePrincipals: readonly string[] = ["user", "serviceprincipal", "device"];

async function list(
  arm: Arm,
  filter: string,
  whose: string,
  registry: RegistryId,
  abortSignal: AbortSignal,
): Promise<readonly ListedAssignment[]> {
  const scope = formatId(registry);
  const found: ListedAssignment[] = [];
  try {
    const client = arm.authorization(registry.subscriptionId);
    for await (const assignment of client.roleAssignments.listForScope(scope, { filter, abortSignal })) {
      const { id, roleDefinitionId, principalId = "", principalType = "", condition, createdOn } = assignment;
      if (id === undefined || roleDefinitionId === undefined) continue;
      found.push({
        id,
        principalId,
        isOfGroup: !singlePrincipals.includes(principalType.toLowerCase()),
        scope: assignment.scope ?? scope,
        roleDefinitionId,
        ...(condition ? { condition } : {}),
        ...(createdOn === undefined ? {} : { createdAt: createdOn.getTime() }),
      });
    }
  } catch (error) {
    throwUnlessNotFound(error, {
      what: `list the role assignments ${whose}on the registry ${registry.name}`,
      action: "Microsoft.Authorization/roleAssignments/read",
      scope,
    });
    // Of a registry that is not there nobody can hold a role.
    return [];
  }
  return found;
}

/**
 * The same assignments with what their roles permit, without those whose role does not exist.
 * @param freshAfter role definitions read before it (ms since the epoch) are read again
 * @throws AzureFailure
 */
export async function readRoles(
  arm: Arm,
  roles: FactCache<RoleDefinition>,
  listed: readonly ListedAssignment[],
  { subscriptionId }: RegistryId,
  freshAfter: number,
  signal: AbortSignal,
): Promise<readonly Assignment[]> {
  const found: Assignment[] = [];
  for (const { id, principalId, scope, roleDefinitionId, ...more } of listed) {
    const role = await readRole(arm, roles, subscriptionId, roleDefinitionId, freshAfter, signal);
    if (role === undefined) continue;
    const { condition, createdAt } = more;
    found.push({
      id,
      principalId,
      scope,
      role: role.name,
      roleDefinitionId,
      permissions: role.permissions,
      ...(condition === undefined ? {} : { condition }),
      ...(createdAt === undefined ? {} : { createdAt }),
    });
  }
  return found;
}

/** The built-in roles that we grant ourselves need not be asked for: their permissions are documented (Microsoft Learn, "Azure built-in roles"). */
const pullers = new Map<string, RoleDefinition>([
  [
    pullRoles.LegacyRegistryPermissions.id,
    {
      name: pullRoles.LegacyRegistryPermissions.name,
      permissions: [permission({ actions: [pullAction] })],
    },
  ],
  [
    pullRoles.AbacRepositoryPermissions.id,
    {
      name: pullRoles.AbacRepositoryPermissions.name,
      permissions: [permission({ dataActions: pullDataActions })],
    },
  ],
]);

async function readRole(
  arm: Arm,
  roles: FactCache<RoleDefinition>,
  subscriptionId: string,
  roleDefinitionId: string,
  freshAfter: number,
  signal: AbortSignal,
): Promise<RoleDefinition | undefined> {
  const known = pullers.get(roleIdOf(roleDefinitionId));
  if (known !== undefined) return known;
  return roles.get(roleDefinitionId.toLowerCase(), freshAfter, signal, async (abortSignal) => {
    try {
      const role = await arm.authorization(subscriptionId).roleDefinitions.getById(roleDefinitionId, { abortSignal });
      return {
        name: role.roleName ?? roleDefinitionId,
        permissions: (role.permissions ?? []).map(permission),
      };
    } catch (error) {
      throwUnlessNotFound(error, {
        what: `read the role definition ${roleDefinitionId}`,
        action: "Microsoft.Authorization/roleDefinitions/read",
        scope: `/subscriptions/${subscriptionId}`,
      });
      return undefined;
    }
  });
}

/**
 * How many role assignments a subscription holds at itself and below; those of management groups do not count against its limit.
 * @throws AzureFailure
 */
export async function countAssignments(arm: Arm, subscriptionId: string, abortSignal: AbortSignal): Promise<number> {
  const scope = `/subscriptions/${subscriptionId}`;
  let count = 0;
  try {
    for await (const assignment of arm
      .authorization(subscriptionId)
      .roleAssignments.listForSubscription({ abortSignal }))
      if (`${assignment.scope ?? ""}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase())) count += 1;
  } catch (error) {
    const what = `count the role assignments of the subscription ${subscriptionId}`;
    throw azureFailure(error, { what, action: "Microsoft.Authorization/roleAssignments/read", scope });
  }
  return count;
}
