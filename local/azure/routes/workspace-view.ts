import { renderIdentity } from "../identity.ts";
import type { Json, Resource } from "../resource.ts";
import type { Call } from "../route.ts";

/**
 * Source: Azure/azure-rest-api-specs, specification/machinelearningservices, the stable `workspaceRP.json` files;
 * `kind` is in the model from 2023-10-01 on, `hubResourceId` from 2024-04-01 on.
 */
export const WORKSPACE_API_VERSIONS = [
  "2022-10-01",
  "2023-04-01",
  "2023-10-01",
  "2024-04-01",
  "2024-10-01",
  "2025-04-01",
  "2025-06-01",
  "2025-09-01",
  "2025-12-01",
];
const KIND_SINCE = "2023-10-01";
const HUB_SINCE = "2024-04-01";

/** The workspace as this api-version shows it at the moment that reads see. */
export function renderWorkspace(call: Call, resource: Resource, at: number): Json {
  const { world, apiVersion } = call;
  const { id, name, type, location, tags, sku, kind } = resource;
  const { hubResourceId, ...properties } = resource.properties;
  const identity = renderIdentity(world, resource, at);
  const hub = typeof hubResourceId === "string" ? world.get(hubResourceId, at) : undefined;
  return {
    id,
    name,
    type,
    location,
    tags,
    sku,
    ...(apiVersion >= KIND_SINCE && { kind }),
    ...(identity && { identity }),
    properties: {
      ...properties,
      // A project uses its hub's registry; it has none of its own.
      ...(hub && { containerRegistry: hub.properties.containerRegistry }),
      ...(apiVersion >= HUB_SINCE && hubResourceId !== undefined && { hubResourceId }),
      tenantId: world.tenantId,
      provisioningState:
        world.operations.running(id, at)?.state ?? resource.properties.provisioningState ?? "Succeeded",
    },
  };
}
