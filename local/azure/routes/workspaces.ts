import { badRequest, linkedAuthorizationFailed } from "../arm-error.ts";
import { diagnosisOf } from "../diagnose.ts";
import { isAllowed } from "../rbac.ts";
import { type Json, REGISTRY, type Resource, WORKSPACE } from "../resource.ts";
import { type Answer, type Call, type Route } from "../route.ts";
import { accepted, machineLearningWatch, start, watchRoute } from "./operations.ts";
import {
  describedBy,
  existing,
  patched,
  readRoutes,
  requireGroup,
  requireIdentities,
  requireIdle,
  type ResourceKind,
  resourceIdOf,
  resourcePath,
} from "./resources.ts";
import { renderWorkspace, WORKSPACE_API_VERSIONS } from "./workspace-view.ts";

const workspaces: ResourceKind = { type: WORKSPACE, apiVersions: WORKSPACE_API_VERSIONS, render, token: "$skip" };
const path = resourcePath(WORKSPACE);
const write = { path, apiVersions: WORKSPACE_API_VERSIONS, action: `${WORKSPACE}/write` } as const;

/** The specification promises `Location` and `Retry-After`. */
const operations = machineLearningWatch("workspaceOperationsStatus", {
  apiVersions: WORKSPACE_API_VERSIONS,
  answers: "result",
  render: renderWorkspace,
});

export const workspaceRoutes: readonly Route[] = [
  ...readRoutes(workspaces),
  watchRoute(operations),
  { ...write, method: "PUT", handle: putWorkspace },
  { ...write, method: "PATCH", handle: patchWorkspace },
  { ...write, method: "DELETE", action: `${WORKSPACE}/delete`, handle: deleteWorkspace },
  {
    method: "POST",
    path: `${path}/resyncKeys`,
    apiVersions: WORKSPACE_API_VERSIONS,
    action: `${WORKSPACE}/resynckeys/action`,
    at: path,
    handle: resyncKeys,
  },
  {
    method: "POST",
    path: `${path}/diagnose`,
    apiVersions: WORKSPACE_API_VERSIONS,
    action: `${WORKSPACE}/diagnose/read`,
    at: path,
    handle: diagnose,
  },
];

function render(call: Call, resource: Resource): Json {
  return renderWorkspace(call, resource, call.world.readTime());
}

function putWorkspace(call: Call): Answer {
  requireGroup(call);
  const { world } = call;
  const input = describedBy(call, resourceIdOf(call, WORKSPACE));
  requireIdle(call, input.id);
  requireUsableDependencies(call, input.id, input.properties);
  requireIdentities(call, input.identity);
  const before = world.get(input.id);
  if (before) {
    return update(call, before.id, (at) => {
      const properties = { ...before.properties, ...input.properties };
      world.store({ ...input, identity: input.identity ?? before.identity, properties }, at);
    });
  }
  const { resource, operation } = world.store(input, world.now(), () => {
    call.tellLater(false);
  });
  if (operation) return accepted(call, operations, operation, resource.location);
  return { status: 201, body: renderWorkspace(call, resource, world.now()) };
}

function patchWorkspace(call: Call): Answer {
  const { id } = existing(call, WORKSPACE);
  const { world, body } = call;
  requireIdle(call, id);
  requireUsableDependencies(call, id, body.properties);
  requireIdentities(call, body.identity);
  patched(existing(call, WORKSPACE), body);
  return update(call, id, (at) => {
    const current = world.get(id);
    if (current) world.store(patched(current, body), at);
  });
}

/** Applies an update at once, or when its operation has ended; either way it answers as the specification says. */
function update(call: Call, id: string, apply: (at: number) => void): Answer {
  const { world } = call;
  const seconds = world.settings.attachSeconds;
  const operation = start(call, { resourceId: id, state: "Updating", seconds, apply, answersResource: true });
  if (operation) return accepted(call, operations, operation, existing(call, WORKSPACE).location);
  return { status: 200, body: renderWorkspace(call, existing(call, WORKSPACE), world.now()) };
}

function deleteWorkspace(call: Call): Answer {
  requireGroup(call);
  const id = resourceIdOf(call, WORKSPACE);
  if (!call.world.get(id)) return { status: 204 };
  requireIdle(call, id);
  call.world.discard(id, call.world.now());
  return { status: 200 };
}

/** Reads the dependencies' keys when it starts and has stored them when it ends. */
function resyncKeys(call: Call): Answer {
  const { world } = call;
  const workspace = existing(call, WORKSPACE);
  requireIdle(call, workspace.id);
  const seen = world.keySync.snapshot(workspace);
  const operation = start(call, {
    resourceId: workspace.id,
    state: undefined,
    seconds: world.settings.syncSeconds,
    apply: () => {
      world.keySync.store(workspace.id, seen);
    },
    answersResource: false,
  });
  return operation ? accepted(call, operations, operation, workspace.location) : { status: 200 };
}

/** Says what is wrong when it ends, and changes nothing. */
function diagnose(call: Call): Answer {
  const { world } = call;
  const workspace = existing(call, WORKSPACE);
  const report = (): Json => diagnosisOf(world, world.get(workspace.id) ?? workspace);
  const operation = start(call, {
    resourceId: workspace.id,
    state: undefined,
    seconds: world.settings.diagnoseSeconds,
    apply: () => undefined,
    answersResource: false,
    report,
  });
  return operation ? accepted(call, operations, operation, workspace.location) : { status: 200, body: report() };
}

/**
 * A registry that is named must be there and be one the caller can use. That attaching asks for a right on the registry
 * at all is an inference from ARM's linked access checks; `registries/read` is the least it can be.
 */
function requireUsableDependencies(call: Call, workspaceId: string, properties: unknown): void {
  const { containerRegistry } = (properties ?? {}) as Json;
  if (containerRegistry === undefined || containerRegistry === null) return;
  const registry = typeof containerRegistry === "string" ? call.world.get(containerRegistry) : undefined;
  const action = `${REGISTRY}/read`;
  if (typeof containerRegistry === "string" && !isAllowed(call.world, call.caller, action, containerRegistry)) {
    throw linkedAuthorizationFailed(call.caller, `${WORKSPACE}/write`, workspaceId, action, containerRegistry);
  }
  if (registry?.type !== REGISTRY) {
    throw badRequest(`The container registry ${JSON.stringify(containerRegistry)} could not be found.`);
  }
  const kind = call.body.kind ?? call.world.get(workspaceId)?.kind;
  if (typeof kind === "string" && kind.toLowerCase() === "project") {
    throw badRequest("A project workspace inherits the container registry of its hub; it cannot be set.");
  }
}
