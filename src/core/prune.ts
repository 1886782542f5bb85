import type { Action } from "./actions.ts";
import { type RegistryId, parseRegistryId, sameText, type WorkspaceId } from "./arm-id.ts";
import type { GrantMade, Memory } from "./memory.ts";
import type { PullPrincipal } from "./pull-principals.ts";
import type { Policy } from "./policy.ts";

/** More grants than these are not remembered for one workspace; one that is forgotten is not pruned. */
const mostRemembered = 500;

/** The grants that we remember to have made, with one more. */
export function withGrant(grants: Memory["grants"], made: GrantMade): readonly GrantMade[] {
  return [...withoutGrant(grants, made), made].slice(-mostRemembered);
}

/** The grants that we remember to have made, without this one. */
export function withoutGrant(grants: Memory["grants"], { registryId, principalId }: GrantKey): readonly GrantMade[] {
  return (grants ?? []).filter(
    (one) => !(sameText(one.registryId, registryId) && sameText(one.principalId, principalId)),
  );
}

type GrantKey = Pick<GrantMade, "registryId" | "principalId">;

/**
 * The grants that we made, marked where their principals are not among those who pull any more. Only system-assigned identities
 * are remembered there: they end with what they belong to, while a user-assigned one may serve somebody else.
 * @param now milliseconds since the epoch
 */
export function marked(
  grants: Memory["grants"],
  { pullPrincipals }: Policy,
  principals: readonly PullPrincipal[],
  now: number,
): Memory["grants"] {
  return grants?.map(({ missingSince, ...grant }) => {
    const isThere = principals.some(({ principalId = "" }) => sameText(principalId, grant.principalId));
    // Of those that are not looked after nothing is known.
    return isThere || !pullPrincipals.includes(grant.of) ? grant : { ...grant, missingSince: missingSince ?? now };
  });
}

/** What removes the grants whose principals are gone, where the policy says so and it is certain: a read may lag behind. */
export function pruning(
  policy: Policy,
  workspace: WorkspaceId,
  grants: Memory["grants"],
  now: number,
): readonly (Action & { readonly kind: "PruneGrant" })[] {
  if (!policy.prune) return [];
  const gone = (grants ?? []).filter(
    ({ missingSince }) => missingSince !== undefined && now - missingSince >= policy.waits.staleReadMs,
  );
  return gone.map(({ registryId, roleId, principalId, label }) => {
    const registry: RegistryId = parseRegistryId(registryId);
    return { kind: "PruneGrant", workspace, registry, roleId, principalId, label };
  });
}
