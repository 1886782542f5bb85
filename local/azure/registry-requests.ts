import type { IncomingMessage, ServerResponse } from "node:http";

import { readBody, sendJson } from "./http.ts";
import type { Image } from "./images.ts";
import type { Json, Resource } from "./resource.ts";
import { accessOf, accessTokenFor, refreshTokenFor } from "./registry-tokens.ts";
import { isReachable } from "./registry-network.ts";
import type { World } from "./world.ts";

/** One request to a registry as the stand-in saw it. */
export interface RegistryRequest {
  /** ISO 8601, by the injected clock. */
  readonly time: string;
  readonly registryId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly principalId: string | null;
}

interface Visit {
  readonly world: World;
  readonly registry: Resource;
  /** Host and port that the registry is reached at, its `loginServer`. */
  readonly host: string;
  readonly path: string;
  readonly form: URLSearchParams;
  readonly token: string;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  readonly principalId?: string;
}

/**
 * The data plane of a registry, as far as it tells whether an image is there: the properties of a repository, a tag and
 * a manifest, and the exchange of tokens before it.
 *
 * Source: Azure/azure-rest-api-specs, specification/containerregistry/data-plane; `@azure/container-registry` 1.1 sends
 * 2021-07-01.
 */
export async function handleRegistryRequest(
  world: World,
  registry: Resource | undefined,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RegistryRequest> {
  const { pathname: path } = new URL(request.url ?? "/", `https://${host}`);
  const form = new URLSearchParams(await readBody(request));
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const method = request.method ?? "GET";
  const reply = registry ? answer({ world, registry, host, path, form, token }, method) : gone(host);
  sendJson(response, reply.status, reply.body, reply.headers);
  const time = new Date(world.now()).toISOString();
  const { status, principalId = null } = reply;
  return { time, registryId: registry?.id ?? "", method, path, status, principalId };
}

function answer(visit: Visit, method: string): Reply {
  const { registry, path } = visit;
  if (!isReachable(registry)) {
    const text = "client with IP '127.0.0.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";
    return refusal(403, "DENIED", text);
  }
  if (method === "POST" && path === "/oauth2/exchange") return exchanged(visit);
  if (method === "POST" && path === "/oauth2/token") return accessGiven(visit);
  const [, name, collection, reference] = /^\/acr\/v1\/(.+?)(?:\/(_tags|_manifests)\/([^/]+))?$/.exec(path) ?? [];
  if (method !== "GET" || name === undefined || name.startsWith("_")) {
    return refusal(404, "UNSUPPORTED", `${method} ${path}: the stand-in does not model it`);
  }
  return properties(visit, decodeURIComponent(name), collection, decodeURIComponent(reference ?? ""));
}

function exchanged({ world, registry, host, form }: Visit): Reply {
  if (form.get("grant_type") !== "access_token") return refusal(400, "UNSUPPORTED", "grant_type is not supported");
  const token = refreshTokenFor(world, registry, host, form.get("access_token") ?? "");
  return token === undefined ? unauthorized() : { status: 200, body: { refresh_token: token } };
}

function accessGiven({ world, registry, host, form }: Visit): Reply {
  if (form.get("grant_type") !== "refresh_token") return refusal(400, "UNSUPPORTED", "grant_type is not supported");
  const token = accessTokenFor(world, registry, host, form.get("refresh_token") ?? "", form.get("scope") ?? "");
  return token === undefined ? unauthorized() : { status: 200, body: { access_token: token } };
}

function properties(visit: Visit, name: string, collection: string | undefined, reference: string): Reply {
  const { world, registry, host, token } = visit;
  const scope = `repository:${name}:metadata_read`;
  const found = accessOf(world, host, token);
  const principal = found && { principalId: found.caller.principalId };
  if (!found?.access.includes(scope)) {
    const error = found ? "insufficient_scope" : "invalid_token";
    const challenge = `Bearer realm="https://${host}/oauth2/token",service="${host}",scope="${scope}",error="${error}"`;
    const detail = [{ Type: "repository", Name: name, Action: "metadata_read" }];
    return { ...unauthorized(detail), headers: { "www-authenticate": challenge }, ...principal };
  }
  return { ...described(world.images.of(registry.id, name), host, name, collection, reference), ...principal };
}

function described(images: readonly Image[], host: string, name: string, collection = "", reference = ""): Reply {
  if (images.length === 0) {
    return refusal(404, "NAME_UNKNOWN", "repository name not known to registry", { name });
  }
  const common = { registry: host, imageName: name };
  if (collection === "") return { status: 200, body: { ...common, ...repositoryView(images) } };
  const matching = images.filter(({ tag, digest }) => (collection === "_tags" ? tag : digest) === reference);
  const [image] = matching;
  if (!image && collection === "_tags") {
    return refusal(404, "TAG_UNKNOWN", "the specified tag does not exist", { name, tag: reference });
  }
  if (!image) return refusal(404, "MANIFEST_UNKNOWN", `manifest ${reference} is not found`, { name });
  const view = collection === "_tags" ? { tag: tagView(image) } : { manifest: manifestView(image, matching) };
  return { status: 200, body: { ...common, ...view } };
}

const changeableAttributes = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true };

function repositoryView(images: readonly Image[]): Json {
  return {
    ...times(images),
    manifestCount: digestsOf(images),
    tagCount: images.filter(({ tag }) => tag !== "").length,
    changeableAttributes,
  };
}

function tagView(image: Image): Json {
  return { name: image.tag, digest: image.digest, ...times([image]), signed: false, changeableAttributes };
}

function manifestView(image: Image, same: readonly Image[]): Json {
  return {
    digest: image.digest,
    imageSize: 0,
    ...times(same),
    architecture: "amd64",
    os: "linux",
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    tags: same.flatMap(({ tag }) => (tag === "" ? [] : [tag])),
    changeableAttributes,
  };
}

function times(images: readonly Image[]): Json {
  return {
    createdTime: images.map(({ createdOn }) => createdOn).sort()[0],
    lastUpdateTime: images
      .map(({ lastUpdatedOn }) => lastUpdatedOn)
      .sort()
      .at(-1),
  };
}

function digestsOf(images: readonly Image[]): number {
  return new Set(images.map(({ digest }) => digest)).size;
}

function unauthorized(detail?: unknown): Reply {
  const text = "authentication required, visit https://aka.ms/acr/authorization for more information.";
  return refusal(401, "UNAUTHORIZED", text, detail);
}

/** In Azure the name no longer resolves; here the port still answers. */
function gone(host: string): Reply {
  return refusal(404, "NAME_UNKNOWN", `there is no registry at ${host} any more`);
}

function refusal(status: number, code: string, message: string, detail?: unknown): Reply {
  return { status, body: { errors: [{ code, message, ...(detail !== undefined && { detail }) }] } };
}
