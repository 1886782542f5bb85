import { allowsAdminUser } from "./admin-user.ts";
import { formatId, parseRegistryId, type RegistryId } from "./arm-id.ts";
import { attaching, registryState } from "./attaching.ts";
import type { Baseline, Proof } from "./baseline.ts";
import type { Remembered } from "./fleet.ts";
import { covered } from "./key-sync.ts";
import type { FoundRegistry, ObservedRegistry, ObservedWorkspace } from "./observation.ts";
import { tagExemption } from "./exemption.ts";
import { workspaceState } from "./obstacle.ts";
import type { Hash } from "./plan.ts";
import { desiredRegistry, mayBeGranted, type Policy } from "./policy.ts";
import { type PullPrincipal, workspacePrincipals } from "./pull-principals.ts";
import type { ShownRights } from "./shown-rights.ts";

/** Why a sweep asks for a look at a workspace. */
export type NominationReason =
  /** Nothing, or not enough, is remembered of it. */
  | "NotRemembered"
  /** It is remembered, and not shown any more. */
  | "NotListed"
  /** It is there, and not shown: what is shown lags, or leaves out what our identity may not read. */
  | "NotShown"
  /** A request for it was accepted long ago and not covered: its message may have been lost. */
  | "RequestOpen"
  /** Its next look is past due. */
  | "Overdue"
  /** It was not really looked at for long: not everything is shown to a sweep. */
  | "RecheckDue"
  /** Whether it is to be left alone is not as it was. */
  | "ExemptionChanged"
  /** The policy names no registry for it, or not the one it has. */
  | "RegistryNotAllowed"
  /** It, or its registry, is not in a state to be used. */
  | "NotReady"
  | "RegistryNotAttached"
  | "PullNotGranted"
  | "KeysNotSynced";

/** What would have to be done about a workspace, as far as a sweep can tell. */
export interface Drift {
  readonly registry: RegistryId;
  readonly attach: boolean;
  /** Who would be granted the right to pull: each by a text of its own. */
  readonly grants: readonly string[];
  readonly sync: boolean;
}

/** What a sweep knows of one workspace. */
export interface Shown {
  readonly workspace: ObservedWorkspace;
  /** Those who pull for its online endpoints. */
  readonly endpoints: readonly PullPrincipal[];
  readonly remembered: Remembered | undefined;
  /** When the keys of its storage account were made, if that is shown. */
  readonly storageKeyTimes: string | undefined;
}

