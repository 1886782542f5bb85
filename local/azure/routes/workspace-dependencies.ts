import { type Json, type Resource } from "../resource.ts";
import { APPLICATION_INSIGHTS, KEY_VAULT, LOG_ANALYTICS } from "../resource-types.ts";
import { type Call, type Route } from "../route.ts";
import { plainWriteRoutes, readRoutes, type ResourceKind } from "./resources.ts";

/** Source: Azure/azure-rest-api-specs, specification/{keyvault,applicationinsights,operationalinsights}. */
const apiVersions: Readonly<Record<string, readonly string[]>> = {
  [KEY_VAULT]: ["2023-07-01"],
  [APPLICATION_INSIGHTS]: ["2020-02-02"],
  [LOG_ANALYTICS]: ["2023-09-01"],
};

/** What a workspace is made with and the app never looks at: it can be made, read and deleted. */
export const workspaceDependencyRoutes: readonly Route[] = Object.entries(apiVersions).flatMap(([type, versions]) => {
  const kind: ResourceKind = { type, apiVersions: versions, render, token: "$skipToken" };
  return [...readRoutes(kind), ...plainWriteRoutes(kind)];
});

function render(_call: Call, { id, name, type, location, tags, kind, properties }: Resource): Json {
  return { id, name, type, location, tags, kind, properties };
}
