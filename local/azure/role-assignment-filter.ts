import { badRequest } from "./arm-error.ts";

export interface RoleAssignmentFilter {
  readonly atScope: boolean;
  readonly principalId: string | undefined;
  /** Directly or through groups. */
  readonly assignedTo: string | undefined;
}

const ID = "'([^']+)'";
const AT_SCOPE = /^atScope\(\)$/i;
const PRINCIPAL = new RegExp(`^principalId\\s+eq\\s+${ID}$`, "i");
const ASSIGNED = new RegExp(`^assignedTo\\(${ID}\\)$`, "i");
const BOTH = new RegExp(`^atScope\\(\\)\\s+and\\s+assignedTo\\(${ID}\\)$`, "i");

/**
 * The four filters that ARM documents; anything else is refused with ARM's text. In particular the id must be quoted,
 * and `atScope()` cannot be combined with `principalId eq`.
 *
 * Source: https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
 */
export function parseRoleAssignmentFilter(filter: string | null): RoleAssignmentFilter {
  const text = filter?.trim() ?? "";
  if (text === "") return { atScope: false, principalId: undefined, assignedTo: undefined };
  if (AT_SCOPE.test(text)) return { atScope: true, principalId: undefined, assignedTo: undefined };
  const principalId = PRINCIPAL.exec(text)?.[1];
  const both = BOTH.exec(text)?.[1];
  const assignedTo = ASSIGNED.exec(text)?.[1] ?? both;
  if (principalId === undefined && assignedTo === undefined) {
    throw badRequest(
      `The filter '${text}' is not supported. Supported filters are either 'atScope()' or ` +
        "'principalId eq '{value}' or assignedTo('{value}')'.",
      "UnsupportedQuery",
    );
  }
  return { atScope: both !== undefined, principalId, assignedTo };
}
