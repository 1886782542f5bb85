import { ArmError, badRequest, conflict } from "../arm-error.ts";
import { isAtOrBelow, sameId, subscriptionOf } from "../arm-id.ts";
import type { Attributes } from "../condition.ts";
import { requireAllowed } from "../rbac.ts";
import type { Json } from "../resource.ts";
import { parseRoleAssignmentFilter } from "../role-assignment-filter.ts";
import { isInherited, type RoleAssignment, roleAssignmentId, roleDefinitionId } from "../roles.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";
import { existingScope, scopeOf } from "./scopes.ts";

/** Source: Azure/azure-rest-api-specs, specification/authorization. `@azure/arm-authorization` 9 sends 2022-04-01. */
const API_VERSIONS = ["2020-10-01-preview", "2022-04-01"];
const list = "{scope}/providers/Microsoft.Authorization/roleAssignments";
const one = `${list}/{name}`;
const type = "Microsoft.Authorization/roleAssignments";

/** Whether they are allowed may depend on what is written or deleted. */
const write = { path: one, apiVersions: API_VERSIONS, authorizesItself: true } as const;

export const roleAssignmentRoutes: readonly Route[] = [
  { method: "GET", path: list, apiVersions: API_VERSIONS, action: `${type}/read`, at: "{scope}", handle: listAt },
  { method: "GET", path: one, apiVersions: API_VERSIONS, action: `${type}/read`, handle: get },
  { ...write, method: "PUT", action: `${type}/write`, handle: put },
  { ...write, method: "DELETE", action: `${type}/delete`, handle: remove },
];

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** At the scope and inherited from above it; without `atScope()` also what lies below. */
function listAt(call: Call): Answer {
  const scope = existingScope(call);
  const { atScope, principalId, assignedTo } = parseRoleAssignmentFilter(call.query.get("$filter"));
  const holders = assignedTo === undefined ? undefined : call.world.directory.withGroups(assignedTo);
  const found = call.world.roles
    .assignmentsAround(scope, call.world.readTime())
    .filter((each) => isInherited(each.scope, scope) || (!atScope && isAtOrBelow(each.scope, scope)))
    .filter((each) => principalId === undefined || sameId(each.principalId, principalId))
    .filter((each) => holders?.has(each.principalId.toLowerCase()) ?? true);
  return page(call, found, "$skipToken", render);
}

function get(call: Call): Answer {
  const name = param(call, "name");
  const found = call.world.roles.find(name, call.world.readTime());
  if (!found || !sameId(found.scope, scopeOf(call))) {
    throw new ArmError(404, "RoleAssignmentNotFound", `The role assignment '${name}' is not found.`);
  }
  return { status: 200, body: render(found) };
}

/** What Azure makes of a condition where there is nothing to delete is not known; here it is not fulfilled, the harder case. */
function remove(call: Call): Answer {
  const { world, caller } = call;
  const named = world.roles.find(param(call, "name"));
  const found = named && sameId(named.scope, scopeOf(call)) ? named : undefined;
  requireAllowed(world, caller, `${type}/delete`, found ? roleAssignmentId(found) : idOf(call), {
    resource: found && attributesOf(found.roleId, found),
  });
  if (!found) return { status: 204 };
  world.roles.remove(found.name, world.now());
  return { status: 200, body: render(found) };
}

/** Creates it, or updates its description and condition; the checks are in the order ARM is seen to make them. */
function put(call: Call): Answer {
  const { world, caller } = call;
  const { roleDefinitionId = "", ...properties } = (call.body.properties ?? {}) as Record<string, string | undefined>;
  const request = attributesOf(roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1), properties);
  requireAllowed(world, caller, `${type}/write`, idOf(call), { request });
  const scope = existingScope(call);
  const wanted = described(call, scope);
  const same = world.roles.find(wanted.name);
  if (same && !(sameId(same.scope, scope) && samePrincipalAndRole(same, wanted))) {
    throw badRequest(
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
      "RoleAssignmentUpdateNotPermitted",
    );
  }
  const twin = world.roles.findTriple(scope, wanted.roleId, wanted.principalId);
  if (twin && twin.name !== same?.name) {
    throw conflict(
      `The role assignment already exists. The ID of the existing role assignment is ${twin.name.replaceAll("-", "")}.`,
      "RoleAssignmentExists",
    );
  }
  requirePrincipal(call, wanted);
  const subscriptionId = subscriptionOf(scope);
  const limit = world.settings.maxRoleAssignmentsPerSubscription;
  if (!same && subscriptionId !== undefined && world.roles.countIn(subscriptionId) >= limit) {
    throw badRequest(
      `The role assignment limit for the subscription has been reached: no more role assignments can be created. ` +
        `The limit is ${limit}.`,
      "RoleAssignmentLimitExceeded",
    );
  }
  const assignment = same ? { ...wanted, createdOn: same.createdOn, createdBy: same.createdBy } : wanted;
  world.roles.put(assignment, world.now());
  return { status: same ? 200 : 201, body: render(assignment) };
}

