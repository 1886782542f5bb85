import { ArmError, type Caller } from "./arm-error.ts";
import { guidFrom } from "./directory.ts";
import type { Json } from "./resource.ts";
import type { World } from "./world.ts";

/** A token of the stand-in: shaped like Entra's, unsigned, valid for a day. `client` labels the process it is made for. */
export function issueToken(world: World, principalId = world.self.principalId, client?: string): string {
  // A client compares the expiry with the real time, the stand-in with its own: valid in both.
  const seconds = Math.floor(Math.max(world.now(), Date.now()) / 1000);
  const claims = {
    aud: "https://management.azure.com",
    iss: `https://sts.windows.net/${world.tenantId}/`,
    iat: Math.floor(world.now() / 1000),
    exp: seconds + TOKEN_SECONDS,
    oid: principalId,
    sub: principalId,
    appid: clientIdOf(world, principalId),
    idtyp: "app",
    tid: world.tenantId,
    ver: "1.0",
    ...(client !== undefined && { [CLIENT_CLAIM]: client }),
  };
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.unsigned`;
}

export const TOKEN_SECONDS = 86_400;
const CLIENT_CLAIM = "local_client";

/** Who sent this `Authorization` header; throws ARM's 401s. The signature is not looked at: there is none. */
export function authenticate(world: World, header: string | undefined): Caller {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (token === undefined) {
    throw unauthorized(world, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
  }
  const { oid, appid, exp, tid, [CLIENT_CLAIM]: client } = decode(token);
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

function decode(token: string): Json {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Json;
  } catch {
    return {};
  }
}
