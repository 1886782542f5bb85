import { formatId, idKey, type RegistryId, type WorkspaceId } from "./arm-id.ts";
import type { Memory } from "./memory.ts";
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

/** `firstSight`: nobody knows whether the keys are in sync. `changed`: the last sync covered something else. `owed`: a change was begun whose sync was not seen to end. */
export type SyncCause = "firstSight" | "changed" | "owed";

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
    principal.principalId !== undefined && principal.grant?.held !== true
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
  const nameless = principals.filter(({ principalId }) => principalId === undefined);
  const fingerprint =
    nameless.length > 0 ? undefined : hash(covered(workspace, registry, principals, observation.storageKeyTimes));
  const sync = keySync(policy, memory, fingerprint, attach.length > 0);
  const findings = [attachedFinding(workspace, desired.id, desired.note), grantedFinding(principals), sync.finding];
  const actions = [
    ...attach,
    ...grants,
    ...(sync.cause === undefined ? [] : [{ kind: "SyncKeys", workspace: workspace.id, cause: sync.cause } as const]),
  ];
  return {
    findings,
    actions,
    ending:
      nameless.length > 0
        ? {
            kind: "waiting",
            reason: "IdentityNotReady",
            message: `Azure has not created the ${nameless.map(({ label }) => label).join(" and the ")} yet.`,
          }
        : { kind: "settled" },
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

/** What a key sync reads (so what has to be the same for the last one still to hold), in a fixed order. */
function covered(
  workspace: ObservedWorkspace,
  registry: ObservedRegistry & { kind: "found" },
  principals: readonly ObservedPrincipal[],
  storageKeyTimes: string | undefined,
): string {
  return JSON.stringify({
    registry: idKey(registry.id),
    principals: principals.map(({ principalId }) => principalId?.toLowerCase() ?? "").sort(),
    pullMode: registry.adminUserEnabled ? "adminUser" : "identity",
    storage: workspace.storageAccount === undefined ? null : idKey(workspace.storageAccount),
    storageKeyTimes: storageKeyTimes ?? null,
    applicationInsights: workspace.applicationInsights?.toLowerCase() ?? null,
  });
}

function keySync(
  policy: Policy,
  memory: Memory,
  fingerprint: string | undefined,
  attaching: boolean,
): { readonly cause?: SyncCause; readonly adopt: boolean; readonly finding: Finding } {
  const finding = (status: Finding["status"], reason: string, message: string): Finding => {
    return { type: "KeysSynced", status, reason, message };
  };
  if (memory.syncOwed) {
    const owed = finding("False", "SyncOwed", "A change was made whose key sync has not been seen to succeed.");
    return { ...(fingerprint === undefined ? {} : { cause: "owed" }), adopt: false, finding: owed };
  }
  if (fingerprint === undefined)
    return {
      adopt: false,
      finding: finding("Unknown", "IdentityNotReady", "Keys are synced once the identity is there."),
    };
  if (memory.synced === undefined) {
    if (policy.firstSight === "adopt" && !attaching)
      return {
        adopt: true,
        finding: finding("Unknown", "Adopted", "Taken for synced as found; Azure has no way to ask."),
      };
    const cause = attaching ? "changed" : "firstSight";
    return {
      cause,
      adopt: false,
      finding: finding("Unknown", "FirstSight", "Nothing is known of an earlier sync, and Azure has no way to ask."),
    };
  }
  if (memory.synced.fingerprint !== fingerprint || attaching)
    return {
      cause: "changed",
      adopt: false,
      finding: finding(
        "False",
        "Changed",
        "The registry, an identity or the storage keys changed since the last sync.",
      ),
    };
  return {
    adopt: false,
    finding:
      memory.synced.how === "synced"
        ? finding("True", "Synced", "Nothing that a sync covers changed since the last one.")
        : finding("Unknown", "Adopted", "Taken for synced as found, and nothing that a sync covers changed since."),
  };
}

function attachedFinding(workspace: ObservedWorkspace, desired: RegistryId, note: string | undefined): Finding {
  const inherited = workspace.kind === "project";
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
