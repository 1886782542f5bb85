import {
  formatId,
  parseResourceId,
  type RegistryId,
  type ResourceId,
  sameId,
  sameText,
  type WorkspaceId,
} from "./arm-id.ts";
import { azAttach } from "./az-command.ts";
import { tagValues } from "./exemption.ts";
import type { RequiredImage } from "./images.ts";
import type { ObservedWorkspace } from "./observation.ts";
import type { BlockedReason } from "./outcome.ts";
import { namesSubscription, rulesOfSubscription } from "./policy-index.ts";
import type { PullPrincipal, Puller } from "./pull-principals.ts";
import { registryInUse } from "./registry-in-use.ts";

/** What the operator wants. Never changed: another is made where other subscriptions are to be looked after. */
export interface Policy {
  /** `audit` plans and reports, `enforce` acts. */
  readonly mode: "audit" | "enforce";
  /** No workspace outside these subscriptions is looked at or changed. The registries that the policy names may lie elsewhere. */
  readonly subscriptions: readonly string[];
  /** Allowed for every workspace that no rule matches. */
  readonly defaultRegistry?: RegistryId;
  /** The first rule that matches a workspace alone says which registries it may use. */
  readonly rules: readonly RegistryRule[];
  /** `whenMissing`: to a workspace that has none. `replace`: also in place of one that is not allowed, or that the tag does not choose. */
  readonly attach: "whenMissing" | "replace" | "never";
  /** Whose identities are looked after. */
  readonly pullPrincipals: readonly Puller[];
  /**
   * Where user-assigned identities of computes and online endpoints must lie to be granted anything: whoever may create a compute
   * chooses its identity. Absent: in the workspace's own resource group.
   */
  readonly allowedIdentityScopes?: readonly IdentityScope[];
  /** Registries whose admin user may be enabled where an identity cannot be granted the pull right for a lasting reason. */
  readonly adminUserRegistries: readonly RegistryId[];
  /** Whether grants that we made for identities that are gone are removed. */
  readonly prune: boolean;
  /** A workspace seen for the first time: `sync` its keys once, or `adopt` them as they are. */
  readonly firstSight: "sync" | "adopt";
  /** How often within `contestMs` one repair is made; somebody keeps undoing it, and then people must settle it. */
  readonly contestRounds: number;
  /** What the registry of every workspace is to have. Absent or empty: its images are not looked at. */
  readonly requiredImages?: readonly RequiredImage[];
  readonly waits: Waits;
}

/** Whether the policy looks after a subscription. */
export function covers({ subscriptions }: Pick<Policy, "subscriptions">, subscriptionId: string): boolean {
  return namesSubscription(subscriptions, subscriptionId);
}

/** Every part that is given must match; the first registry is the one to attach where a tag does not choose another of them. */
export interface RegistryRule {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly registries: readonly RegistryId[];
}

/** A subscription, a resource group, or one identity. */
export interface IdentityScope {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
  readonly identity?: ResourceId;
}

/** Durations, in milliseconds. */
export interface Waits {
  /** How long an identity, a directory entry, a provisioning may take before an operator is told. */
  readonly deadlineMs: number;
  /** How long a refused permission is taken for one that has not propagated yet. */
  readonly youngPermissionMs: number;
  /** When something blocked is looked at again. */
  readonly blockedRecheckMs: number;
  /** How long a workspace may go without a real look; a sweep does not see everything. */
  readonly recheckAfterMs: number;
  /** When a change is confirmed. */
  readonly followUpMs: number;
  /** How long a repair counts, and how long after the last foreign change a contest is over. */
  readonly contestMs: number;
  /** How long a read of ARM may lag behind. */
  readonly staleReadMs: number;
  /** When a grant that we were refused to remove is tried to be removed again. */
  readonly pruneMs: number;
  /** The first step of the back-off; it doubles from there to `backOffMaxMs`. */
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  /** Two reconciles of one workspace start at least this far apart. */
  readonly betweenReconcilesMs: number;
  /** How far apart the first key syncs of a subscription are, once a few have gone out. */
  readonly firstSyncMs: number;
  /** How long a message stays away that found another worker at its workspace. */
  readonly leaseHeldMs: number;
  /** How long one reconcile stays with a running operation before it comes back later. */
  readonly operationMs: number;
}

/** Design values; settings may shorten or lengthen them together. */
export const defaultWaits: Waits = {
  deadlineMs: 24 * 3_600_000,
  youngPermissionMs: 30 * 60_000,
  blockedRecheckMs: 3_600_000,
  recheckAfterMs: 7 * 24 * 3_600_000,
  followUpMs: 10 * 60_000,
  contestMs: 24 * 3_600_000,
  staleReadMs: 2 * 60_000,
  pruneMs: 3_600_000,
  backOffMs: 15_000,
  backOffMaxMs: 10 * 60_000,
  betweenReconcilesMs: 10_000,
  // A tenth of the writes that ARM lets through in the long run (10 a second, `azure/budget.ts`): the rest is for what is wrong.
  firstSyncMs: 1_000,
  leaseHeldMs: 5_000,
  operationMs: 20_000,
};

/** `acr-remediation-registry: NAME or id` chooses among the registries that the policy allows. */
export const registryTag = "acr-remediation-registry";

/** The registries that the policy allows for this workspace, the preferred one first. */
export function allowedRegistries(
  policy: Policy,
  workspace: Pick<ObservedWorkspace, "id" | "location">,
): readonly RegistryId[] {
  const { subscriptionId } = workspace.id;
  if (!covers(policy, subscriptionId)) return [];
  const rule = rulesOfSubscription(policy.rules, subscriptionId).find(
    (candidate) =>
      matches(candidate.resourceGroup, workspace.id.resourceGroup) &&
      matches(candidate.location && locationName(candidate.location), locationName(workspace.location)),
  );
  if (rule !== undefined) return rule.registries;
  return policy.defaultRegistry === undefined ? [] : [policy.defaultRegistry];
}

