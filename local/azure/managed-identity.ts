import { createServer, type Server, type ServerResponse } from "node:http";

import { sendJson } from "./http.ts";
import { DATA_PLANE_AUDIENCES, issueToken, TOKEN_SECONDS } from "./tokens.ts";
import type { World } from "./world.ts";

export const TOKEN_PATH = "/msi/token";

/**
 * The endpoint from which App Service hands out tokens of the app's own identity.
 *
 * Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity, protocol version 2019-08-01
 *
 * `clients` are the headers that are let in, each with the label that the tokens it gets carry.
 */
export function createManagedIdentityServer(world: World, clients: ReadonlyMap<string, string | undefined>): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const resource = url.searchParams.get("resource");
    const clientId = url.searchParams.get("client_id") ?? world.self.clientId;
    const header = request.headers["x-identity-header"];
    if (url.pathname !== TOKEN_PATH || request.method !== "GET") {
      refuse(response, 404, "Not found.");
    } else if (header === undefined) {
      refuse(response, 400, "The X-IDENTITY-HEADER header is missing.");
    } else if (typeof header !== "string" || !clients.has(header)) {
      refuse(response, 401, "The X-IDENTITY-HEADER header is not this app's.");
    } else if (url.searchParams.get("api-version") !== "2019-08-01") {
      refuse(response, 400, "Unsupported api-version: 2019-08-01 is expected.");
    } else if (resource === null || resource === "") {
      refuse(response, 400, "The resource parameter is missing.");
    } else if (clientId.toLowerCase() !== world.self.clientId.toLowerCase()) {
      refuse(response, 400, `No User Assigned or Delegated Managed Identity found for client id ${clientId}.`);
    } else {
      sendJson(response, 200, {
        access_token: issueToken(world, undefined, { client: clients.get(header), audience: audienceOf(resource) }),
        expires_on: String(Math.floor(Math.max(world.now(), Date.now()) / 1000) + TOKEN_SECONDS),
        resource,
        token_type: "Bearer",
        client_id: clientId.toUpperCase(),
      });
    }
  });
}

/** Undefined, which is ARM, for whoever does not tell tokens apart. */
function audienceOf(resource: string): string | undefined {
  return DATA_PLANE_AUDIENCES.find((audience) => audience === resource.replace(/\/+$/, ""));
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
  sendJson(response, statusCode, { statusCode, message });
}
