import type { Json, Resource } from "./resource.ts";

/** Whether the registry takes requests from anywhere: nothing of its public access is shut. */
export function isReachable({ properties }: Resource): boolean {
  const rules = properties.networkRuleSet as { defaultAction?: string } | undefined;
  return properties.publicNetworkAccess !== "Disabled" && rules?.defaultAction !== "Deny";
}

/** Whether some private network is let in. */
export function hasPrivateAccess({ properties }: Resource): boolean {
  const connections = (properties.privateEndpointConnections ?? []) as { properties?: Json }[];
  return connections.some((one) => {
    const state = one.properties?.privateLinkServiceConnectionState as { status?: string } | undefined;
    return state?.status === "Approved";
  });
}
