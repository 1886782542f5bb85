import { randomUUID } from "node:crypto";

import { idKey, isAtOrBelow, sameId, subscriptionOf } from "./arm-id.ts";
import type { RoleAssignmentInput, RoleDefinitionInput } from "./fixture.ts";
import { builtInRoles, type RoleDefinition } from "./role-catalogue.ts";
import { Timeline } from "./timeline.ts";

export interface RoleAssignment {
  readonly name: string;
  readonly scope: string;
  /** The GUID of the role definition. */
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType: string;
  readonly condition?: string | null;
  readonly conditionVersion?: string | null;
  readonly description?: string | null;
  readonly createdOn: string;
  readonly updatedOn: string;
  readonly createdBy: string;
}

/** Role definitions and assignments. An assignment's name (a GUID) is unique in the tenant. */
export class Roles {
  readonly #assignments: Timeline<RoleAssignment>;
  readonly #definitions: RoleDefinition[] = [...builtInRoles];

  /** `onSet` is told of the time of every write of an assignment. */
  constructor(onSet: (at: number) => void = () => undefined) {
    this.#assignments = new Timeline(onSet, ({ scope }) => drawerOf(scope));
  }

  define(definition: RoleDefinitionInput): void {
    this.#definitions.push({ ...definition, type: "CustomRole" });
  }

  definitions(): readonly RoleDefinition[] {
    return this.#definitions;
  }

  /** A definition by its name, its GUID or the id of a definition. */
  definition(role: string): RoleDefinition | undefined {
    const wanted = role.slice(role.lastIndexOf("/") + 1).toLowerCase();
    return this.#definitions.find(({ id, roleName }) => id.toLowerCase() === wanted || sameId(roleName, role));
  }

  put(assignment: RoleAssignment, at: number): void {
    this.#assignments.set(idKey(assignment.name), assignment, at);
  }

  remove(name: string, at: number): void {
    this.#assignments.set(idKey(name), undefined, at);
  }

  find(name: string, at?: number): RoleAssignment | undefined {
    return this.#assignments.get(idKey(name), at);
  }

  assignments(at?: number): RoleAssignment[] {
    return this.#assignments.values(at);
  }

  /** Those in the scope's subscription, and above all subscriptions: no others reach the scope, or lie below it. */
  assignmentsAround(scope: string, at?: number): RoleAssignment[] {
    const where = drawerOf(scope);
    if (where === above) return this.assignments(at);
    return [where, above].flatMap((drawer) => this.#assignments.valuesIn(drawer, at));
  }

  /** The assignment of exactly this role to this principal at exactly this scope. */
  findTriple(scope: string, roleId: string, principalId: string): RoleAssignment | undefined {
    return this.assignmentsAround(scope).find(
      (one) => sameId(one.scope, scope) && sameId(one.roleId, roleId) && sameId(one.principalId, principalId),
    );
  }

  countIn(subscriptionId: string): number {
    return this.assignmentsAround(`/subscriptions/${subscriptionId}`).filter(({ scope }) => drawerOf(scope) !== above)
      .length;
  }

  /** An assignment from what a person writes; throws when there is no such role. */
  fromInput(input: RoleAssignmentInput, createdBy: string, now: number): RoleAssignment {
    const definition = this.definition(input.role);
    if (!definition) throw new TypeError(`role ${input.role}: no such role definition`);
    const time = new Date(now).toISOString();
    return {
      name: randomUUID(),
      scope: input.scope,
      roleId: definition.id,
      principalId: input.principalId,
      principalType: input.principalType ?? "ServicePrincipal",
      ...(input.condition !== undefined && { condition: input.condition, conditionVersion: "2.0" }),
      createdOn: time,
      updatedOn: time,
      createdBy,
    };
  }
}

const above = "";

/** The subscription that a scope lies in, if it is in one. */
function drawerOf(scope: string): string {
  return idKey(subscriptionOf(scope) ?? above);
}

/** True when an assignment at `outer` is inherited at `scope`. Every management group is above every subscription. */
export function isInherited(outer: string, scope: string): boolean {
  return isAtOrBelow(scope, outer) || /^\/providers\/Microsoft\.Management\/managementGroups\//i.test(outer);
}

/** The id ARM gives a role definition when it is looked at from this scope. */
export function roleDefinitionId(scope: string, roleId: string): string {
  const subscriptionId = subscriptionOf(scope);
  const prefix = subscriptionId === undefined ? "" : `/subscriptions/${subscriptionId}`;
  return `${prefix}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
}

export function roleAssignmentId({ scope, name }: RoleAssignment): string {
  return `${scope === "/" ? "" : scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
}
