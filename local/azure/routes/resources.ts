import { badRequest, conflict, notFound, resourceGroupNotFound } from "../arm-error.ts";
import { idKey, parseResourceId } from "../arm-id.ts";
import { type ResourceInput, parseResource } from "../fixture.ts";
import { type Json, mergeResource, type Resource, withoutNothing } from "../resource.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";

/** What the routes of one kind of top-level resource have in common. */
export interface ResourceKind {
  readonly type: string;
  readonly apiVersions: readonly string[];
  readonly render: (call: Call, resource: Resource) => Json;
  /** The query parameter with which its lists continue. */
  readonly token: "$skip" | "$skipToken";
}

const SUBSCRIPTION = "/subscriptions/{subscriptionId}";
const GROUP = `${SUBSCRIPTION}/resourceGroups/{resourceGroupName}`;

/** The path of a resource of this type, for routes and for what lies below it. */
export function resourcePath(type: string): string {
  return `${GROUP}/providers/${type}/{name}`;
}

/** GET of one, and the lists by subscription and by group. */
export function readRoutes(kind: ResourceKind): Route[] {
  const { type, apiVersions } = kind;
  const shared = { method: "GET", apiVersions, action: `${type}/read` } as const;
  return [
    { ...shared, path: resourcePath(type), handle: (call) => getResource(call, kind) },
    {
      ...shared,
      path: `${GROUP}/providers/${type}`,
      at: GROUP,
      handle: (call) => listResources(call, kind, groupOf(call)),
    },
    {
      ...shared,
      path: `${SUBSCRIPTION}/providers/${type}`,
      at: SUBSCRIPTION,
      handle: (call) => listResources(call, kind, `/subscriptions/${param(call, "subscriptionId")}`),
    },
  ];
}

/** PUT, PATCH and DELETE of a resource whose writes take no time. */
export function plainWriteRoutes(kind: ResourceKind): Route[] {
  const { type, apiVersions } = kind;
  const path = resourcePath(type);
  return [
    { method: "PUT", path, apiVersions, action: `${type}/write`, handle: (call) => putResource(call, kind) },
    { method: "PATCH", path, apiVersions, action: `${type}/write`, handle: (call) => patchResource(call, kind) },
    { method: "DELETE", path, apiVersions, action: `${type}/delete`, handle: deleteResource },
  ];
}

/** The resource the path names (or, below a resource, its parent); throws ARM's 404s. */
export function existing(call: Call, type: string, at?: number): Resource {
  requireGroup(call);
  const id = resourceIdOf(call, type);
  const resource = call.world.get(id, at);
  if (!resource) throw notFound(type, param(call, "name"), param(call, "resourceGroupName"));
  return resource;
}

export function requireGroup(call: Call): void {
  if (!call.world.containers.group(groupOf(call))) throw resourceGroupNotFound(param(call, "resourceGroupName"));
}

/** Throws ARM's 409 while an operation runs on the resource. */
export function requireIdle(call: Call, id: string): void {
  call.world.settle();
  if (!call.world.operations.running(id, call.world.now())) return;
  const kind = /([^/]+?)s\/[^/]+$/.exec(id)?.[1] ?? "resource";
  throw conflict(`Another operation is in progress on the ${kind} ${id}. Please try again once it has completed.`);
}

/** Throws ARM's 400 when user-assigned identities of the body are not there. */
export function requireIdentities(call: Call, identity: unknown): void {
  const { userAssignedIdentities } = (identity ?? {}) as Json;
  const missing = Object.keys((userAssignedIdentities ?? {}) as Json).filter((id) => !call.world.get(id));
  if (missing.length === 0) return;
  throw badRequest(`The user assigned identities could not be found: ${missing.join(", ")}`, "FailedIdentityOperation");
}

export function resourceIdOf(call: Call, type: string): string {
  return `${groupOf(call)}/providers/${type}/${param(call, "name")}`;
}

/** A resource as the body of a PUT describes it; throws 400 naming what is wrong. */
export function describedBy(call: Call, id: string): ResourceInput {
  const { location, kind, tags, identity, sku, properties } = call.body;
  if (typeof location !== "string") {
    throw badRequest("The location property is required for this definition.", "LocationRequired");
  }
  return checked({ id, location, kind, tags, identity, sku, properties });
}

/** The resource after a PATCH; throws 400 naming what is wrong. */
export function patched(resource: Resource, body: Json): ResourceInput {
  return checked(mergeResource(resource, body));
}

function checked(input: Json): ResourceInput {
  try {
    return parseResource(withoutNothing(input));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error), "InvalidRequestContent");
  }
}

function groupOf(call: Call): string {
  return `/subscriptions/${param(call, "subscriptionId")}/resourceGroups/${param(call, "resourceGroupName")}`;
}

function getResource(call: Call, kind: ResourceKind): Answer {
  return { status: 200, body: kind.render(call, existing(call, kind.type, call.world.readTime())) };
}

function listResources(call: Call, kind: ResourceKind, scope: string): Answer {
  if (call.params.resourceGroupName !== undefined) requireGroup(call);
  const found = call.world.list(kind.type, scope, call.world.readTime());
  return page(call, found, kind.token, (one) => kind.render(call, one));
}

function putResource(call: Call, kind: ResourceKind): Answer {
  requireGroup(call);
  const input = describedBy(call, resourceIdOf(call, kind.type));
  const before = call.world.get(input.id);
  // What only the service decides survives a PUT that does not mention it.
  const properties = { ...before?.properties, ...input.properties };
  const { resource } = call.world.store({ ...input, properties }, call.world.now());
  return { status: before ? 200 : 201, body: kind.render(call, resource) };
}

function patchResource(call: Call, kind: ResourceKind): Answer {
  const { resource } = call.world.store(patched(existing(call, kind.type), call.body), call.world.now());
  return { status: 200, body: kind.render(call, resource) };
}

function deleteResource(call: Call): Answer {
  requireGroup(call);
  const type = parseResourceId(call.path)?.type ?? "";
  const resource = call.world.get(resourceIdOf(call, type));
  if (!resource) return { status: 204 };
  call.world.discard(idKey(resource.id), call.world.now());
  return { status: 200 };
}
