import { type Json, type Resource, USER_ASSIGNED_IDENTITY } from "../resource.ts";
import { type Call, type Route } from "../route.ts";
import { plainWriteRoutes, readRoutes, type ResourceKind } from "./resources.ts";

/** Source: Azure/azure-rest-api-specs, specification/msi. */
const userAssignedIdentities: ResourceKind = {
  type: USER_ASSIGNED_IDENTITY,
  apiVersions: ["2018-11-30", "2023-01-31", "2024-11-30"],
  render,
  token: "$skipToken",
};

export const userAssignedIdentityRoutes: readonly Route[] = [
  ...readRoutes(userAssignedIdentities),
  ...plainWriteRoutes(userAssignedIdentities),
];

function render({ world }: Call, { id, name, type, location, tags, properties }: Resource): Json {
  return { id, name, type, location, tags, properties: { tenantId: world.tenantId, ...properties } };
}
