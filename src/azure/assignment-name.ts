import { v5 as uuid } from "uuid";
import type { Action } from "../core/actions.ts";
import { formatId, idKey, type RegistryId } from "../core/arm-id.ts";

/** The namespace of the names below; made once, by chance. */
const namespace = "5f0f9c0e-6a0b-4b0e-9a39-2f9b5d1f7c55";

/**
 * The name of the assignment that we make for a principal: the same for the same scope, role and principal, so that two
 * writers meet on one resource, and another for a recreated identity, whose object id differs.
 */
export function assignmentName(registry: RegistryId, roleId: string, principalId: string): string {
  return uuid([idKey(registry), roleId.toLowerCase(), principalId.toLowerCase()].join("|"), namespace);
}

/** The id of the assignment that we make for a principal. */
export function assignmentIdOf({ registry, role, principalId }: Action & { kind: "GrantPull" }): string {
  const name = assignmentName(registry, role.id, principalId);
  return `${formatId(registry)}/providers/Microsoft.Authorization/roleAssignments/${name}`;
}
