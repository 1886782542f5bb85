import { formatId, type RegistryId, sameText, type WorkspaceId } from "./arm-id.ts";
import { covered, keySync, type SyncCause } from "./key-sync.ts";
import type { Attachment, Memory } from "./memory.ts";
import type { ObservedPrincipal, ObservedRegistry, ObservedWorkspace, Observation } from "./observation.ts";
import type { BlockedReason, ExemptReason, Finding, WaitReason } from "./outcome.ts";
import { desiredRegistry, exemption, type Policy } from "./policy.ts";
import { pullRoles, type Role } from "./pull-permission.ts";

/** One step of a plan. Attaching and granting do not depend on each other; syncing keys comes after both. */
export type Action =
  | { readonly kind: "AttachRegistry"; readonly workspace: WorkspaceId; readonly registry: RegistryId }
  | {
      readonly kind: "GrantPull";
      readonly workspace: WorkspaceId;
      readonly registry: RegistryId;
      readonly label: string;
      readonly principalId: string;
      readonly role: Role;
    }
  | { readonly kind: "SyncKeys"; readonly workspace: WorkspaceId; readonly cause: SyncCause };

/** How the reconcile ends once the actions have succeeded. */
export type Ending =
  | { readonly kind: "settled" }
  | { readonly kind: "waiting"; readonly reason: WaitReason; readonly message: string }
  | { readonly kind: "blocked"; readonly reason: BlockedReason; readonly message: string }
  | { readonly kind: "exempt"; readonly reason: ExemptReason; readonly message: string }
  | { readonly kind: "gone" };

/** What has to be done about a workspace; possibly nothing. */
export interface Plan {
  readonly findings: readonly Finding[];
  readonly actions: readonly Action[];
  readonly ending: Ending;
  /** What a key sync would cover, once everything that belongs to it is known. */
  readonly fingerprint?: string;
  /** Take the keys for synced without syncing them (`firstSight: adopt`). */
  readonly adopt: boolean;
}

/** Turns text into a short name that differs for different texts. */
export type Hash = (text: string) => string;

type Unwritable = Extract<Ending, { kind: "waiting" | "blocked" }>;

const transientStates = ["unknown", "updating", "creating", "deleting"];

/**
 * Decides what to do about one workspace from what is wanted, what is there and what is remembered. Pure and total:
 * every combination gives actions, a wait or a reason.
 */
export function plan(policy: Policy, observation: Observation, memory: Memory, hash: Hash): Plan {
  if (observation.kind === "gone") return ending({ kind: "gone" });
  const { workspace, hub } = observation;

  const exempt = exemption(workspace);
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

  const unwritable = workspaceState(workspace) ?? registryState(observation.registry, desired.id);
  if (unwritable !== undefined) return ending(unwritable);
  const registry = observation.registry?.kind === "found" ? observation.registry : undefined;
  if (registry === undefined)
    return ending({ kind: "waiting", reason: "Transient", message: `${desired.id.name} has not been looked at yet.` });

  const { principals } = observation;
  if (principals.length === 0) {
    return ending({
      kind: "blocked",
      reason: "NoIdentity",
      message:
        "The workspace has no managed identity, so there is nothing to grant the pull right to. Give it one: az ml workspace update --name … --resource-group … with a system-assigned or user-assigned identity.",
    });
  }

  const attach: Action[] =
    workspace.containerRegistry === undefined && workspace.kind !== "project"
      ? [{ kind: "AttachRegistry", workspace: workspace.id, registry: desired.id }]
      : [];
  const role = pullRoles[registry.mode];
  const grants = principals.flatMap((principal): Action[] =>
    principal.principalId !== undefined && principal.grant?.held !== true && !isConditional(principal)
      ? [
          {
            kind: "GrantPull",
            workspace: workspace.id,
            registry: desired.id,
            label: principal.label,
            principalId: principal.principalId,
            role,
          },
        ]
      : [],
  );
  const complete = principals.every(({ principalId }) => principalId !== undefined);
  const fingerprint = complete
    ? hash(covered(workspace, registry, principals, observation.storageKeyTimes, memory.rotated))
    : undefined;
  const sync = keySync(policy, memory, fingerprint, attach.length > 0);
  const findings = [
    attachedFinding(workspace, desired.id, desired.note, memory.attachment),
    grantedFinding(principals),
    sync.finding,
  ];
  const actions = [
    ...attach,
    ...grants,
    ...(sync.cause === undefined ? [] : [{ kind: "SyncKeys", workspace: workspace.id, cause: sync.cause } as const]),
  ];
  return {
    findings,
    actions,
    ending: principalsEnding(principals),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    adopt: sync.adopt,
  };
}

/** What a person is told that an action does, in the present tense: `attach contoso`, `grant AcrPull to …`. */
export function describe(action: Action): string {
  switch (action.kind) {
    case "AttachRegistry":
      return `attach ${action.registry.name}`;
    case "GrantPull":
      return `grant ${action.role.name} on ${action.registry.name} to the ${action.label} (${action.principalId})`;
    case "SyncKeys":
      return "sync keys";
  }
}

/** Whether the workspace is known to differ from what is wanted. A first key sync is caution, not drift. */
export function isDrift(action: Action): boolean {
  return !(action.kind === "SyncKeys" && action.cause === "firstSight");
}

