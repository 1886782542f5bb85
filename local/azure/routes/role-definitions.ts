import { ArmError, badRequest } from "../arm-error.ts";
import { isAtOrBelow } from "../arm-id.ts";
import type { RoleDefinition } from "../role-catalogue.ts";
import type { Json } from "../resource.ts";
import { roleDefinitionId } from "../roles.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";

/** Source: Azure/azure-rest-api-specs, specification/authorization. `@azure/arm-authorization` 9 sends 2022-04-01. */
const API_VERSIONS = ["2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const path = "{scope}/providers/Microsoft.Authorization/roleDefinitions";
const shared = {
  method: "GET",
  apiVersions: API_VERSIONS,
  action: "Microsoft.Authorization/roleDefinitions/read",
} as const;

export const roleDefinitionRoutes: readonly Route[] = [
  { ...shared, path, at: "{scope}", handle: list },
  { ...shared, path: `${path}/{roleId}`, handle: get },
];

function get(call: Call): Answer {
  const id = param(call, "roleId");
  const definition = call.world.roles.definitions().find((one) => one.id.toLowerCase() === id.toLowerCase());
  if (!definition || !isAssignable(definition, param(call, "scope"))) {
    throw new ArmError(
      404,
      "RoleDefinitionDoesNotExist",
      `The specified role definition with ID '${id.replaceAll("-", "")}' does not exist.`,
    );
  }
  return { status: 200, body: render(param(call, "scope"), definition) };
}

/** Documented filters: `roleName eq '…'`, `type eq 'BuiltInRole'` and `atScopeAndBelow()`. */
function list(call: Call): Answer {
  const scope = param(call, "scope");
  const filter = call.query.get("$filter") ?? "";
  const [, field, value] = /^(roleName|type)\s+eq\s+'([^']*)'$/i.exec(filter) ?? [];
  if (filter !== "" && field === undefined && !/^atScopeAndBelow\(\)$/i.test(filter)) {
    throw badRequest(`The filter '${filter}' is not supported.`, "UnsupportedQuery");
  }
  const found = call.world.roles.definitions().filter((one) => {
    if (!isAssignable(one, scope)) return false;
    if (field === undefined) return true;
    return (field.toLowerCase() === "type" ? one.type : one.roleName).toLowerCase() === value?.toLowerCase();
  });
  return page(call, found, "$skipToken", (one) => render(scope, one));
}

/** The role can be assigned at the scope (or, for a scope above the assignable ones, below it). */
function isAssignable({ assignableScopes }: RoleDefinition, scope: string): boolean {
  return assignableScopes.some((one) => one === "/" || isAtOrBelow(scope, one) || isAtOrBelow(one, scope));
}

function render(
  scope: string,
  { id, roleName, type, description, permissions, assignableScopes }: RoleDefinition,
): Json {
  return {
    id: roleDefinitionId(scope, id),
    type: "Microsoft.Authorization/roleDefinitions",
    name: id,
    properties: { roleName, type, description: description ?? "", assignableScopes, permissions },
  };
}