/** The assignment that the body describes; throws ARM's 400s for what is malformed. */
function described(call: Call, scope: string): RoleAssignment {
  const name = param(call, "name");
  if (!GUID.test(name)) {
    throw badRequest(
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
      "InvalidRoleAssignmentId",
    );
  }
  const properties = (call.body.properties ?? {}) as Record<string, string | undefined>;
  const { roleDefinitionId: role, principalId, principalType, description, condition, conditionVersion } = properties;
  if (role === undefined || principalId === undefined) {
    throw badRequest(
      "The request content was invalid: roleDefinitionId and principalId are required.",
      "BadRequestFormat",
    );
  }
  if (!GUID.test(principalId)) {
    throw badRequest(`Principal ID '${principalId}' is not valid. Principal ID must be a GUID.`, "InvalidPrincipalId");
  }
  const definition = role.includes("/") ? call.world.roles.definition(role) : undefined;
  if (!definition) {
    const id = role.slice(role.lastIndexOf("/") + 1).replaceAll("-", "");
    throw badRequest(`The specified role definition with ID '${id}' does not exist.`, "RoleDefinitionDoesNotExist");
  }
  if (principalType?.toLowerCase() === "msi") {
    throw badRequest("Principals of type MSI cannot validly be used in role assignments.", "PrincipalTypeNotSupported");
  }
  const time = new Date(call.world.now()).toISOString();
  return {
    name,
    scope,
    roleId: definition.id,
    principalId,
    principalType: principalType ?? call.world.directory.find(principalId)?.type ?? "ServicePrincipal",
    ...(description !== undefined && { description }),
    ...(condition !== undefined && { condition, conditionVersion: conditionVersion ?? "2.0" }),
    createdOn: time,
    updatedOn: time,
    createdBy: call.caller.principalId,
  };
}

/**
 * The directory must know the principal, and as what it is said to be. In Azure `principalType: ServicePrincipal`
 * avoids most of the refusals that come from replication; here it never does, the harder case for a client.
 */
function requirePrincipal(call: Call, { principalId, principalType }: RoleAssignment): void {
  const { world } = call;
  const principal = world.directory.known(principalId, world.now());
  if (!principal) {
    throw badRequest(
      `Principal ${principalId.replaceAll("-", "")} does not exist in the directory ${world.tenantId}. ` +
        "Check that you have the correct principal ID. If you are creating this principal and then immediately " +
        "assigning a role, this error might be related to a replication delay. In this case, set the role assignment " +
        "principalType property to a value, such as ServicePrincipal, User, or Group. " +
        "See https://aka.ms/docs-principaltype",
      "PrincipalNotFound",
    );
  }
  if (principal.type.toLowerCase() !== principalType.toLowerCase()) {
    throw badRequest(
      `The PrincipalId '${principalId.replaceAll("-", "")}' has type '${principal.type}' , ` +
        `which is different from specified PrinciaplType '${principalType}'.`,
      "UnmatchedPrincipalType",
    );
  }
}

/** What conditions can ask about it. A type that a request leaves out is not known, whatever the principal is. */
function attributesOf(
  roleId: string,
  {
    principalId,
    principalType,
  }: { readonly principalId?: string | undefined; readonly principalType?: string | undefined },
): Attributes {
  return {
    RoleDefinitionId: roleId,
    ...(principalId !== undefined && { PrincipalId: principalId }),
    ...(principalType !== undefined && { PrincipalType: principalType }),
  };
}

function idOf(call: Call): string {
  return call.path.replace(/\/$/, "");
}

function samePrincipalAndRole(a: RoleAssignment, b: RoleAssignment): boolean {
  return sameId(a.principalId, b.principalId) && a.roleId === b.roleId;
}

function render(assignment: RoleAssignment): Json {
  const { name, scope, roleId, ...properties } = assignment;
  return {
    id: roleAssignmentId(assignment),
    type,
    name,
    properties: {
      roleDefinitionId: roleDefinitionId(scope, roleId),
      scope,
      ...properties,
      updatedBy: assignment.createdBy,
    },
  };
}
