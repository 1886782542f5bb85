import { formatId, parseScope } from "./arm-id.ts";
import type { KnownCompute } from "./fleet.ts";
import type { Memory } from "./memory.ts";
import type { ObservedPrincipal, ObservedRegistry } from "./observation.ts";
import { pullRoles, type RegistryMode } from "./pull-permission.ts";
import type { Puller } from "./pull-principals.ts";

/** What the last look knew that Azure Resource Graph does not show, or with which what it shows is compared. */
export interface Baseline {
  /** What the last key sync covered. */
  readonly fingerprint?: string;
  readonly rotated?: Memory["rotated"];
  readonly storageKeyTimes?: string;
  /** Whose identities were looked after. */
  readonly of: readonly Puller[];
  readonly computes: readonly KnownCompute[];
  /** Whether required images were looked for. */
  readonly images: boolean;
  readonly proved: Proved;
}

/** How those who pull hold the right to, at one registry in one mode: it says nothing of another. */
export interface Proved {
  readonly registryId: string;
  readonly mode: RegistryMode;
  readonly proofs: readonly Proof[];
}

/**
 * How a principal holds the right to pull where that cannot be seen from the assignments of the least roles at the registry and
 * up to its subscription: through a group, by another role, from above the subscription, or as the registry's admin user.
 */
export interface Proof {
  readonly principalId: string;
  /** Holds while it is shown. Absent: as the admin user, while that is enabled. */
  readonly assignmentId?: string;
  /** The GUID of its role definition, in lower case. */
  readonly roleId?: string;
}

/** Of more principals than these not everything is remembered, so a sweep has the workspace looked at. */
const mostProofs = 200;

/** What a sweep compares with what it is shown; `undefined` where the last looks could not tell. */
export function baselineOf(memory: Memory): Baseline | undefined {
  const { synced, rotated, storageKeyTimes, children, proved, conditions } = memory;
  if (proved === undefined || children === undefined) return undefined;
  return {
    ...(synced === undefined ? {} : { fingerprint: synced.fingerprint }),
    ...(rotated === undefined ? {} : { rotated }),
    ...(storageKeyTimes === undefined ? {} : { storageKeyTimes }),
    of: children.of,
    computes: children.principals.filter(({ of }) => of === "compute"),
    images: conditions.some(({ type }) => type === "ImagesPresent"),
    proved,
  };
}

/** The roles by which somebody was proved to hold the right: assignments of them have to be shown to a sweep as well. */
export function provingRoles({ proved: { proofs } }: Baseline): readonly string[] {
  return [...new Set(proofs.flatMap(({ roleId }) => (roleId === undefined || leastRoles.has(roleId) ? [] : [roleId])))];
}

/** What is remembered of how each of these holds the right to pull; `undefined` where that is too much, or the registry is not there. */
export function provedOf(
  principals: readonly ObservedPrincipal[],
  registry: ObservedRegistry | undefined,
): Proved | undefined {
  if (registry?.kind !== "found") return undefined;
  const proofs = principals.flatMap(({ principalId, grant }): readonly Proof[] => {
    if (principalId === undefined || grant?.held !== true) return [];
    if (grant.through === "the admin user") return [{ principalId }];
    const { assignmentId, roleId, scope, through } = grant;
    const isSeen = through === "itself" && leastRoles.has(roleId) && parseScope(scope) !== undefined;
    return isSeen ? [] : [{ principalId, assignmentId, roleId }];
  });
  return proofs.length > mostProofs ? undefined : { registryId: formatId(registry.id), mode: registry.mode, proofs };
}

/** The roles whose assignments prove by themselves that a principal may pull. */
export const leastRoles: ReadonlySet<string> = new Set(Object.values(pullRoles).map(({ id }) => id));
