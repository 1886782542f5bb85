import { formatId, type RegistryId, sameText } from "./arm-id.ts";
import { deniesPull, type Permission, permitsPull, type RegistryMode } from "./pull-permission.ts";

interface AssignmentFacts {
  readonly id: string;
  readonly principalId: string;
  readonly scope: string;
  /** Of the role, at whatever scope. */
  readonly roleDefinitionId: string;
  readonly condition?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt?: number;
}

/** A role assignment that reaches a principal at a registry. */
export interface Assignment extends AssignmentFacts {
  readonly role: string;
  readonly permissions: readonly Permission[];
}

/** A role assignment as a list shows it: what its role permits is said elsewhere. */
export interface ListedAssignment extends AssignmentFacts {
  /** Whether it may reach others than its holder: it is a group's, or not said to be anybody else's. */
  readonly isOfGroup: boolean;
}

/** A deny assignment that reaches a principal at a registry: it overrides every role. */
export interface Denial {
  /** For a person. */
  readonly name: string;
  readonly scope: string;
  readonly permissions: readonly Permission[];
}

/** Whether a principal holds the right to pull. A right held is not a right in effect: Azure takes minutes to propagate it. */
export type Grant =
  | {
      readonly held: true;
      readonly assignmentId: string;
      readonly role: string;
      /** The GUID of the role definition, in lower case. */
      readonly roleId: string;
      readonly scope: string;
      readonly through: "itself" | "a group" | "the admin user";
      /** When it was given, ms since the epoch. */
      readonly since?: number;
    }
  | {
      readonly held: false;
      /** What was found and does not suffice, e.g. an assignment with a condition. */
      readonly note?: string;
      /**
       * `restricted`: somebody gave a part of it on purpose, with a condition, at the registry itself. `denied`: a deny assignment
       * takes it away whatever is granted. `refused`: Azure refused us to grant it.
       */
      readonly because?: "restricted" | "denied" | "refused";
    };

/** How long a new role assignment may take to act (Microsoft Learn, "Troubleshoot Azure RBAC": up to 10 minutes), in milliseconds. */
const propagationMs = 10 * 60_000;

/** Whether a right was given so lately that it may not act yet. @param now milliseconds since the epoch */
export function isYoung({ since }: { readonly since?: number }, now: number): boolean {
  return since !== undefined && now - since < propagationMs;
}

/**
 * Whether one of these assignments lets the principal pull, and no deny assignment keeps it from that. An assignment with a
 * condition may cover only some repositories: it is mentioned, not counted.
 */
export function grantAmong(
  assignments: readonly Assignment[],
  denials: readonly Denial[],
  principalId: string,
  { id, mode }: { readonly id: RegistryId; readonly mode: RegistryMode },
): Grant {
  const denial = denials.find(({ permissions }) => deniesPull(permissions, mode));
  if (denial !== undefined)
    return {
      held: false,
      note: `the deny assignment '${denial.name}' at ${denial.scope} forbids it, whatever is granted`,
      because: "denied",
    };
  const isOwn = (assignment: Assignment): boolean => sameText(assignment.principalId, principalId);
  const pulling = assignments.filter(({ permissions }) => permitsPull(permissions, mode));
  const whole = pulling.filter(({ condition }) => condition === undefined).sort(olderFirst)[0];
  if (whole !== undefined)
    return {
      held: true,
      assignmentId: whole.id,
      role: whole.role,
      roleId: roleIdOf(whole.roleDefinitionId),
      scope: whole.scope,
      through: isOwn(whole) ? "itself" : "a group",
      ...(whole.createdAt === undefined ? {} : { since: whole.createdAt }),
    };
  const [conditional] = pulling;
  if (conditional === undefined) return { held: false };
  const restricted = pulling.some((one) => isOwn(one) && sameText(one.scope, formatId(id)));
  const note = `its ${conditional.role} has a condition, which may leave repositories out`;
  return { held: false, note, ...(restricted ? { because: "restricted" } : {}) };
}

function olderFirst(one: Assignment, other: Assignment): number {
  return (one.createdAt ?? 0) - (other.createdAt ?? 0);
}

/** The GUID of a role definition, in lower case, from its id at whatever scope. */
export function roleIdOf(roleDefinitionId: string): string {
  return roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1).toLowerCase();
}
