import type { Registry } from "@azure/arm-containerregistry";
import { formatId, parseRegistryId, type RegistryId } from "../core/arm-id.ts";
import type { RegistryDetails } from "../core/diagnosis-facts.ts";
import type { FoundRegistry } from "../core/observation.ts";
import type { Lease } from "../core/ports.ts";
import type { RegistryMode } from "../core/pull-permission.ts";
import type { Arm } from "./arm.ts";
import { azureFailure, throwUnlessNotFound } from "./errors.ts";

/**
 * Reads one registry from ARM.
 * @returns `undefined` when ARM says that it, or its resource group, does not exist
 * @throws AzureFailure
 */
export async function readRegistry(
  arm: Arm,
  id: RegistryId,
  abortSignal: AbortSignal,
): Promise<FoundRegistry | undefined> {
  const registry = await getRegistry(arm, id, abortSignal);
  return registry && observed(id, registry);
}

/**
 * Reads one registry from ARM with all that decides whether it can be reached and logged in to.
 * @returns `undefined` as {@link readRegistry}
 * @throws AzureFailure
 */
export async function readRegistryDetails(
  arm: Arm,
  id: RegistryId,
  abortSignal: AbortSignal,
): Promise<RegistryDetails | undefined> {
  const registry = await getRegistry(arm, id, abortSignal);
  return (
    registry && {
      ...observed(id, registry),
      sku: registry.sku.name,
      // What a registry leaves out is as the specification says it is by default.
      publicNetworkAccess: registry.publicNetworkAccess ?? "Enabled",
      defaultAction: registry.networkRuleSet?.defaultAction ?? "Allow",
      ipRules: registry.networkRuleSet?.ipRules?.map(({ iPAddressOrRange }) => iPAddressOrRange) ?? [],
      networkRuleBypassOptions: registry.networkRuleBypassOptions ?? "AzureServices",
      privateEndpoints: (registry.privateEndpointConnections ?? []).map(
        ({ name = "", privateLinkServiceConnectionState }) => ({
          name,
          status: privateLinkServiceConnectionState?.status ?? "Unknown",
        }),
      ),
      armTokensMayLogIn: !/^disabled$/i.test(registry.policies?.azureADAuthenticationAsArmPolicy?.status ?? ""),
    }
  );
}

/** The id of every registry of a subscription that we may see. @throws AzureFailure */
export async function* listRegistryIds(
  arm: Arm,
  subscriptionId: string,
  abortSignal: AbortSignal,
): AsyncGenerator<RegistryId> {
  try {
    for await (const { id } of arm.containerRegistry(subscriptionId).registries.list({ abortSignal }))
      if (id !== undefined) yield parseRegistryId(id);
  } catch (error) {
    throw azureFailure(error, {
      what: `list the registries of ${subscriptionId}`,
      action: "Microsoft.ContainerRegistry/registries/read",
      scope: `/subscriptions/${subscriptionId}`,
    });
  }
}

async function getRegistry(arm: Arm, id: RegistryId, abortSignal: AbortSignal): Promise<Registry | undefined> {
  try {
    return await arm.containerRegistry(id.subscriptionId).registries.get(id.resourceGroup, id.name, { abortSignal });
  } catch (error) {
    throwUnlessNotFound(error, {
      what: `read the registry ${id.name}`,
      action: "Microsoft.ContainerRegistry/registries/read",
      scope: formatId(id),
    });
    return undefined;
  }
}

/**
 * Asks for the registry's admin user to be enabled, with one request. How far Azure is with it the registry itself shows.
 * @throws AzureFailure
 */
export async function enableAdminUser(
  arm: Arm,
  { registry }: { readonly registry: RegistryId },
  lease: Lease,
): Promise<void> {
  const { subscriptionId, resourceGroup, name } = registry;
  lease.assertHeld();
  try {
    const options = { abortSignal: lease.signal };
    await arm
      .containerRegistryWriter(subscriptionId)
      .registries.update(resourceGroup, name, { adminUserEnabled: true }, options)
      .submitted();
  } catch (error) {
    lease.assertHeld();
    throw azureFailure(error, {
      what: `enable the admin user of the registry ${name}`,
      action: "Microsoft.ContainerRegistry/registries/write",
      scope: formatId(registry),
    });
  }
}

function observed(id: RegistryId, registry: Registry): FoundRegistry {
  return {
    kind: "found",
    id,
    provisioningState: registry.provisioningState ?? "Unknown",
    mode: modeOf(registry.roleAssignmentMode),
    adminUserEnabled: registry.adminUserEnabled ?? false,
    ...(registry.loginServer === undefined ? {} : { loginServer: registry.loginServer }),
  };
}

/** The SDK asks with an api-version that has the field; a registry without it was made before the mode existed and reads roles the old way. */
function modeOf(roleAssignmentMode: string | undefined): RegistryMode {
  return roleAssignmentMode === "AbacRepositoryPermissions" ? "AbacRepositoryPermissions" : "LegacyRegistryPermissions";
}
