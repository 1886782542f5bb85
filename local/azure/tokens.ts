import { ArmError, type Caller } from "./arm-error.ts";
import { guidFrom } from "./directory.ts";
import type { Json } from "./resource.ts";
import type { World } from "./world.ts";

/** The audience of tokens that are made for a registry's data plane. */
export const REGISTRY_AUDIENCE = "https://containerregistry.azure.net";
/** The audience of tokens that are made for Event Grid's data plane. */
export const EVENT_GRID_AUDIENCE = "https://eventgrid.azure.net";
/** Who tells tokens apart by what they are for; everybody else is ARM to the stand-in. */
export const DATA_PLANE_AUDIENCES: readonly string[] = [REGISTRY_AUDIENCE, EVENT_GRID_AUDIENCE];
const ARM_AUDIENCE = "https://management.azure.com";
export const TOKEN_SECONDS = 86_400;
const CLIENT_CLAIM = "local_client";

interface TokenOptions {
  /** Labels the process it is made for. */
  readonly client?: string | undefined;
  readonly audience?: string | undefined;
  readonly seconds?: number;
  /** Further ones. */
  readonly claims?: Json;
}

/** A token of the stand-in: shaped like Entra's, unsigned; by default for ARM and valid for a day. */
export function issueToken(world: World, principalId = world.self.principalId, options: TokenOptions = {}): string {
  const { client, audience = ARM_AUDIENCE, seconds = TOKEN_SECONDS, claims } = options;
  // A client compares the expiry with the real time, the stand-in with its own: valid in both.
  const now = Math.floor(Math.max(world.now(), Date.now()) / 1000);
  const all = {
    aud: audience,
    iss: `https://sts.windows.net/${world.tenantId}/`,
    iat: Math.floor(world.now() / 1000),
    exp: now + seconds,
    oid: principalId,
    sub: principalId,
    appid: clientIdOf(world, principalId),
    idtyp: "app",
    tid: world.tenantId,
    ver: "1.0",
    ...(client !== undefined && { [CLIENT_CLAIM]: client }),
    ...claims,
  };
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(all)}.unsigned`;
}

/** Who sent this `Authorization` header to ARM; throws its 401s. */
export function authenticate(world: World, header: string | undefined): Caller {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (token === undefined) {
    throw unauthorized(world, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
  }
  const { aud, access } = claimsOf(token);
  if (DATA_PLANE_AUDIENCES.includes(String(aud)) || access !== undefined) {
    throw unauthorized(
      world,
      "InvalidAuthenticationTokenAudience",
      `The access token has been obtained for wrong audience or resource '${String(aud)}'. It should exactly match ` +
        `with one of the allowed audiences 'https://management.core.windows.net/','${ARM_AUDIENCE}/'.`,
    );
  }
  return identify(world, token);
}

/** Whose token it is, whatever it was made for; throws ARM's 401s. The signature is not looked at: there is none. */
export function identify(world: World, token: string): Caller {
  const { oid, appid, exp, tid, [CLIENT_CLAIM]: client } = claimsOf(token);
  if (typeof oid !== "string") {
    throw unauthorized(world, "InvalidAuthenticationToken", "The access token is invalid.");
  }
  if (typeof exp !== "number" || exp * 1000 <= world.now()) {
    throw unauthorized(world, "ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.");
  }
  if (tid !== world.tenantId) {
    throw unauthorized(
      world,
      "InvalidAuthenticationTokenTenant",
      `The access token is from the wrong issuer. It must match the tenant '${world.tenantId}'.`,
    );
  }
  return {
    principalId: oid,
    clientId: typeof appid === "string" ? appid : clientIdOf(world, oid),
    ...(typeof client === "string" && { client }),
  };
}

function clientIdOf(world: World, principalId: string): string {
  if (principalId === world.self.principalId) return world.self.clientId;
  return world.directory.find(principalId)?.clientId ?? guidFrom(`client of ${principalId}`);
}

function unauthorized(world: World, code: string, message: string): ArmError {
  const challenge = `Bearer authorization_uri="https://login.windows.net/${world.tenantId}", error="invalid_token"`;
  return new ArmError(401, code, message, { "www-authenticate": challenge });
}

function encode(part: Json): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** What the token says; nothing when it is none. */
export function claimsOf(token: string): Json {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Json;
  } catch {
    return {};
  }
}
