import type { RegistryId } from "./arm-id.ts";
import { type Assignment, type Denial, type Grant, grantAmong, type ListedAssignment } from "./grants.ts";
import type { ProvenMembers } from "./memberships.ts";
import type { FoundRegistry, ObservedPrincipal, ObservedRegistry } from "./observation.ts";
import type { AzureReads } from "./ports.ts";
import type { PullPrincipal } from "./pull-principals.ts";
import { permitsBuild, permitsPull } from "./pull-permission.ts";

/** About so many identities at most Azure is asked in one look: a read each, of the 250 that it allows a subscription in a burst. */
const mostInOneLook = 100;
/** How fast the turn goes round among those that are left over, in milliseconds. */
const turnMs = 15_000;

/** How the rights of those who pull are read at one registry. */
export interface RightsAt {
  readonly registry: RegistryId;
  readonly reads: AzureReads;
  /** Facts older than this (ms since the epoch) are not taken from a cache. */
  readonly freshAfter: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** What this reconcile granted, by object ids in lower case, as Azure answered it: it is not read again. */
  readonly granted: ReadonlyMap<string, Grant>;
  /** Whom an assignment proved to reach through a group. */
  readonly members: ProvenMembers;
}

interface Rights {
  readonly assignments: readonly Assignment[];
  readonly denials: readonly Denial[];
}

type Found = ReadonlyMap<string, Rights>;

/**
 * Sees whether each of these may pull, each identity once, whatever it pulls for. Of one, Azure is asked what reaches it. Of several,
 * one list shows all that is assigned at the registry: who holds the right himself, and whether there is a group that might
 * lend it to the others. Only then Azure, which alone knows the members of groups, is asked about these; of very many about a
 * part, which part depends on the time, and the rest is `unseen` until the next look, by when those of now are granted.
 * @throws AzureFailure
 */
export async function withRights(
  principals: readonly PullPrincipal[],
  at: RightsAt,
  registryRead: Promise<ObservedRegistry>,
): Promise<readonly ObservedPrincipal[]> {
  const all = principals.flatMap(({ principalId }) => principalId?.toLowerCase() ?? []);
  const building = new Set(principals.filter(mayNeedToBuild).map(({ principalId = "" }) => principalId.toLowerCase()));
  const ids = [...new Set(all)].filter((id) => !at.granted.has(id) || building.has(id));
  const [registry, found] = await Promise.all([
    registryRead,
    ids.length <= 1 ? ofEach(ids, at) : ofSeveral(ids, building, at, registryRead),
  ]);
  return principals.map((principal) => {
    if (principal.principalId === undefined || registry.kind === "missing") return principal;
    const id = principal.principalId.toLowerCase();
    const rights = found.get(id);
    const grant = at.granted.get(id);
    if (rights === undefined) return grant === undefined ? { ...principal, unseen: true } : { ...principal, grant };
    const seen = withGrant(principal, registry, rights);
    return grant === undefined ? seen : { ...seen, grant };
  });
}

async function ofEach(ids: readonly string[], at: RightsAt): Promise<Found> {
  const { reads, registry, freshAfter, signal } = at;
  const each = ids.map(async (id) => {
    const [assignments, denials] = await Promise.all([
      reads.assignments(id, registry, freshAfter, signal),
      reads.denials(id, registry, freshAfter, signal),
    ]);
    return [id, { assignments, denials }] as const;
  });
  return new Map(await Promise.all(each));
}

async function ofSeveral(
  ids: readonly string[],
  building: ReadonlySet<string>,
  at: RightsAt,
  registryRead: Promise<ObservedRegistry>,
): Promise<Found> {
  const { reads, registry: registryId, freshAfter, signal, members } = at;
  const [registry, listed] = await Promise.all([registryRead, reads.assignmentsAt(registryId, signal)]);
  if (registry.kind === "missing") return new Map();
  const withRoles = (some: readonly ListedAssignment[]): Promise<readonly Assignment[]> =>
    reads.withRoles(some, registryId, freshAfter, signal);
  const wanted = new Set(ids);
  const own = byHolder(await withRoles(listed.filter(({ principalId }) => wanted.has(principalId.toLowerCase()))));
  const isEnough = (id: string, assignments: readonly Assignment[]): boolean =>
    grantAmong(assignments, [], id, registry).held && (!building.has(id) || mayBuild(assignments));

  const known = new Map(ids.map((id) => [id, own.get(id) ?? []]));
  const open = ids.filter((id) => !isEnough(id, known.get(id) ?? []));
  // Roles of groups are only looked at where they could matter: there may be many of them, and each is a read.
  const ofGroups = open.length === 0 ? [] : await withRoles(listed.filter(({ isOfGroup }) => isOfGroup));
  const toAsk = open.filter((id) => {
    const lending = ofGroups.filter((one) => members.isReached(one.id, id));
    const assignments = [...(known.get(id) ?? []), ...lending];
    known.set(id, assignments);
    const mayPull = grantAmong(assignments, [], id, registry).held;
    const isLent = ({ permissions }: Assignment): boolean =>
      (!mayPull && permitsPull(permissions, registry.mode)) || (building.has(id) && permitsBuild(permissions));
    return !isEnough(id, assignments) && ofGroups.some(isLent);
  });
  const now = turn(toAsk, at.now);
  const left = new Set(toAsk);
  const seen = await Promise.all([
    ofEach(now, at),
    ...[...known]
      .filter(([id]) => !left.has(id))
      .map(async ([id, assignments]) => {
        const denials = await reads.denials(id, registryId, freshAfter, signal);
        return new Map([[id, { assignments, denials }]]);
      }),
  ]);
  return new Map(seen.flatMap((each) => [...each]));
}

/** So many of them as a look may ask about, from another place on each time. */
function turn(ids: readonly string[], now: number): readonly string[] {
  const first = ids.length <= mostInOneLook ? 0 : (Math.floor(now / turnMs) * mostInOneLook) % ids.length;
  return [...ids.slice(first), ...ids.slice(0, first)].slice(0, mostInOneLook);
}

function byHolder(assignments: readonly Assignment[]): ReadonlyMap<string, readonly Assignment[]> {
  const held = new Map<string, Assignment[]>();
  for (const one of assignments) {
    const holder = one.principalId.toLowerCase();
    held.set(holder, [...(held.get(holder) ?? []), one]);
  }
  return held;
}

/** User-assigned identities of a workspace build its images as themselves. */
function mayNeedToBuild({ of, identityId, principalId }: PullPrincipal): boolean {
  return of === "workspace" && identityId !== undefined && principalId !== undefined;
}

function mayBuild(assignments: readonly Assignment[]): boolean {
  return assignments.some(({ permissions }) => permitsBuild(permissions));
}

function withGrant(
  principal: PullPrincipal,
  registry: FoundRegistry,
  { assignments, denials }: Rights,
): ObservedPrincipal {
  const grant = grantAmong(assignments, denials, principal.principalId ?? "", registry);
  return mayNeedToBuild(principal) ? { ...principal, grant, builds: mayBuild(assignments) } : { ...principal, grant };
}
