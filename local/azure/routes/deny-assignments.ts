import { ArmError, badRequest } from "../arm-error.ts";
import { isAtOrBelow, sameId } from "../arm-id.ts";
import { type DenyAssignment, denyAssignmentId, isMeant } from "../deny-assignments.ts";
import type { Json } from "../resource.ts";
import { isInherited } from "../roles.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";
import { existingScope } from "./scopes.ts";

/**
 * Source: Azure/azure-rest-api-specs, specification/authorization; they are only read here, as `@azure/arm-authorization`
 * 9 does with 2022-04-01.
 */
const API_VERSIONS = ["2018-07-01-preview", "2022-04-01"];
const type = "Microsoft.Authorization/denyAssignments";
const list = `{scope}/providers/${type}`;
const read = { method: "GET", apiVersions: API_VERSIONS, action: `${type}/read` } as const;

export const denyAssignmentRoutes: readonly Route[] = [
  { ...read, path: list, at: "{scope}", handle: listAt },
  { ...read, path: `${list}/{name}`, handle: get },
];

/**
 * At the scope and inherited from above it, also those that do not apply to child scopes: whoever reads has to look.
 * Without `atScope()` also what lies below.
 */
function listAt(call: Call): Answer {
  const scope = existingScope(call);
  const matches = parseFilter(call, call.query.get("$filter")?.trim() ?? "");
  const found = call.world.denyAssignments
    .list(call.world.readTime())
    .filter((one) => isInherited(one.scope, scope) || isAtOrBelow(one.scope, scope))
    .filter((one) => matches(one, isInherited(one.scope, scope)));
  return page(call, found, "$skipToken", render);
}

function get(call: Call): Answer {
  const scope = existingScope(call);
  const name = param(call, "name");
  const found = call.world.denyAssignments.find(name, call.world.readTime());
  if (!found || !sameId(found.scope, scope)) {
    throw new ArmError(404, "DenyAssignmentNotFound", `The deny assignment '${name}' is not found.`);
  }
  return { status: 200, body: render(found) };
}

type Filter = (one: DenyAssignment, isAtScope: boolean) => boolean;

/** The filters that are documented; anything else is refused. */
function parseFilter({ world }: Call, text: string): Filter {
  if (text === "") return () => true;
  if (/^atScope\(\)$/i.test(text)) return (_, isAtScope) => isAtScope;
  const name = /^denyAssignmentName\s+eq\s+'([^']+)'$/i.exec(text)?.[1];
  if (name !== undefined) return (one) => sameId(one.denyAssignmentName, name);
  const principalId = /^principalId\s+eq\s+'([^']+)'$/i.exec(text)?.[1];
  if (principalId !== undefined) return (one) => one.principals.some(({ id }) => sameId(id, principalId));
  const assignedTo = /^assignedTo\('([^']+)'\)$/i.exec(text)?.[1];
  if (assignedTo === undefined) throw badRequest(`The filter '${text}' is not supported.`, "UnsupportedQuery");
  const holders = world.directory.withGroups(assignedTo);
  return (one) => isMeant(one, holders);
}

function render(assignment: DenyAssignment): Json {
  const { name, ...properties } = assignment;
  const updated = { updatedOn: assignment.createdOn, updatedBy: assignment.createdBy };
  return { id: denyAssignmentId(assignment), type, name, properties: { ...properties, ...updated } };
}
