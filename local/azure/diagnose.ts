import { hubOf, registryOf } from "./hub.ts";
import { pullersOf } from "./pullers.ts";
import { hasPrivateAccess, isReachable } from "./registry-network.ts";
import { type Json, type Resource, STORAGE_ACCOUNT } from "./resource.ts";
import { pullRight } from "./rights.ts";
import type { World } from "./world.ts";

interface Result {
  readonly code: string;
  readonly level: "Warning" | "Error" | "Information";
  readonly message: string;
}

/**
 * What Azure Machine Learning says of a workspace's setup: `DiagnoseResponseResult`.
 *
 * Source of the shape: Azure/azure-rest-api-specs, `workspaceRP.json`. Which codes there are is documented nowhere; these
 * are made up. As in Azure, what is not looked at has an empty list, and a good deal is not looked at.
 */
export function diagnosisOf(world: World, workspace: Resource): Json {
  return {
    value: {
      userDefinedRouteResults: [],
      networkSecurityRuleResults: [],
      resourceLockResults: [],
      dnsResolutionResults: [],
      storageAccountResults: storageResults(world, workspace),
      keyVaultResults: [],
      containerRegistryResults: registryResults(world, workspace),
      applicationInsightsResults: [],
      otherResults: [],
    },
  };
}

/** A workspace without a registry is well: it gets one when it first builds an image. */
function registryResults(world: World, workspace: Resource): Result[] {
  const id = hubOf(world, workspace)?.properties.containerRegistry;
  if (typeof id !== "string") return [];
  const registry = registryOf(world, workspace);
  if (!registry) return [error("ContainerRegistryNotFound", `The container registry ${id} could not be found.`)];
  const isShut = !isReachable(registry) && !hasPrivateAccess(registry);
  const without = pullersOf(world, workspace).filter(
    ({ principalId }) => principalId !== null && !pullRight(world, principalId, registry).held,
  );
  return [
    ...(isShut
      ? [error("ContainerRegistryNotReachable", `The container registry ${registry.name} cannot be reached.`)]
      : []),
    ...without.map(({ principalId }) => {
      const message = `The workspace identity ${principalId ?? ""} has no permission to pull from ${registry.name}.`;
      return error("ContainerRegistryAccessDenied", message);
    }),
  ];
}

function storageResults(world: World, workspace: Resource): Result[] {
  const id = hubOf(world, workspace)?.properties.storageAccount;
  if (typeof id !== "string" || world.get(id)?.type === STORAGE_ACCOUNT) return [];
  return [error("StorageAccountNotFound", `The storage account ${id} could not be found.`)];
}

function error(code: string, message: string): Result {
  return { code, level: "Error", message };
}
