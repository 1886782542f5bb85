import { badRequest, notFound } from "../arm-error.ts";
import { idKey } from "../arm-id.ts";
import { renderIdentity } from "../identity.ts";
import type { Operation } from "../operations.ts";
import { COMPUTE, type Json, ONLINE_ENDPOINT, type Resource, WORKSPACE } from "../resource.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";
import { accepted, machineLearningWatch, retryAfter, start, type Watch, watchRoute, watchUrl } from "./operations.ts";
import { describedBy, existing, requireIdentities, requireIdle, resourcePath } from "./resources.ts";
import { WORKSPACE_API_VERSIONS } from "./workspace-view.ts";

/**
 * What lies in a workspace and pulls images under an identity of its own. A PUT answers the resource with
 * `Azure-AsyncOperation`, a DELETE 202 with `Location`.
 *
 * Source: Azure/azure-rest-api-specs, specification/machinelearningservices, `machineLearningServices.json` and
 * `mfe.json` of the stable versions. The collections in which operations are watched are the provider's registered types.
 */
interface ChildKind {
  readonly type: string;
  readonly collection: "computes" | "onlineEndpoints";
  /** Throws for what the service requires of a PUT. */
  readonly check: (properties: Json) => void;
  readonly checkDelete: (query: URLSearchParams) => void;
  readonly status: Watch;
  readonly result: Watch;
}

const shared = { apiVersions: WORKSPACE_API_VERSIONS, render: renderChild };
const computeOperations = machineLearningWatch("computeOperationsStatus", { ...shared, answers: "status" });

const kinds: readonly ChildKind[] = [
  {
    type: COMPUTE,
    collection: "computes",
    check: ({ computeType }) => {
      if (typeof computeType !== "string") throw invalid("The property 'computeType' is required.");
    },
    checkDelete: (query) => {
      if (/^(Delete|Detach)$/.test(query.get("underlyingResourceAction") ?? "")) return;
      throw invalid("The query parameter 'underlyingResourceAction' must be 'Delete' or 'Detach'.");
    },
    status: computeOperations,
    result: computeOperations,
  },
  {
    type: ONLINE_ENDPOINT,
    collection: "onlineEndpoints",
    check: ({ authMode }) => {
      if (typeof authMode !== "string") throw invalid("The property 'authMode' is required.");
    },
    checkDelete: () => undefined,
    status: machineLearningWatch("mfeOperationsStatus", { ...shared, answers: "status" }),
    result: machineLearningWatch("mfeOperationResults", { ...shared, answers: "result" }),
  },
];

export const workspaceChildRoutes: readonly Route[] = kinds.flatMap(routesOf);

function routesOf(kind: ChildKind): Route[] {
  const { type, status, result } = kind;
  const parent = resourcePath(WORKSPACE);
  const list = `${parent}/${kind.collection}`;
  const path = `${list}/{child}`;
  const apiVersions = WORKSPACE_API_VERSIONS;
  return [
    {
      method: "GET",
      path: list,
      apiVersions,
      action: `${type}/read`,
      at: parent,
      handle: (call) => listOf(call, kind),
    },
    { method: "GET", path, apiVersions, action: `${type}/read`, handle: (call) => get(call, kind) },
    { method: "PUT", path, apiVersions, action: `${type}/write`, handle: (call) => put(call, kind) },
    { method: "DELETE", path, apiVersions, action: `${type}/delete`, handle: (call) => remove(call, kind) },
    ...[...new Set([status, result])].map(watchRoute),
  ];
}

function listOf(call: Call, kind: ChildKind): Answer {
  const at = call.world.readTime();
  const workspace = existing(call, WORKSPACE, at);
  return page(call, call.world.list(kind.type, workspace.id, at), "$skip", (one) => renderChild(call, one, at));
}

function get(call: Call, kind: ChildKind): Answer {
  const at = call.world.readTime();
  const found = call.world.get(idOf(call, kind), at);
  if (!found)
    throw notFound(WORKSPACE, `${param(call, "name")}/${kind.collection}/${param(call, "child")}`, groupOf(call));
  return { status: 200, body: renderChild(call, found, at) };
}

/** A new one is there at once and Creating until its operation has ended; a change shows only then. */
function put(call: Call, kind: ChildKind): Answer {
  const { world, operationFailure } = call;
  const id = idOf(call, kind);
  const input = describedBy(call, id);
  kind.check(input.properties ?? {});
  requireIdle(call, id);
  requireIdentities(call, input.identity);
  const before = world.get(id);
  const time = new Date(world.now()).toISOString();
  const store = (at: number): unknown => {
    const properties = { ...before?.properties, ...input.properties };
    if (kind.type === COMPUTE) properties.modifiedOn = time;
    return world.store({ ...input, properties }, at);
  };
  if (!before) {
    const failed = operationFailure && { properties: { ...input.properties, provisioningState: "Failed" } };
    world.store({ ...input, ...failed }, world.now());
  }
  const operation = start(call, {
    resourceId: before?.id ?? id,
    state: before ? "Updating" : "Creating",
    seconds: world.settings.childSeconds,
    apply: before ? store : () => undefined,
    answersResource: true,
  });
  const resource = world.get(id);
  const body = resource && renderChild(call, resource, world.now());
  const status = before ? 200 : 201;
  return operation
    ? { status, body, running: true, headers: asyncHeaders(call, kind, operation, input) }
    : { status, body };
}

function remove(call: Call, kind: ChildKind): Answer {
  kind.checkDelete(call.query);
  const { world } = call;
  const found = world.get(idOf(call, kind));
  if (!found) return { status: 204 };
  requireIdle(call, found.id);
  const operation = start(call, {
    resourceId: found.id,
    state: "Deleting",
    seconds: world.settings.childSeconds,
    apply: (at) => {
      world.discard(idKey(found.id), at);
    },
    answersResource: false,
  });
  if (!operation) return { status: 200 };
  const answer = accepted(call, kind.result, operation, found.location);
  return { ...answer, headers: { ...asyncHeaders(call, kind, operation, found), ...answer.headers } };
}

function asyncHeaders(
  call: Call,
  { status }: ChildKind,
  operation: Operation,
  { location = "westeurope" }: { location?: string | undefined },
): Record<string, string> {
  return {
    "azure-asyncoperation": watchUrl(call, status, operation, location),
    "retry-after": retryAfter(call),
  };
}

function renderChild(call: Call, resource: Resource, at: number): Json {
  const { world } = call;
  const { id, name, type, location, tags, sku, kind } = resource;
  const identity = renderIdentity(world, resource, at);
  const provisioningState =
    world.operations.running(id, at)?.state ?? resource.properties.provisioningState ?? "Succeeded";
  return {
    id,
    name,
    type,
    location,
    tags,
    ...(sku && { sku }),
    ...(kind !== undefined && { kind }),
    ...(identity && { identity }),
    properties: { ...resource.properties, provisioningState },
  };
}

/** Throws ARM's 404 when the workspace is not there. */
function idOf(call: Call, kind: ChildKind): string {
  return `${existing(call, WORKSPACE).id}/${kind.collection}/${param(call, "child")}`;
}

function groupOf(call: Call): string {
  return param(call, "resourceGroupName");
}

function invalid(message: string): Error {
  return badRequest(message, "UserError");
}
