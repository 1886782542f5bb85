import { badRequest } from "../arm-error.ts";
import { CREDENTIAL_GENERATION, visibleProperties } from "../key-sync.ts";
import { type Json, REGISTRY, type Resource } from "../resource.ts";
import { type Answer, type Call, type Route } from "../route.ts";
import { renderIdentity } from "../identity.ts";
import { existing, plainWriteRoutes, readRoutes, type ResourceKind, resourcePath } from "./resources.ts";

/**
 * Source: Azure/azure-rest-api-specs, specification/containerregistry. `roleAssignmentMode` is answered from
 * 2025-11-01 on, the version of `@azure/arm-containerregistry` 12.
 */
const API_VERSIONS = ["2019-05-01", "2021-09-01", "2022-12-01", "2023-07-01", "2025-04-01", "2025-11-01"];
const ROLE_ASSIGNMENT_MODE_SINCE = "2025-11-01";

const registries: ResourceKind = { type: REGISTRY, apiVersions: API_VERSIONS, render, token: "$skipToken" };

export const registryRoutes: readonly Route[] = [
  ...readRoutes(registries),
  ...plainWriteRoutes(registries),
  {
    method: "POST",
    path: `${resourcePath(REGISTRY)}/regenerateCredential`,
    apiVersions: API_VERSIONS,
    action: `${REGISTRY}/regenerateCredential/action`,
    at: resourcePath(REGISTRY),
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
      ...properties,
      ...(apiVersion >= ROLE_ASSIGNMENT_MODE_SINCE && roleAssignmentMode !== undefined && { roleAssignmentMode }),
    },
  };
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
