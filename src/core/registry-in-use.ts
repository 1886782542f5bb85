import type { RegistryId } from "./arm-id.ts";
import type { ObservedWorkspace } from "./observation.ts";

/**
 * The registry that a workspace uses: the one attached to it, or, of a project, to its hub. Where the hub shows none, or cannot be
 * seen, what Azure says of the project counts.
 */
export function registryInUse(
  workspace: Pick<ObservedWorkspace, "kind" | "containerRegistry">,
  hub: Pick<ObservedWorkspace, "containerRegistry"> | undefined,
): RegistryId | undefined {
  const ofHub = workspace.kind === "project" ? hub?.containerRegistry : undefined;
  return ofHub ?? workspace.containerRegistry;
}
