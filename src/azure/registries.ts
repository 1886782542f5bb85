import { formatId, type RegistryId } from "../core/arm-id.ts";
import type { ObservedRegistry } from "../core/observation.ts";
import type { RegistryMode } from "../core/pull-permission.ts";
import type { Arm } from "./arm.ts";
import { azureFailure } from "./errors.ts";

/**
 * Reads one registry from ARM.
 * @returns `undefined` when ARM says that it, or its resource group, does not exist
 * @throws AzureFailure
 */
export async function readRegistry(
  arm: Arm,
  id: RegistryId,
  abortSignal: AbortSignal,
): Promise<(ObservedRegistry & { kind: "found" }) | undefined> {
  try {
    const registry = await arm.containerRegistry(id.subscriptionId).registries.get(id.resourceGroup, id.name, {
      abortSignal,
    });
    return {
      kind: "found",
      id,
      provisioningState: registry.provisioningState ?? "Unknown",
      mode: modeOf(registry.roleAssignmentMode),
      adminUserEnabled: registry.adminUserEnabled ?? false,
    };
  } catch (error) {
    const failure = azureFailure(error, {
      what: `read the registry ${id.name}`,
      action: "Microsoft.ContainerRegistry/registries/read",
      scope: formatId(id),
    });
    if (failure.failure.kind === "notFound") return undefined;
    throw failure;
  }
}

/** The SDK asks with an api-version that has the field; a registry without it was made before the mode existed and reads roles the old way. */
function modeOf(roleAssignmentMode: string | undefined): RegistryMode {
  return roleAssignmentMode === "AbacRepositoryPermissions" ? "AbacRepositoryPermissions" : "LegacyRegistryPermissions";
}
