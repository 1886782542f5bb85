import type { Action } from "./actions.ts";
import { formatId, type RegistryId, sameText } from "./arm-id.ts";
import type { Attachment, Memory } from "./memory.ts";
import type { ObservedRegistry, ObservedWorkspace } from "./observation.ts";
import type { Finding } from "./outcome.ts";
import { type Obstacle, transientStates } from "./obstacle.ts";
import type { DesiredRegistry } from "./policy.ts";

type Desired = DesiredRegistry & { readonly kind: "registry" };

/** What attaches the wanted registry, where it is not attached. Never to a project, which has its hub's. */
export function attaching(workspace: ObservedWorkspace, { id, replaces }: Desired): readonly Action[] {
  if (workspace.kind === "project" || (workspace.containerRegistry !== undefined && replaces === undefined)) return [];
  const attach = { kind: "AttachRegistry", workspace: workspace.id, registry: id } as const;
  return [replaces === undefined ? attach : { ...attach, replaces }];
}

/** Whether the wanted registry is attached. */
export function attachedFinding(
  workspace: ObservedWorkspace,
  { id: desired, note, replaces }: Desired,
  attachment: Memory["attachment"],
): Finding {
  const type = "RegistryAttached";
  if (replaces !== undefined)
    return {
      type,
      status: "False",
      reason: "OtherAttached",
      message: `${formatId(replaces)} is attached; the policy wants ${formatId(desired)} in its place.`,
    };
  const inherited = workspace.kind === "project";
  if (attachment?.raced !== undefined && sameText(attachment.registryId, formatId(desired)))
    return { type, status: "True", reason: "AttachRaced", message: racedMessage(attachment) };
  if (inherited || workspace.containerRegistry !== undefined)
    return {
      type,
      status: "True",
      reason: inherited ? "InheritedFromHub" : "Attached",
      message: `${formatId(desired)}${note === undefined ? "" : `. ${note}`}`,
    };
  return {
    type,
    status: "False",
    reason: "NotAttached",
    message: `No registry is attached; the policy wants ${formatId(desired)}.`,
  };
}

/** What a person is told of a change that fell between our look and our attachment. */
export function racedMessage({ registryId, raced }: Attachment): string {
  return `${registryId}. While it was being attached, ${raced?.actor ?? "somebody"} wrote the workspace too: had that attached another registry, ours replaced it. See whether it was the right one.`;
}

/** What keeps a registry from being used, if anything does. */
export function registryState(registry: ObservedRegistry | undefined, wanted: RegistryId): Obstacle | undefined {
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
