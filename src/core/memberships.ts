/** Who proved to be reached by a group's role assignment. Only Azure knows the members of groups, and it is asked for each by itself. */
import type { Memory } from "./memory.ts";
import type { ObservedPrincipal } from "./observation.ts";

/** The identities that one assignment was seen to reach, in lower case. */
export interface Membership {
  readonly assignmentId: string;
  readonly principalIds: readonly string[];
  /** When Azure said so, ms since the epoch. */
  readonly at: number;
}

/** What is still believed of memberships. */
export interface ProvenMembers {
  /** @param principalId in lower case */
  isReached(assignmentId: string, principalId: string): boolean;
}

/** More members than these are not remembered for one workspace; who is forgotten is asked about again. */
const mostRemembered = 2_000;

/** The memberships that were proven at a time (ms since the epoch) or later: members of groups change without that anything tells. */
export function provenSince(memberships: Memory["memberships"], since: number): ProvenMembers {
  const proven = new Set(
    believed(memberships, since).flatMap(({ assignmentId, principalIds }) =>
      principalIds.map((principalId) => keyOf(assignmentId, principalId)),
    ),
  );
  return { isReached: (assignmentId, principalId) => proven.has(keyOf(assignmentId, principalId)) };
}

/**
 * The memberships that are worth remembering after a look. Where one identity alone pulls, there is nothing to spare.
 * @param since what was proven before it (ms since the epoch) was asked anew by this look
 * @param now of the look, ms since the epoch
 */
export function membershipsOf(
  before: Memory["memberships"],
  principals: readonly ObservedPrincipal[],
  since: number,
  now: number,
): Memory["memberships"] {
  const reached = principals.flatMap(({ principalId, grant }) =>
    principalId !== undefined && grant?.held === true && grant.through === "a group"
      ? [{ assignmentId: grant.assignmentId, principalId: principalId.toLowerCase() }]
      : [],
  );
  if (principals.length <= 1 || reached.length === 0) return undefined;
  const kept = new Map<string, { assignmentId: string; at: number; ids: Set<string> }>();
  const proven = believed(before, since);
  for (const { assignmentId, principalId } of reached.slice(0, mostRemembered)) {
    const known = proven.find((one) => one.assignmentId === assignmentId && one.principalIds.includes(principalId));
    const at = known?.at ?? now;
    const key = keyOf(assignmentId, String(at));
    const group = kept.get(key) ?? { assignmentId, at, ids: new Set() };
    kept.set(key, group);
    group.ids.add(principalId);
  }
  return [...kept.values()].map(({ ids, ...one }) => ({ ...one, principalIds: [...ids] }));
}

function believed(memberships: Memory["memberships"], since: number): readonly Membership[] {
  return (memberships ?? []).filter(({ at }) => at >= since);
}

function keyOf(assignmentId: string, rest: string): string {
  return `${assignmentId.toLowerCase()} ${rest}`;
}
