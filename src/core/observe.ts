import type { Grant } from "./grants.ts";
import { provenSince } from "./memberships.ts";
import { registryState } from "./attaching.ts";
import type { Subject } from "./examine.ts";
import { exemption } from "./exemption.ts";
import type { ObservedImage } from "./images.ts";
import type { KnownChildren, ObservedRegistry, Observation } from "./observation.ts";
import { desiredRegistry, mayBeGranted, type Policy } from "./policy.ts";
import type { AzureReads } from "./ports.ts";
import { childPrincipal, type ObservedChild, workspacePrincipals } from "./pull-principals.ts";
import { withRights } from "./rights.ts";

/**
 * Reads what the decision about one workspace needs, and no more: what does not depend on each other is read at the same
 * time, and nothing is read for a workspace that is left alone anyway.
 * @param now milliseconds since the epoch
 * @throws AzureFailure when a read fails
 */
export async function observe(
  policy: Policy,
  subject: Subject,
  reads: AzureReads,
  now: number,
  signal: AbortSignal,
): Promise<Observation> {
  const { workspace: id, freshAfter, told } = subject;
  const workspace = told?.workspace ?? (await reads.workspace(id, signal));
  if (workspace === undefined) return { kind: "gone", id, at: now };
  const found = { kind: "found", workspace, at: now, principals: [] } as const;
  if (exemption(workspace, subject.memory?.exempt, now) !== undefined) return found;

  const hub = workspace.hubId === undefined ? undefined : await reads.workspace(workspace.hubId, signal);
  const desired = desiredRegistry(policy, workspace, hub);
  if (desired.kind !== "registry") return { ...found, hub };

  const registryRead = reads.registry(desired.id, freshAfter, signal);
  const imagesRead = registryRead.then((registry) => imagesIn(policy, registry, reads, freshAfter, signal));
  const own = policy.pullPrincipals.includes("workspace") ? workspacePrincipals(workspace.identity) : [];
  const { storageAccount } = workspace;
  const childrenRead = childrenOf(policy, subject, reads, now, signal);
  const members = provenSince(subject.memory?.memberships, believedSince(subject, now));
  const granted = told?.granted ?? new Map<string, Grant>();
  const at = { registry: desired.id, reads, freshAfter, now, signal, granted, members };
  const [registry, children, principals, storageKeyTimes, images] = await Promise.all([
    registryRead,
    childrenRead,
    // All at once: whether one list is cheaper than to ask about each depends on how many they are.
    childrenRead.then((known) => withRights([...own, ...known.principals], at, registryRead)),
    storageAccount === undefined ? undefined : reads.storageKeyTimes(storageAccount, freshAfter, signal),
    imagesRead,
  ]);
  const lacking = principals.filter(
    (one) =>
      one.principalId !== undefined && one.unseen !== true && one.grant?.held !== true && mayBeGranted(policy, id, one),
  );
  const isWarned = subject.memory?.warnings?.some(({ reason }) => reason === "AssignmentsNearLimit") ?? false;
  const assignments =
    lacking.length > 0 || isWarned
      ? await reads.assignmentCount(desired.id.subscriptionId, freshAfter, signal)
      : undefined;
  return {
    ...found,
    hub,
    registry,
    principals,
    children,
    storageKeyTimes,
    ...(assignments === undefined ? {} : { assignments }),
    ...(images === undefined ? {} : { images }),
  };
}

/** Asks the registry for the required images, where there are any and the registry may be used. */
async function imagesIn(
  { requiredImages = [] }: Policy,
  registry: ObservedRegistry,
  reads: AzureReads,
  freshAfter: number,
  signal: AbortSignal,
): Promise<readonly ObservedImage[] | undefined> {
  if (requiredImages.length === 0 || registry.kind === "missing") return undefined;
  if (registryState(registry, registry.id) !== undefined) return undefined;
  return Promise.all(
    requiredImages.map(async (image) => ({ image, presence: await reads.image(registry, image, freshAfter, signal) })),
  );
}

/** How long it is believed who pulls besides the workspace itself, once all is well with them and as long as no event says otherwise; and who is in a group. */
const childrenMs = 12 * 3_600_000;

/** Since when a membership has to be proven to be believed by this look, ms since the epoch. A sweep is there to find who left a group. */
export function believedSince(
  { listAfter, membersAfter = listAfter }: Pick<Subject, "listAfter" | "membersAfter">,
  now: number,
): number {
  return Math.max(membersAfter, now - childrenMs);
}

/**
 * Lists the computes and online endpoints that the policy covers, unless they are known well enough. Where something is not as
 * it should be, each look lists them anew: what is amiss may be gone, or what is known may come from a read that lagged.
 */
async function childrenOf(
  { pullPrincipals, prune }: Policy,
  { workspace, memory, listAfter }: Subject,
  reads: AzureReads,
  now: number,
  signal: AbortSignal,
): Promise<KnownChildren> {
  const of = pullPrincipals.filter((one): one is ObservedChild["of"] => one !== "workspace");
  const known = memory?.children;
  // Nothing is pruned because of one list; where nothing is pruned, what is left behind stays so for good.
  const isToPrune = prune && memory?.grants?.some(({ missingSince }) => missingSince !== undefined) === true;
  const isWell = (memory?.outcome?.kind === "compliant" || memory?.outcome?.kind === "remediated") && !isToPrune;
  const oldest = isWell ? now - childrenMs : (memory?.startedAt ?? now);
  if (
    known !== undefined &&
    known.principals.every(({ principalId }) => principalId !== undefined) &&
    known.listedAt >= Math.max(listAfter, oldest) &&
    of.every((one) => known.of.includes(one))
  )
    return { ...known, principals: known.principals.filter((one) => of.some((covered) => covered === one.of)) };
  const list = (one: ObservedChild["of"]): Promise<readonly ObservedChild[]> =>
    of.includes(one) ? reads.children(workspace, one, signal) : Promise.resolve([]);
  const [computes, endpoints] = await Promise.all([list("compute"), list("endpoint")]);
  const principals = [...computes, ...endpoints].flatMap((child) => childPrincipal(child) ?? []);
  return { listedAt: now, of, principals };
}
