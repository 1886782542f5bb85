import { formatId, isGuid, type RegistryId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Assignment } from "../core/grants.ts";
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

/** What is listed, and whose: for the filter of the list, the message of a failure, and what of it is wanted. */
interface Wanted {
  readonly filter: string;
  readonly whose: string;
  readonly isWanted: (principalId: string) => boolean;
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
  const wanted = { filter, whose: `of ${principalId} `, isWanted: () => true };
  return list(arm, roles, wanted, registry, freshAfter, abortSignal);
}

/**
 * The role assignments that these principals hold themselves at a registry and at every scope above it; not those through groups.
 * @param principalIds in lower case
 * @throws AzureFailure
 */
export async function readOwnAssignments(
  arm: Arm,
  roles: FactCache<RoleDefinition>,
  principalIds: ReadonlySet<string>,
  registry: RegistryId,
  freshAfter: number,
  abortSignal: AbortSignal,
): Promise<readonly Assignment[]> {
  const isWanted = (principalId: string): boolean => principalIds.has(principalId.toLowerCase());
  return list(arm, roles, { filter: "atScope()", whose: "", isWanted }, registry, freshAfter, abortSignal);
}

async function list(
  arm: Arm,
  roles: FactCache<RoleDefinition>,
  { filter, whose, isWanted }: Wanted,
  registry: RegistryId,
  freshAfter: number,
  abortSignal: AbortSignal,
): Promise<readonly Assignment[]> {
  const scope = formatId(registry);
  const found: Assignment[] = [];
  try {
    const client = arm.authorization(registry.subscriptionId);
    for await (const assignment of client.roleAssignments.listForScope(scope, { filter, abortSignal })) {
      const { id, roleDefinitionId, principalId = "", condition, createdOn } = assignment;
      if (id === undefined || roleDefinitionId === undefined || !isWanted(principalId)) continue;
      const role = await readRole(arm, roles, registry.subscriptionId, roleDefinitionId, freshAfter, abortSignal);
      if (role === undefined) continue;
      found.push({
        id,
        principalId,
        scope: assignment.scope ?? scope,
        role: role.name,
        roleId: roleIdOf(roleDefinitionId),
        permissions: role.permissions,
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

/** The GUID of a role definition, in lower case, from its id at whatever scope. */
export function roleIdOf(roleDefinitionId: string): string {
  return roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1).toLowerCase();
}

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
