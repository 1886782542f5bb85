import { badRequest } from "../arm-error.ts";
import { CREDENTIAL_GENERATION, visibleProperties } from "../key-sync.ts";
import { idKey } from "../arm-id.ts";
import { carryOut, importFailure, parseImport } from "../image-import.ts";
import { type Json, REGISTRY, type Resource } from "../resource.ts";
import { type Answer, type Call, type Route } from "../route.ts";
import { renderIdentity } from "../identity.ts";
import { accepted, start, type Watch, watchRoute } from "./operations.ts";
import {
  existing,
  patched,
  plainWriteRoutes,
  readRoutes,
  requireIdle,
  type ResourceKind,
  resourcePath,
} from "./resources.ts";

/**
 * Source: Azure/azure-rest-api-specs, specification/containerregistry. `roleAssignmentMode` is answered from
 * 2025-11-01 on, the version of `@azure/arm-containerregistry` 12.
 */
const API_VERSIONS = ["2019-05-01", "2021-09-01", "2022-12-01", "2023-07-01", "2025-04-01", "2025-11-01"];
const ROLE_ASSIGNMENT_MODE_SINCE = "2025-11-01";

const registries: ResourceKind = { type: REGISTRY, apiVersions: API_VERSIONS, render, token: "$skipToken" };

const path = resourcePath(REGISTRY);

/**
 * The specification promises `Location`. That it points here is an inference from the provider's registered actions, of
 * which `operationStatuses/read` is the one for a registry's operations.
 */
const operations: Watch = {
  path: `${path}/operationStatuses/{operationId}`,
  apiVersions: API_VERSIONS,
  action: `${REGISTRY}/operationStatuses/read`,
  answers: "result",
  render,
};

export const registryRoutes: readonly Route[] = [
  ...readRoutes(registries),
  ...plainWriteRoutes(registries).filter(({ method }) => method !== "PATCH"),
  { method: "PATCH", path, apiVersions: API_VERSIONS, action: `${REGISTRY}/write`, handle: patchRegistry },
  watchRoute(operations),
  {
    method: "POST",
    path: `${path}/importImage`,
    apiVersions: API_VERSIONS,
    action: `${REGISTRY}/importImage/action`,
    at: path,
    handle: importImage,
  },
  {
    method: "POST",
    path: `${path}/regenerateCredential`,
    apiVersions: API_VERSIONS,
    action: `${REGISTRY}/regenerateCredential/action`,
    at: path,
    handle: regenerateCredential,
  },
];

function render({ apiVersion, world }: Call, resource: Resource): Json {
  const { id, name, type, location, tags, sku } = resource;
  const { roleAssignmentMode, ...properties } = visibleProperties(resource.properties);
  const identity = renderIdentity(world, resource, world.now());
  return {
    id,
    name,
    type,
    location,
    tags,
    sku,
    ...(identity && { identity }),
    properties: {
      loginServer: world.loginServers.get(idKey(id)) ?? `${name.toLowerCase()}.azurecr.io`,
      ...properties,
      provisioningState: world.operations.running(id, world.now())?.state ?? properties.provisioningState,
      ...(apiVersion >= ROLE_ASSIGNMENT_MODE_SINCE && roleAssignmentMode !== undefined && { roleAssignmentMode }),
    },
  };
}

/** A change shows when its operation has ended. */
function patchRegistry(call: Call): Answer {
  const { world, body } = call;
  const registry = existing(call, REGISTRY);
  requireIdle(call, registry.id);
  patched(registry, body);
  const operation = start(call, {
    resourceId: registry.id,
    state: "Updating",
    seconds: world.settings.registrySeconds,
    apply: (at) => {
      const current = world.get(registry.id);
      if (current) world.store(patched(current, body), at);
    },
    answersResource: true,
  });
  if (operation) return accepted(call, operations, operation, registry.location);
  return { status: 200, body: render(call, existing(call, REGISTRY)) };
}

/** What cannot be imported is told by the operation, which says it when it is polled. */
function importImage(call: Call): Answer {
  const { world } = call;
  const registry = existing(call, REGISTRY);
  const order = parseImport(call.body);
  const failure = call.operationFailure ?? importFailure(world, registry, order);
  const operation = start(
    { ...call, operationFailure: failure },
    {
      resourceId: registry.id,
      state: undefined,
      seconds: world.settings.importSeconds,
      apply: (at) => {
        carryOut(world, registry, order, at);
      },
      answersResource: false,
    },
  );
  return operation ? accepted(call, operations, operation, registry.location) : { status: 200 };
}

/** The passwords are made up: nothing of the stand-in accepts them. */
function regenerateCredential(call: Call): Answer {
  const registry = existing(call, REGISTRY);
  const { name } = call.body;
  if (name !== "password" && name !== "password2") {
    throw badRequest("The property 'name' must be 'password' or 'password2'.", "InvalidRequestContent");
  }
  if (registry.properties.adminUserEnabled !== true) {
    throw badRequest(`The admin user is disabled for registry '${registry.name}'.`, "AdminUserDisabled");
  }
  call.world.regenerateCredential(registry.id, { event: false });
  const generation = String(call.world.get(registry.id)?.properties[CREDENTIAL_GENERATION]);
  const passwords = ["password", "password2"].map((one) => ({ name: one, value: `made-up-${one}-${generation}` }));
  return { status: 200, body: { username: registry.name, passwords } };
}
