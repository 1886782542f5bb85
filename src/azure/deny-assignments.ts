import type { DenyAssignment } from "@azure/arm-authorization";
import { formatId, idKey, type RegistryId, sameText } from "../core/arm-id.ts";
import type { Denial } from "../core/grants.ts";
import { deniesPull } from "../core/pull-permission.ts";
import type { Arm } from "./arm.ts";
import { throwUnlessNotFound } from "./errors.ts";
import type { FactCache } from "./fact-cache.ts";
import { permission } from "./role-assignments.ts";

/** The principal that stands for everybody (Microsoft Learn, "Understand Azure deny assignments": type `SystemDefined`). */
const everyone = "00000000-0000-0000-0000-000000000000";

/**
 * Every deny assignment that reaches a principal at a registry. Those at the registry and above are listed once for all
 * principals; whether a principal is meant through a group only Azure can say, and is asked where one of them names a group and
 * is about pulling.
 * @param lists keeps the list of each registry, and of each principal that was asked about
 * @param freshAfter a list read before it (ms since the epoch) is read again
 * @throws AzureFailure
 */
export async function readDenials(
  arm: Arm,
  lists: FactCache<readonly DenyAssignment[]>,
  principalId: string,
  registry: RegistryId,
  freshAfter: number,
  signal: AbortSignal,
): Promise<readonly Denial[]> {
  const scope = formatId(registry);
  const read = (shared: AbortSignal): Promise<readonly DenyAssignment[]> => list(arm, registry, "atScope()", shared);
  const all = (await lists.get(idKey(registry), freshAfter, signal, read)) ?? [];
  const reaching = all.filter(
    (one) => one.doNotApplyToChildScopes !== true || sameText((one.scope ?? "").replace(/\/$/, ""), scope),
  );
  const meant = reaching.filter((one) => meansItself(one, principalId));
  const throughGroups = reaching.filter((one) => isOfPulling(one) && mayMeanThroughGroup(one, principalId));
  if (throughGroups.length > 0) {
    // Kept as well: of many identities a look gets as far as Azure lets it, and the next one goes on from there.
    const filter = `assignedTo('${principalId}')`;
    const key = `${idKey(registry)} ${principalId.toLowerCase()}`;
    const readAssigned = (shared: AbortSignal): Promise<readonly DenyAssignment[]> =>
      list(arm, registry, filter, shared);
    const assigned = (await lists.get(key, freshAfter, signal, readAssigned)) ?? [];
    const ids = new Set(assigned.map(({ id = "" }) => id.toLowerCase()));
    meant.push(...throughGroups.filter(({ id = "" }) => ids.has(id.toLowerCase())));
  }
  return meant.map(({ denyAssignmentName, id, scope: at, permissions }) => ({
    name: denyAssignmentName ?? id ?? "",
    scope: at ?? "",
    permissions: (permissions ?? []).map(permission),
  }));
}

async function list(
  arm: Arm,
  registry: RegistryId,
  filter: string,
  abortSignal: AbortSignal,
): Promise<readonly DenyAssignment[]> {
  const scope = formatId(registry);
  const found: DenyAssignment[] = [];
  try {
    const { denyAssignments } = arm.authorization(registry.subscriptionId);
    for await (const one of denyAssignments.listForScope(scope, { filter, abortSignal })) found.push(one);
  } catch (error) {
    // Of a registry that is not there nothing is denied.
    throwUnlessNotFound(error, {
      what: `list the deny assignments on the registry ${registry.name}`,
      action: "Microsoft.Authorization/denyAssignments/read",
      scope,
    });
  }
  return found;
}

/** Whether it takes away anything that pulling takes, whatever the registry's mode. */
function isOfPulling({ permissions }: DenyAssignment): boolean {
  const denied = (permissions ?? []).map(permission);
  return deniesPull(denied, "LegacyRegistryPermissions") || deniesPull(denied, "AbacRepositoryPermissions");
}

type Principals = DenyAssignment["principals"];

function includes(principals: Principals, principalId: string): boolean {
  return principals?.some(({ id = "" }) => sameText(id, principalId)) ?? false;
}

function hasGroup(principals: Principals): boolean {
  return principals?.some(({ type = "" }) => /group/i.test(type)) ?? false;
}

/** Whether it is certain without knowing groups that it means the principal. */
function meansItself({ principals, excludePrincipals }: DenyAssignment, principalId: string): boolean {
  const named = includes(principals, everyone) || includes(principals, principalId);
  return named && !includes(excludePrincipals, principalId) && !hasGroup(excludePrincipals);
}

/** Whether it depends on groups. */
function mayMeanThroughGroup({ principals, excludePrincipals }: DenyAssignment, principalId: string): boolean {
  if (includes(excludePrincipals, principalId)) return false;
  const named = includes(principals, everyone) || includes(principals, principalId);
  return named ? hasGroup(excludePrincipals) : hasGroup(principals);
}
