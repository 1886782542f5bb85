import type { Caller } from "./arm-error.ts";
import { parseResourceId } from "./arm-id.ts";
import { registryOf } from "./hub.ts";
import { COMPUTE, hasIdentityKind, ONLINE_ENDPOINT, type Resource } from "./resource.ts";
import type { World } from "./world.ts";

/** Azure Machine Learning's own service principal, made up. */
const PLATFORM: Caller = {
  principalId: "0736f41a-0000-4000-8000-000000000001",
  clientId: "0736f41a-0000-4000-8000-000000000002",
};

/**
 * Azure grants AcrPull on the workspace's registry to the system identity of a new online endpoint or compute, where a
 * registry is attached at that moment. User-assigned identities get nothing.
 *
 * Sources: https://learn.microsoft.com/azure/machine-learning/how-to-access-resources-from-endpoints-managed-identities
 * and https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication
 */
export function grantAsPlatform(world: World, resource: Resource): void {
  if (!world.settings.platformGrants || (resource.type !== COMPUTE && resource.type !== ONLINE_ENDPOINT)) return;
  const principalId = resource.identity?.principalId;
  if (principalId === undefined || !hasIdentityKind(resource.identity, "SystemAssigned")) return;
  const workspace = world.get(parseResourceId(resource.id)?.parentId ?? "");
  const registry = workspace && registryOf(world, workspace);
  if (registry) world.grant({ scope: registry.id, role: "AcrPull", principalId }, { caller: PLATFORM });
}