/** Whether the policy lets an identity be granted the pull right. That of the workspace, and system-assigned ones, always. */
export function mayBeGranted(
  { allowedIdentityScopes }: Policy,
  { subscriptionId, resourceGroup }: WorkspaceId,
  { of, identityId }: Pick<PullPrincipal, "of" | "identityId">,
): boolean {
  if (of === "workspace" || identityId === undefined) return true;
  const id = parseResourceId(identityId);
  const scopes = allowedIdentityScopes ?? [{ subscriptionId, resourceGroup }];
  return scopes.some(
    (scope: IdentityScope) =>
      sameText(scope.subscriptionId, id.subscriptionId) &&
      matches(scope.resourceGroup, id.resourceGroup) &&
      (scope.identity === undefined || sameId(scope.identity, id)),
  );
}

export type DesiredRegistry =
  | {
      readonly kind: "registry";
      readonly id: RegistryId;
      /** What is attached and has to make way. */
      readonly replaces?: RegistryId;
      readonly note?: string;
    }
  | { readonly kind: "hubPending"; readonly message: string }
  | { readonly kind: "blocked"; readonly reason: BlockedReason; readonly message: string };

/**
 * The registry that this workspace should use. What is attached stays when it is allowed, unless the policy says `replace` and
 * the tag chooses another; what is allowed is decided by the operator's policy alone, so neither a tag nor an attachment ever
 * widens it. A project uses its hub's registry, and that too must be allowed for the project.
 */
export function desiredRegistry(
  policy: Policy,
  workspace: ObservedWorkspace,
  hub: ObservedWorkspace | undefined,
): DesiredRegistry {
  const allowed = allowedRegistries(policy, workspace);
  const [preferred] = allowed;
  if (preferred === undefined)
    return {
      kind: "blocked",
      reason: "NoRegistryAllowed",
      message: covers(policy, workspace.id.subscriptionId)
        ? "No rule and no default registry of the policy covers this workspace. Add a rule, or a default registry."
        : `The subscription ${workspace.id.subscriptionId} is not among those that the policy looks after. Add it there.`,
    };
  if (workspace.kind === "project") return hubsRegistry(workspace, hub, allowed);

  const attached = workspace.containerRegistry;
  const isAttachedAllowed = attached !== undefined && isAllowed(allowed, attached);
  if (attached !== undefined && !isAttachedAllowed && policy.attach !== "replace")
    return notAllowed("is attached to", attached, allowed);

  const wanted = tagValues(workspace.tags, registryTag)[0]?.trim();
  const chosen =
    wanted === undefined || wanted === ""
      ? undefined
      : allowed.find((id) => sameText(id.name, wanted) || sameText(formatId(id), wanted));
  if (chosen === undefined && wanted !== undefined && wanted !== "")
    return {
      kind: "blocked",
      reason: "RegistryNotAllowed",
      message: `The tag ${registryTag} asks for ${JSON.stringify(wanted.slice(0, 300))}, which the policy does not allow for this workspace. Allowed: ${names(allowed)}.`,
    };
  if (attached === undefined)
    return policy.attach === "never"
      ? notAttached(workspace.id, chosen ?? preferred)
      : { kind: "registry", id: chosen ?? preferred };
  if (isAttachedAllowed && (chosen === undefined || sameId(attached, chosen)))
    return { kind: "registry", id: attached };
  if (policy.attach === "replace") return { kind: "registry", id: chosen ?? preferred, replaces: attached };
  return {
    kind: "registry",
    id: attached,
    note: `The tag ${registryTag} asks for ${chosen?.name ?? ""}, but an attached registry is replaced only where the policy says so: that may break the lineage of earlier jobs.`,
  };
}

function notAttached(workspace: WorkspaceId, wanted: RegistryId): DesiredRegistry {
  return {
    kind: "blocked",
    reason: "NotAttached",
    message: `No registry is attached, and the policy is never to attach one. Attach ${wanted.name} yourself: ${azAttach(workspace, wanted)}`,
  };
}

function hubsRegistry(
  project: ObservedWorkspace,
  hub: ObservedWorkspace | undefined,
  allowed: readonly RegistryId[],
): DesiredRegistry {
  const ofHub = registryInUse(project, hub);
  if (ofHub === undefined)
    return {
      kind: "hubPending",
      message:
        hub === undefined
          ? "This is a project, and its hub does not exist or cannot be seen."
          : `This is a project, and its hub ${hub.id.name} has no registry yet. The registry is attached to the hub, never to a project.`,
    };
  if (!isAllowed(allowed, ofHub)) return notAllowed("inherits from its hub", ofHub, allowed);
  return { kind: "registry", id: ofHub };
}

function notAllowed(how: string, id: RegistryId, allowed: readonly RegistryId[]): DesiredRegistry {
  return {
    kind: "blocked",
    reason: "RegistryNotAllowed",
    message: `The workspace ${how} ${formatId(id)}, which the policy does not allow for it. Nothing was granted. Allowed: ${names(allowed)}. Add the registry to the workspace's rule, or attach an allowed one.`,
  };
}

function isAllowed(allowed: readonly RegistryId[], id: RegistryId): boolean {
  return allowed.some((candidate) => sameId(candidate, id));
}

function names(registries: readonly RegistryId[]): string {
  return registries.map(({ name }) => name).join(", ");
}

function matches(wanted: string | undefined, actual: string): boolean {
  return wanted === undefined || sameText(wanted, actual);
}

/** `West Europe` and `westeurope` are the same location. */
function locationName(location: string): string {
  return location.replaceAll(" ", "");
}
