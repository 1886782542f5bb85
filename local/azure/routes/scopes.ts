import { notFound, subscriptionNotFound } from "../arm-error.ts";
import { parseResourceId, subscriptionOf } from "../arm-id.ts";
import { type Call, param } from "../route.ts";
import { requireGroup } from "./resources.ts";

/** What lies before the provider in the path; "/" for nothing. */
export function scopeOf(call: Call): string {
  return param(call, "scope") || "/";
}

/** The scope in the casing of what it names; throws ARM's 404 when that is not there. */
export function existingScope(call: Call): string {
  const scope = scopeOf(call);
  const subscriptionId = subscriptionOf(scope);
  if (subscriptionId === undefined) return scope;
  if (!call.world.containers.subscription(subscriptionId)) throw subscriptionNotFound(subscriptionId);
  const [, , , , groupName] = scope.split("/");
  if (groupName === undefined) return scope;
  requireGroup({ ...call, params: { subscriptionId, resourceGroupName: groupName } });
  const resource = call.world.get(scope);
  const parsed = parseResourceId(scope);
  if (parsed && !resource) throw notFound(parsed.type, parsed.name, parsed.resourceGroup);
  return resource?.id ?? scope;
}
