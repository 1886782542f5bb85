import type { Action } from "./actions.ts";
import { adminFallback } from "./admin-user.ts";
import { azGiveIdentity } from "./az-command.ts";
import { attachedFinding, attaching, registryState } from "./attaching.ts";
import { endingOfBoth, importing } from "./images.ts";
import { covered, keySync } from "./key-sync.ts";
import { type Exemption, exemption } from "./exemption.ts";
import type { Memory } from "./memory.ts";
import type { Observation, ObservedPrincipal } from "./observation.ts";
import { workspaceState } from "./obstacle.ts";
import type { BlockedReason, Finding, WaitReason, Warning } from "./outcome.ts";
import { desiredRegistry, type Policy } from "./policy.ts";
import { workspacePrincipals } from "./pull-principals.ts";
import { cannotPrune, marked, pruneWaitMs, pruning } from "./prune.ts";
import { pulling } from "./pulling.ts";

/** How the reconcile ends once the actions have succeeded. */
export type Ending =
  | { readonly kind: "settled" }
  | { readonly kind: "waiting"; readonly reason: WaitReason; readonly message: string }
  | { readonly kind: "blocked"; readonly reason: BlockedReason; readonly message: string }
  | ({ readonly kind: "exempt" } & Exemption)
  | { readonly kind: "gone" };

type NotSettled = Exclude<Ending, { kind: "settled" }>;

/** What has to be done about a workspace; possibly nothing. */
export interface Plan {
  readonly findings: readonly Finding[];
  readonly actions: readonly Action[];
  readonly ending: Ending;
  readonly warnings: readonly Warning[];
  /** Who pulls, and whether each may. */
  readonly principals: readonly ObservedPrincipal[];
  /** What a key sync would cover, once everything that belongs to it is known. */
  readonly fingerprint?: string;
  /** Take the keys for synced without syncing them (`firstSight: adopt`). */
  readonly adopt: boolean;
}

/** Turns text into a short name that differs for different texts. */
export type Hash = (text: string) => string;

/**
 * Decides what to do about one workspace from what is wanted, what is there and what is remembered. Pure and total:
 * every combination gives actions, a wait or a reason.
 */
export function plan(policy: Policy, observation: Observation, memory: Memory, hash: Hash): Plan {
  const ending = (end: NotSettled): Plan => unknown(end, policy);
  if (observation.kind === "gone") return goneWith(policy, memory, observation);
  const { workspace, hub } = observation;

  const exempt = exemption(workspace, memory.exempt, observation.at);
  if (exempt !== undefined) return ending({ kind: "exempt", ...exempt });

  const desired = desiredRegistry(policy, workspace, hub);
  switch (desired.kind) {
    case "blocked":
      return ending({ kind: "blocked", reason: desired.reason, message: desired.message });
    case "hubPending":
      return ending({ kind: "waiting", reason: "HubNotReady", message: desired.message });
    case "registry":
      break;
  }

  const obstacle = workspaceState(workspace) ?? registryState(observation.registry, desired.id);
  if (obstacle !== undefined) return ending(obstacle);
  const registry = observation.registry?.kind === "found" ? observation.registry : undefined;
  if (registry === undefined)
    return ending({ kind: "waiting", reason: "Transient", message: `${desired.id.name} has not been looked at yet.` });

  const own = workspacePrincipals(workspace.identity);
  if (own.length === 0 && policy.pullPrincipals.includes("workspace"))
    return ending({
      kind: "blocked",
      reason: "NoIdentity",
      message: `The workspace has no managed identity, so there is nothing to grant the pull right to. Give it one, of its own: ${azGiveIdentity(workspace.id)}`,
    });

  const attach = attaching(workspace, desired);
  const wanted = { ...registry, id: desired.id };
  const fallback = adminFallback(policy, observation, wanted, memory);
  const pull = pulling(policy, { ...observation, principals: fallback.principals }, wanted);
  const grants = marked(memory.grants, policy, observation.principals, observation);
  const mayPrune = pruneWaitMs(memory.pruneRefused, policy.waits, observation.at) === 0;
  const prune = mayPrune ? pruning(policy, workspace.id, grants, observation) : [];
  const images = importing(policy, workspace.id, desired.id, observation.images);
  const isKnown = own.every(({ principalId }) => principalId !== undefined);
  const fingerprint = isKnown
    ? hash(covered(workspace, wanted, own, observation.storageKeyTimes, memory.rotated))
    : undefined;
  // The password of an admin user has to be copied once, whatever is believed of keys as they were found.
  const needsSync = attach.length > 0 || (fallback.isInUse && memory.synced === undefined);
  const sync = keySync(policy, memory, fingerprint, needsSync);
  const syncing =
    sync.cause === undefined ? [] : [{ kind: "SyncKeys", workspace: workspace.id, cause: sync.cause } as const];
  // What cannot be finished is not begun: somebody has to make room first. What makes room, or has nothing to do with it, goes on.
  const isFull = pull.ending.kind === "blocked" && pull.ending.reason === "RoleAssignmentLimit";
  const isAttached = attach.length === 0;
  const isOfUse = isAttached && sync.cause !== "firstSight";
  const letPull = isFull ? (isAttached ? fallback.actions : []) : [...attach, ...pull.actions, ...fallback.actions];
  const syncs = isFull && !isOfUse ? [] : syncing;
  const imports = isFull && !isAttached ? [] : images.actions;
  const actions: readonly Action[] = [...letPull, ...prune, ...syncs, ...imports];
  // What the admin user is to cure is judged again once it is there.
  const isCured = actions.some(({ kind }) => kind === "EnableAdminUser") && pull.ending.kind === "blocked";
  return {
    findings: [attachedFinding(workspace, desired, memory.attachment), pull.finding, sync.finding, ...images.findings],
    actions,
    ending: endingOfBoth(isCured ? { kind: "settled" } : pull.ending, images.ending),
    warnings: [...fallback.warnings, ...pull.warnings, ...cannotPrune(policy, { ...memory, grants })],
    principals: fallback.principals,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    adopt: sync.adopt,
  };
}

/** Of a workspace that is gone all that is left are the grants that we made for its identities. */
function goneWith(policy: Policy, memory: Memory, { id, at }: Observation & { readonly kind: "gone" }): Plan {
  const { outcome, nextLookAt = -Infinity } = memory;
  // The look that was to come once reads have caught up.
  const isCertain = outcome?.kind === "gone" && nextLookAt <= at;
  const grants = isCertain ? memory.grants?.map((grant) => ({ ...grant, missingSince: -Infinity })) : memory.grants;
  const actions = pruning(policy, id, grants, { at, children: { listedAt: at } });
  return { ...unknown({ kind: "gone" }, policy), actions };
}

/** Nothing to do, and nothing known beyond the reason. */
function unknown(end: NotSettled, { requiredImages = [] }: Policy): Plan {
  const types = [
    ...(["RegistryAttached", "PullGranted", "KeysSynced"] as const),
    ...(requiredImages.length === 0 ? [] : (["ImagesPresent"] as const)),
  ];
  const findings =
    end.kind === "gone"
      ? []
      : types.map((type) => ({ type, status: "Unknown" as const, reason: end.reason, message: end.message }));
  return { findings, actions: [], ending: end, warnings: [], principals: [], adopt: false };
}