/** What a sweep knows of everything else. */
export interface Surroundings {
  readonly rights: ShownRights;
  /** A registry as Azure Resource Manager describes it; `undefined` when it could not be read. */
  registry(id: RegistryId): Promise<ObservedRegistry | undefined>;
  readonly hash: Hash;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Verdict {
  /** Absent: nothing looks wrong. */
  readonly reason?: NominationReason;
  /** It waits or is blocked, so it is looked at anyway. */
  readonly isPending?: boolean;
  readonly drift?: Drift;
}

/**
 * Whether a workspace has to be looked at. What is shown may be old and is not all there is: it nominates, and the look decides.
 * One that is to be looked at anyway, because it waits or is blocked, is left to that unless the look is past due.
 */
export async function judge(policy: Policy, shown: Shown, surroundings: Surroundings): Promise<Verdict> {
  const { remembered } = shown;
  const { now, hash } = surroundings;
  const looks = await looksWrong(policy, shown, surroundings);
  const drift = looks.drift === undefined ? {} : { drift: looks.drift };
  if (remembered === undefined || remembered.outcome === "" || remembered.outcome === "gone")
    return { reason: "NotRemembered", ...drift };
  const { lookedAt = -Infinity, nextLookAt, workspaceId } = remembered;
  const isToWait = remembered.outcome === "waiting" || remembered.outcome === "blocked";
  // What is to come in the far future was put there by a clock that was ahead.
  const isToCome = nextLookAt !== undefined && nextLookAt - now < policy.waits.recheckAfterMs;
  if (isPastDue(remembered, policy, now) || (isToWait && !isToCome)) return { reason: "Overdue", ...drift };
  if (isToWait) return { isPending: true, ...drift };
  if (looks.reason !== undefined) return { reason: looks.reason, ...drift };
  // Whether the admin user is still needed is tried once a day.
  const isOnAdminUser = remembered.baseline?.proved.proofs.some(({ assignmentId }) => assignmentId === undefined);
  if (isOnAdminUser === true && now - lookedAt >= policy.waits.contestMs) return { reason: "RecheckDue", ...drift };
  const share = Number.parseInt(hash(workspaceId.toLowerCase()).slice(0, 8), 16) / 2 ** 32;
  // Spread over the second half of the time, so that a fleet that was first seen on one day is not looked at again on one day.
  if (now - lookedAt >= policy.waits.recheckAfterMs * (0.5 + share / 2)) return { reason: "RecheckDue", ...drift };
  return drift;
}

/** Whether the next look should have come long ago. A message that was lost, or a queue that is far behind: another request does no harm. */
export function isPastDue({ nextLookAt }: Pick<Remembered, "nextLookAt">, { waits }: Policy, now: number): boolean {
  return nextLookAt !== undefined && nextLookAt + waits.followUpMs < now;
}

async function looksWrong(
  policy: Policy,
  { workspace: described, endpoints, remembered, storageKeyTimes }: Shown,
  surroundings: Surroundings,
): Promise<Verdict> {
  const baseline = remembered?.baseline;
  const workspace = withHubsRegistry(described, baseline);
  const exempt = tagExemption(workspace);
  const wasExempt = remembered?.outcome === "exempt";
  // Until when an operator took it out is when it is looked at next.
  if (exempt === undefined && wasExempt && remembered.reason === "OperatorExemption") return {};
  if (exempt !== undefined || wasExempt)
    return exempt !== undefined && wasExempt && exempt.reason === remembered.reason
      ? {}
      : { reason: "ExemptionChanged" };

  const desired = desiredRegistry(policy, workspace, undefined);
  if (desired.kind !== "registry") return { reason: "RegistryNotAllowed" };
  if (workspaceState(workspace) !== undefined) return { reason: "NotReady" };
  const registry = await surroundings.registry(desired.id);
  if (registry?.kind !== "found" || registryState(registry, desired.id) !== undefined) return { reason: "NotReady" };

  const { rights, hash } = surroundings;
  const attach = attaching(workspace, desired).length > 0;
  const own = workspacePrincipals(workspace.identity);
  const lacking = lackingOf(policy, [...own, ...endpoints], baseline, rights, registry);
  const times = storageKeyTimes ?? baseline?.storageKeyTimes;
  const fingerprint = hash(covered(workspace, registry, own, times, baseline?.rotated));
  const isKnown = baseline?.fingerprint !== undefined || policy.firstSight === "sync";
  const isNobody = own.length === 0 && policy.pullPrincipals.includes("workspace");
  const sync = !isNobody && (attach || (isKnown && baseline?.fingerprint !== fingerprint));
  const grants = lacking
    .filter((one) => mayBeGranted(policy, workspace.id, one))
    .map(({ principalId, label }) => principalId?.toLowerCase() ?? `${formatId(workspace.id)} ${label}`);
  const drift = attach || grants.length > 0 || sync ? { drift: { registry: desired.id, attach, grants, sync } } : {};
  if (baseline === undefined || !coversAll(policy, baseline)) return { reason: "NotRemembered", ...drift };
  if (attach) return { reason: "RegistryNotAttached", ...drift };
  if (lacking.length > 0 || isNobody) return { reason: "PullNotGranted", ...drift };
  // In audit mode nothing is ever synced: that it would be is no reason to look again each night.
  if (sync && (policy.mode === "enforce" || baseline.fingerprint !== undefined))
    return { reason: "KeysNotSynced", ...drift };
  return drift;
}

/** A project has the registry of its hub, which its own description may leave out. */
function withHubsRegistry(workspace: ObservedWorkspace, baseline: Baseline | undefined): ObservedWorkspace {
  if (workspace.kind !== "project" || workspace.containerRegistry !== undefined || baseline === undefined)
    return workspace;
  return { ...workspace, containerRegistry: parseRegistryId(baseline.proved.registryId) };
}

/** Whether the last look saw all that the policy wants looked after: it may have been another policy. */
function coversAll({ pullPrincipals, requiredImages = [] }: Policy, { of, images }: Baseline): boolean {
  return (
    pullPrincipals.every((one) => one === "workspace" || of.includes(one)) && (images || requiredImages.length === 0)
  );
}

/** Those who pull and are not shown to hold the right to; one who does not exist yet is among them. */
function lackingOf(
  policy: Policy,
  principals: readonly PullPrincipal[],
  baseline: Baseline | undefined,
  rights: ShownRights,
  registry: FoundRegistry,
): readonly PullPrincipal[] {
  const all = [...principals, ...(baseline?.computes ?? [])].filter(({ of }) => policy.pullPrincipals.includes(of));
  // Of those that are one identity the workspace's own counts, which comes first.
  const unique = new Map(all.toReversed().map((one) => [one.principalId?.toLowerCase() ?? one.label, one]));
  const proved = baseline && { ...baseline.proved, proofs: baseline.proved.proofs.filter(isAllowed) };
  function isAllowed({ assignmentId }: Proof): boolean {
    return assignmentId !== undefined || allowsAdminUser(policy, registry.id);
  }
  return [...unique.values()].filter(
    ({ principalId }) => principalId === undefined || !rights.holds(principalId, registry, proved),
  );
}
