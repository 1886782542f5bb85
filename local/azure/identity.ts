import { parseResourceId, sameId } from "./arm-id.ts";
import {
  COMPUTE,
  hasIdentityKind,
  type Json,
  ONLINE_ENDPOINT,
  type Resource,
  USER_ASSIGNED_IDENTITY,
  WORKSPACE,
} from "./resource.ts";
import type { World } from "./world.ts";

/**
 * Gives a resource the principals its identity asks for. A system identity outlives updates that keep it, and
 * dies with the first one that does not; a new one becomes visible, and then known, after the delays set.
 * `at` is -Infinity for what has always been there.
 */
export function settleIdentity(world: World, resource: Resource, previous: Resource | undefined, at: number): Resource {
  const { directory, settings } = world;
  if (resource.type === USER_ASSIGNED_IDENTITY) {
    const { principalId, clientId } = resource.properties as { principalId: string; clientId: string };
    if (!directory.find(principalId)) {
      const knownAt = at + settings.directoryDelaySeconds * 1000;
      directory.add({ principalId, clientId, resourceId: resource.id, visibleAt: at, knownAt });
    }
    return resource;
  }
  if (!resource.identity) return resource;
  const { principalId: wanted, ...rest } = resource.identity;
  if (!hasIdentityKind(resource.identity, "SystemAssigned")) {
    if (previous) removeIdentity(world, previous);
    return { ...resource, identity: rest };
  }
  const kept = previous?.identity?.principalId;
  const principalId = kept ?? wanted ?? directory.newPrincipalId(resource.id);
  if (kept === undefined) {
    const visibleAt = at + settings.identityDelaySeconds * 1000;
    const knownAt = visibleAt + settings.directoryDelaySeconds * 1000;
    directory.add({ principalId, resourceId: resource.id, visibleAt, knownAt });
  }
  return { ...resource, identity: { ...rest, principalId } };
}

/** Takes a resource's principal out of the directory: its system identity, or where it is a user-assigned identity, its own. */
export function removeIdentity(world: World, resource: Resource): void {
  const principalId =
    resource.type === USER_ASSIGNED_IDENTITY ? resource.properties.principalId : resource.identity?.principalId;
  if (typeof principalId === "string") world.directory.remove(principalId);
}

/** The identity as a reader sees it at this time: a young system identity is missing, user-assigned ones are filled in. */
export function renderIdentity(world: World, resource: Resource, at: number): Json | undefined {
  const { identity } = resource;
  if (!identity) return undefined;
  const { type, principalId, userAssignedIdentities } = identity;
  const visible = principalId !== undefined && world.directory.isVisible(principalId, at);
  return {
    type,
    ...(principalId !== undefined && { tenantId: world.tenantId }),
    ...(visible && { principalId }),
    ...(hasIdentityKind(identity, "UserAssigned") && {
      userAssignedIdentities: Object.fromEntries(
        Object.keys(userAssignedIdentities ?? {}).map((id) => [id, userAssigned(world, id)]),
      ),
    }),
  };
}

function userAssigned(world: World, id: string): Json {
  const properties = world.get(id)?.properties;
  return properties ? { principalId: properties.principalId, clientId: properties.clientId } : {};
}

/** The workspaces that an identity pulls for: it is theirs or one of a child's, or they or a child carry it. */
export function workspacesOf(world: World, principalId: string): string[] {
  const owner = world.directory.find(principalId)?.resourceId;
  if (owner === undefined) return [];
  const { parentId } = parseResourceId(owner) ?? {};
  if (parentId !== undefined || world.get(owner)?.type === WORKSPACE) return [parentId ?? owner];
  const carriers = [WORKSPACE, COMPUTE, ONLINE_ENDPOINT]
    .flatMap((type) => world.list(type))
    .filter(({ identity }) => Object.keys(identity?.userAssignedIdentities ?? {}).some((id) => sameId(id, owner)));
  return [...new Set(carriers.map(({ id }) => world.get(parseResourceId(id)?.parentId ?? id)?.id ?? id))];
}
