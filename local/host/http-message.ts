/** HTTP as it travels between host and worker (GrpcMessageConversionExtensions.ToRpcHttp of azure-functions-host). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NullableValue, RpcCookie, RpcHttp, TypedData } from "./rpc.ts";

/**
 * The request as the worker gets it. Repeated headers and query parameters are joined by commas; the body is bytes, and
 * only one announced by `Content-Length` is passed on: a chunked one is lost, as in the real host.
 */
export function toRpcHttp(request: IncomingMessage, parameters: Record<string, string>, body: Buffer): RpcHttp {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const query: Record<string, string> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name).join(",");
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) headers[name] = (values ?? []).join(",");
  const hasBody = Number(request.headers["content-length"] ?? 0) > 0;
  return {
    method: request.method ?? "GET",
    url: url.href,
    nullableHeaders: nullable(headers),
    nullableParams: nullable(parameters),
    nullableQuery: nullable(query),
    ...(hasBody ? { body: { bytes: new Uint8Array(body) } } : {}),
  };
}

/** Sends what an HTTP function returned; nothing at all is 204. */
export function sendRpcHttp(response: ServerResponse, returned: TypedData | null | undefined): void {
  const http = returned?.http;
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  if (http.enableContentNegotiation === true) throw new Error("enableContentNegotiation is not modelled.");
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  const cookies = (http.cookies ?? []).map(formatCookie);
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.end(bodyBytes(http.body));
}

function nullable(values: Record<string, string>): Record<string, NullableValue<string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function bodyBytes(body: TypedData | null | undefined): Uint8Array | string {
  return body?.bytes ?? body?.string ?? body?.json ?? "";
}

const sameSiteNames: Readonly<Record<string, string>> = { lax: "Lax", strict: "Strict", explicitNone: "None" };

function formatCookie(cookie: RpcCookie): string {
  const seconds = cookie.expires?.value?.seconds;
  const sameSite = sameSiteNames[cookie.sameSite ?? ""];
  const attributes: readonly (string | false)[] = [
    `${cookie.name ?? ""}=${encodeURIComponent(cookie.value ?? "")}`,
    seconds !== undefined && `expires=${new Date(Number(seconds) * 1000).toUTCString()}`,
    typeof cookie.maxAge?.value === "number" && `max-age=${cookie.maxAge.value}`,
    typeof cookie.domain?.value === "string" && `domain=${cookie.domain.value}`,
    typeof cookie.path?.value === "string" && `path=${cookie.path.value}`,
    cookie.secure?.value === true && "secure",
    sameSite !== undefined && `samesite=${sameSite}`,
    cookie.httpOnly?.value === true && "httponly",
  ];
  return attributes.filter((attribute) => attribute !== false).join("; ");
}
