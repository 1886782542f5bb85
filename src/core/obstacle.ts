import { tagExemption } from "./exemption.ts";
import type { ObservedWorkspace } from "./observation.ts";
import type { Ending } from "./plan.ts";

/** What keeps a resource from being written to or used: it passes, or somebody has to mend it. */
export type Obstacle = Extract<Ending, { kind: "waiting" | "blocked" }>;

/** Provisioning states that pass by themselves, in lower case. */
export const transientStates: readonly string[] = ["unknown", "updating", "creating", "deleting"];

/** Whether a workspace, as it was just described, may be written to. */
export function isWritable(workspace: ObservedWorkspace): boolean {
  return tagExemption(workspace) === undefined && workspaceState(workspace) === undefined;
}

/** What keeps a workspace from being written to: only one that Azure calls `Succeeded` is. */
export function workspaceState({ provisioningState, id }: ObservedWorkspace): Obstacle | undefined {
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
