import { randomUUID } from "node:crypto";

import { covers, type Plane } from "./action-pattern.ts";
import { idKey, sameId } from "./arm-id.ts";
import type { DenyAssignmentInput } from "./fixture.ts";
import { isInherited } from "./roles.ts";
import { Timeline } from "./timeline.ts";
import type { World } from "./world.ts";

export interface DenyAssignment extends Omit<DenyAssignmentInput, "name"> {
  /** A GUID; what a person reads is `denyAssignmentName`. */
  readonly name: string;
  readonly createdOn: string;
  readonly createdBy: string;
}

/** The principal that stands for all principals; its type is `SystemDefined`. */
const EVERYONE = "00000000-0000-0000-0000-000000000000";

/**
 * Deny assignments, which only Azure itself makes, e.g. for managed applications and deployment stacks.
 *
 * Source: https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
 */
export class DenyAssignments {
  readonly #all: Timeline<DenyAssignment>;

  /** `onSet` is told of the time of every write. */
  constructor(onSet: (at: number) => void = () => undefined) {
    this.#all = new Timeline(onSet);
  }

  put(input: DenyAssignmentInput, createdBy: string, at: number, now = at): DenyAssignment {
    const assignment = {
      ...input,
      name: input.name ?? randomUUID(),
      createdOn: new Date(now).toISOString(),
      createdBy,
    };
    this.#all.set(idKey(assignment.name), assignment, at);
    return assignment;
  }

  remove(name: string, at: number): void {
    this.#all.set(idKey(name), undefined, at);
  }

  find(name: string, at?: number): DenyAssignment | undefined {
    return this.#all.get(idKey(name), at);
  }

  list(at?: number): DenyAssignment[] {
    return this.#all.values(at);
  }
}

export interface Attempt {
  readonly principalId: string;
  readonly plane: Plane;
  readonly action: string;
  readonly scope: string;
}

/** The deny assignment that stands against this, whatever roles are held; `at` asks of an earlier time. */
export function denialOf(world: World, attempt: Attempt, at?: number): DenyAssignment | undefined {
  const denials = world.denyAssignments.list(at);
  if (denials.length === 0) return undefined;
  const holders = world.directory.withGroups(attempt.principalId);
  return denials.find(
    (one) =>
      reaches(one, attempt.scope) &&
      isMeant(one, holders) &&
      one.permissions.some((permission) => covers(permission, attempt.plane, attempt.action)),
  );
}

/** Whether it is meant for a principal; `holders` are the principal and its groups, in lower case. */
export function isMeant({ principals, excludePrincipals }: DenyAssignment, holders: ReadonlySet<string>): boolean {
  const includes = (list: DenyAssignment["principals"]): boolean =>
    list.some(({ id }) => holders.has(id.toLowerCase()));
  return (principals.some(({ id }) => id === EVERYONE) || includes(principals)) && !includes(excludePrincipals);
}

function reaches({ scope, doNotApplyToChildScopes }: DenyAssignment, wanted: string): boolean {
  return doNotApplyToChildScopes ? sameId(scope, wanted) : isInherited(scope, wanted);
}

export function denyAssignmentId({ scope, name }: DenyAssignment): string {
  return `${scope === "/" ? "" : scope}/providers/Microsoft.Authorization/denyAssignments/${name}`;
}
