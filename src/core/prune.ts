import type { Action } from "./actions.ts";
import { formatId, type RegistryId, parseRegistryId, sameText, type WorkspaceId } from "./arm-id.ts";
import type { GrantMade, Memory } from "./memory.ts";
import type { Observation } from "./observation.ts";
import { pullRoles } from "./pull-permission.ts";
import type { PullPrincipal } from "./pull-principals.ts";
import type { Warning } from "./outcome.ts";
import type { Policy, Waits } from "./policy.ts";
import { lastOf } from "./shorten.ts";

/** More grants than these are not remembered for one workspace; one that is forgotten is not pruned. */
const mostRemembered = 200;

type GrantsMade = Pick<Memory, "grants" | "grantsForgotten">;

/** The grants that we remember to have made, with one more. Of too many the oldest is forgotten, and counted. */
export function withGrant({ grants, grantsForgotten = 0 }: GrantsMade, made: GrantMade): GrantsMade {
  const { kept, before } = lastOf([...withoutGrant(grants, made), made], mostRemembered);
  return before === 0 ? { grants: kept } : { grants: kept, grantsForgotten: grantsForgotten + before };
}

/** The grant that was made under this id, as a look found it. */
export function grantUnder(
  assignmentId: string,
  { principals, registry }: Observation & { readonly kind: "found" },
): { readonly grant: GrantMade; readonly isSystemAssigned: boolean } | undefined {
  const those = principals.filter(({ grant }) => grant?.held === true && sameText(grant.assignmentId, assignmentId));
  const [first] = those;
  if (first?.principalId === undefined || registry?.kind !== "found") return undefined;
  const { of, label, principalId } = first;
  const roleId = pullRoles[registry.mode].id;
  return {
    grant: { of, registryId: formatId(registry.id), roleId, principalId, label },
    isSystemAssigned: those.every(({ identityId }) => identityId === undefined),
  };
}

/** The grants that we remember to have made, without this one. */
export function withoutGrant(grants: Memory["grants"], { registryId, principalId }: GrantKey): readonly GrantMade[] {
  return (grants ?? []).filter(
    (one) => !(sameText(one.registryId, registryId) && sameText(one.principalId, principalId)),
  );
}

type GrantKey = Pick<GrantMade, "registryId" | "principalId">;

/** When it was last seen who pulls. */
export interface SeenAt {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly children?: { readonly listedAt: number };
}

/** Of computes and endpoints what is known may be hours old: then nothing new was learnt of them. */
function seenAt({ at, children }: SeenAt, of: GrantMade["of"]): number {
  return of === "workspace" ? at : (children?.listedAt ?? -Infinity);
}

/**
 * The grants that we made, marked where their principals are not among those who pull any more. Only system-assigned identities
 * are remembered there: they end with what they belong to, while a user-assigned one may serve somebody else.
 */
export function marked(
  grants: Memory["grants"],
  { pullPrincipals }: Policy,
  principals: readonly PullPrincipal[],
  seen: SeenAt,
): Memory["grants"] {
  return grants?.map(({ missingSince, ...grant }) => {
    const isThere = principals.some(({ principalId = "" }) => sameText(principalId, grant.principalId));
    // Of those that are not looked after nothing is known.
    return isThere || !pullPrincipals.includes(grant.of)
      ? grant
      : { ...grant, missingSince: missingSince ?? seenAt(seen, grant.of) };
  });
}

/** The same of a workspace that is gone. @param at milliseconds since the epoch */
export function allMissing(grants: Memory["grants"], at: number): Memory["grants"] {
  return grants?.map((grant) => ({ ...grant, missingSince: grant.missingSince ?? at }));
}

/** How long it is until a grant may be tried to be removed again that we were refused to remove; 0 when it may. */
export function pruneWaitMs(refused: Memory["pruneRefused"], { pruneMs }: Pick<Waits, "pruneMs">, now: number): number {
  return refused === undefined ? 0 : Math.max(0, refused.at + pruneMs - now);
}

/** What is told of grants that we may not remove. They are needless, and harm nobody's pulling. */
export function cannotPrune(policy: Policy, { grants, pruneRefused }: Memory): readonly Warning[] {
  const isLeft = policy.prune && grants?.some(({ missingSince }) => missingSince !== undefined) === true;
  return isLeft && pruneRefused !== undefined ? [{ reason: "CannotPrune", message: pruneRefused.message }] : [];
}

/** What removes the grants whose principals are gone, where the policy says so and it was seen twice: a read may lag behind. */
export function pruning(
  policy: Policy,
  workspace: WorkspaceId,
  grants: Memory["grants"],
  seen: SeenAt,
): readonly (Action & { readonly kind: "PruneGrant" })[] {
  if (!policy.prune) return [];
  const gone = (grants ?? []).filter(
    ({ of, missingSince }) => missingSince !== undefined && seenAt(seen, of) - missingSince >= policy.waits.staleReadMs,
  );
  return gone.map(({ registryId, roleId, principalId, label }) => {
    const registry: RegistryId = parseRegistryId(registryId);
    return { kind: "PruneGrant", workspace, registry, roleId, principalId, label };
  });
}