/** Nothing to do, and nothing known beyond the reason. */
function ending(end: Exclude<Ending, { kind: "settled" }>): Plan {
  const types = ["RegistryAttached", "PullGranted", "KeysSynced"] as const;
  const findings =
    end.kind === "gone"
      ? []
      : types.map((type) => ({ type, status: "Unknown" as const, reason: end.reason, message: end.message }));
  return { findings, actions: [], ending: end, adopt: false };
}

/** Whether a workspace, as it was just described, may be written to. */
export function isWritable(workspace: ObservedWorkspace): boolean {
  return exemption(workspace) === undefined && workspaceState(workspace) === undefined;
}

/** Only a workspace that Azure calls `Succeeded` is written to. */
function workspaceState({ provisioningState, id }: ObservedWorkspace): Unwritable | undefined {
  if (provisioningState.toLowerCase() === "succeeded") return undefined;
  if (transientStates.includes(provisioningState.toLowerCase()))
    return {
      kind: "waiting",
      reason: "WorkspaceProvisioning",
      message: `The workspace is ${provisioningState}; it is written to only once it is Succeeded.`,
    };
  return {
    kind: "blocked",
    reason: "WorkspaceFailed",
    message: `The provisioning state of ${id.name} is ${provisioningState}, not Succeeded. Repair or recreate the workspace; nothing was changed.`,
  };
}

function registryState(registry: ObservedRegistry | undefined, wanted: RegistryId): Unwritable | undefined {
  if (registry === undefined) return undefined;
  if (registry.kind === "missing")
    return {
      kind: "blocked",
      reason: "RegistryNotFound",
      message: `The registry ${formatId(wanted)} does not exist, or is not visible to our identity. Create it, correct the policy, or grant Microsoft.ContainerRegistry/registries/read on it.`,
    };
  const state = registry.provisioningState.toLowerCase();
  if (state === "succeeded") return undefined;
  if (transientStates.includes(state))
    return {
      kind: "waiting",
      reason: "RegistryProvisioning",
      message: `The registry ${wanted.name} is ${registry.provisioningState}.`,
    };
  return {
    kind: "blocked",
    reason: "RegistryFailed",
    message: `The provisioning state of the registry ${formatId(wanted)} is ${registry.provisioningState}. Repair it; nothing was changed.`,
  };
}

/** How a look ends as far as those who pull are concerned. */
function principalsEnding(principals: readonly ObservedPrincipal[]): Ending {
  const restricted = principals.filter(isConditional);
  if (restricted.length > 0)
    return {
      kind: "blocked",
      reason: "ConditionalGrant",
      message: `Somebody restricted the ${restricted.map(({ label }) => label).join(" and the ")}: the role assignment on the registry has a condition, which may leave repositories out. Our own would lift that restriction, so none is made. Remove the condition, or opt the workspace out.`,
    };
  const nameless = principals.filter(({ principalId }) => principalId === undefined);
  if (nameless.length === 0) return { kind: "settled" };
  const message = `Azure has not created the ${nameless.map(({ label }) => label).join(" and the ")} yet.`;
  return { kind: "waiting", reason: "IdentityNotReady", message };
}

function isConditional({ grant }: ObservedPrincipal): boolean {
  return grant?.held === false && grant.restricted === true;
}

function attachedFinding(
  workspace: ObservedWorkspace,
  desired: RegistryId,
  note: string | undefined,
  attachment: Memory["attachment"],
): Finding {
  const inherited = workspace.kind === "project";
  if (attachment?.raced !== undefined && sameText(attachment.registryId, formatId(desired)))
    return { type: "RegistryAttached", status: "True", reason: "AttachRaced", message: racedMessage(attachment) };
  if (inherited || workspace.containerRegistry !== undefined)
    return {
      type: "RegistryAttached",
      status: "True",
      reason: inherited ? "InheritedFromHub" : "Attached",
      message: `${formatId(desired)}${note === undefined ? "" : `. ${note}`}`,
    };
  return {
    type: "RegistryAttached",
    status: "False",
    reason: "NotAttached",
    message: `No registry is attached; the policy wants ${formatId(desired)}.`,
  };
}

/** What a person is told of a change that fell between our look and our attachment. */
export function racedMessage({ registryId, raced }: Attachment): string {
  return `${registryId}. While it was being attached, ${raced?.actor ?? "somebody"} wrote the workspace too: had that attached another registry, ours replaced it. See whether it was the right one.`;
}

function grantedFinding(principals: readonly ObservedPrincipal[]): Finding {
  const without = principals.filter(({ grant }) => grant?.held !== true);
  const count = `${principals.length - without.length} of ${principals.length} pull principals hold the right to pull`;
  if (without.length === 0) return { type: "PullGranted", status: "True", reason: "Granted", message: `${count}.` };
  const pending = without.every(({ principalId }) => principalId === undefined);
  const lines = without.map((principal) => {
    if (principal.principalId === undefined) return `the ${principal.label} does not exist yet`;
    const note = principal.grant?.held === false ? principal.grant.note : undefined;
    return `the ${principal.label} does not${note === undefined ? "" : ` (${note})`}`;
  });
  return {
    type: "PullGranted",
    status: "False",
    reason: pending ? "IdentityNotReady" : "NotGranted",
    message: `${count}; ${lines.join("; ")}.`,
  };
}
