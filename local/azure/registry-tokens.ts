import type { Caller } from "./arm-error.ts";
import type { Resource } from "./resource.ts";
import { needsOf, rightTo } from "./rights.ts";
import { claimsOf, identify, issueToken, REGISTRY_AUDIENCE } from "./tokens.ts";
import type { World } from "./world.ts";

/** What an access token of a registry opens: scopes such as `repository:team/base:metadata_read`. */
export type Access = readonly string[];

const THREE_HOURS = 3 * 3600;

/**
 * Entra's token against the registry's refresh token; undefined when the registry does not let it log in.
 *
 * Source: https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
 */
export function refreshTokenFor(world: World, registry: Resource, host: string, token: string): string | undefined {
  const { aud, access } = claimsOf(token);
  const isAccepted = aud === REGISTRY_AUDIENCE || (access === undefined && armTokensMayLogIn(registry));
  const caller = isAccepted ? whose(world, token) : undefined;
  return caller && sign(world, host, caller, { grant_type: "refresh_token", access: [] });
}

/** Whether the registry lets tokens log in that were made for ARM. */
export function armTokensMayLogIn({ properties }: Resource): boolean {
  const policies = properties.policies as { azureADAuthenticationAsArmPolicy?: { status?: string } } | undefined;
  return policies?.azureADAuthenticationAsArmPolicy?.status?.toLowerCase() !== "disabled";
}

/** The registry's refresh token against an access token, which opens of the scope what the principal may. */
export function accessTokenFor(
  world: World,
  registry: Resource,
  host: string,
  token: string,
  scope: string,
): string | undefined {
  const { aud, grant_type } = claimsOf(token);
  const caller = aud === host && grant_type === "refresh_token" ? whose(world, token) : undefined;
  const [type = "", name = "", actions = ""] = scope.split(":");
  const access = actions
    .split(",")
    .filter((action) => caller && type === "repository" && mayDo(world, registry, caller, action))
    .map((action) => `${type}:${name}:${action}`);
  return caller && sign(world, host, caller, { grant_type: "access_token", access });
}

/** Who sent an access token of this registry, and what it opens. */
export function accessOf(world: World, host: string, token: string): { caller: Caller; access: Access } | undefined {
  const { aud, grant_type, access } = claimsOf(token);
  const caller = aud === host && grant_type === "access_token" ? whose(world, token) : undefined;
  return caller && { caller, access: access as Access };
}

function mayDo(world: World, registry: Resource, { principalId }: Caller, action: string): boolean {
  if (action !== "metadata_read" && action !== "pull") return false;
  const need = needsOf(registry, action === "pull" ? "content" : "metadata");
  return rightTo(world, principalId, registry, need, world.honouredTime()).held;
}

function whose(world: World, token: string): Caller | undefined {
  try {
    return identify(world, token);
  } catch {
    return undefined;
  }
}

function sign(world: World, host: string, { principalId, client }: Caller, claims: Record<string, unknown>): string {
  return issueToken(world, principalId, { client, audience: host, seconds: THREE_HOURS, claims });
}
