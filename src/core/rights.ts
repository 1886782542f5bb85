import type { RegistryId } from "./arm-id.ts";
import { type Assignment, type Denial, grantAmong } from "./grants.ts";
import type { ObservedPrincipal, ObservedRegistry } from "./observation.ts";
import type { AzureReads } from "./ports.ts";
import type { PullPrincipal } from "./pull-principals.ts";
import { permitsBuild } from "./pull-permission.ts";

/** So many identities are asked about one by one, which also finds what they hold through groups. */
const few = 10;
/** Of more, so many at most in one look: a read each, of the 250 that Azure allows a subscription in a burst. */
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
  /** What was asked about which identity: each is asked about once in a look, however many it pulls for. */
  readonly asked: Map<string, Promise<Rights>>;
}

/**
 * Sees whether each of these may pull. Of many, one list shows who holds a right himself; of the others a part is asked about now,
 * which part depends on the time, and the rest is `unseen` until the next look, by when those of now are granted.
 * @throws AzureFailure
 */
export async function withRights(
  principals: readonly PullPrincipal[],
  at: RightsAt,
  registryRead: Promise<ObservedRegistry>,
): Promise<readonly ObservedPrincipal[]> {
  const ids = [...new Set(principals.flatMap(({ principalId }) => principalId?.toLowerCase() ?? []))];
  const [registry, found] = await Promise.all([
    registryRead,
    ids.length <= few ? ofEach(ids, at) : ofMany(ids, at, registryRead),
  ]);
  return principals.map((principal) => {
    if (principal.principalId === undefined || registry.kind === "missing") return principal;
    const rights = found.get(principal.principalId.toLowerCase());
    return rights === undefined ? { ...principal, unseen: true } : withGrant(principal, registry, rights);
  });
}

interface Rights {
  readonly assignments: readonly Assignment[];
  readonly denials: readonly Denial[];
}

async function ofEach(ids: readonly string[], at: RightsAt): Promise<ReadonlyMap<string, Rights>> {
  const each = ids.map(async (id) => {
    const asking = at.asked.get(id) ?? rightsOf(id, at);
    at.asked.set(id, asking);
    return [id, await asking] as const;
  });
  return new Map(await Promise.all(each));
}

async function rightsOf(id: string, { reads, registry, freshAfter, signal }: RightsAt): Promise<Rights> {
  const [assignments, denials] = await Promise.all([
    reads.assignments(id, registry, freshAfter, signal),
    reads.denials(id, registry, freshAfter, signal),
  ]);
  return { assignments, denials };
}

async function ofMany(
  ids: readonly string[],
  at: RightsAt,
  registryRead: Promise<ObservedRegistry>,
): Promise<ReadonlyMap<string, Rights>> {
  const { reads, registry: id, freshAfter, signal } = at;
  const [registry, own] = await Promise.all([registryRead, reads.ownAssignments(new Set(ids), id, freshAfter, signal)]);
  if (registry.kind === "missing") return new Map();
  const found = new Map<string, Rights>();
  for (const one of ids) {
    const assignments = own.filter(({ principalId }) => principalId.toLowerCase() === one);
    if (!grantAmong(assignments, [], one, registry).held) continue;
    found.set(one, { assignments, denials: await reads.denials(one, id, freshAfter, signal) });
  }
  const rest = ids.filter((one) => !found.has(one));
  const first = rest.length <= mostInOneLook ? 0 : (Math.floor(at.now / turnMs) * mostInOneLook) % rest.length;
  const now = [...rest.slice(first), ...rest.slice(0, first)].slice(0, mostInOneLook);
  return new Map([...found, ...(await ofEach(now, at))]);
}

function withGrant(
  principal: PullPrincipal,
  registry: ObservedRegistry & { readonly kind: "found" },
  { assignments, denials }: Rights,
): ObservedPrincipal {
  const grant = grantAmong(assignments, denials, principal.principalId ?? "", registry);
  if (principal.of !== "workspace" || principal.identityId === undefined) return { ...principal, grant };
  const builds = assignments.some(({ permissions }) => permitsBuild(permissions));
  return { ...principal, grant, builds };
}
