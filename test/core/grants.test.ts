import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { type Assignment, type Denial, type Grant, grantAmong } from "../../src/core/grants.ts";
import { type Permission, pullRoles, type RegistryMode } from "../../src/core/pull-permission.ts";
import { principalId } from "./ids.ts";
import { contoso } from "./samples.ts";

const me = principalId(1);
const group = principalId(2);
const scope = formatId(contoso);
const roleDefinitionId = pullRoles.LegacyRegistryPermissions.id;
const none: Permission = { actions: [], notActions: [], dataActions: [], notDataActions: [] };
const pull: Permission = { ...none, actions: ["Microsoft.ContainerRegistry/registries/pull/read"] };
const content: Permission = { ...none, dataActions: ["Microsoft.ContainerRegistry/registries/repositories/content/*"] };
const both: Permission = { ...none, dataActions: ["*/read"] };

function assigned(more: Partial<Assignment> = {}): Assignment {
  return { id: "/one", principalId: me, scope, role: "AcrPull", roleDefinitionId, permissions: [pull], ...more };
}

function denied(...permissions: Permission[]): Denial {
  return { name: "locked", scope: "/", permissions };
}

function grant(
  assignments: readonly Assignment[],
  denials: readonly Denial[] = [],
  mode: RegistryMode = "LegacyRegistryPermissions",
): Grant {
  return grantAmong(assignments, denials, me, { id: contoso, mode });
}

describe("the right to pull", () => {
  it("is held through oneself, in whatever casing, or through a group", () => {
    expect(grant([assigned({ principalId: me.toUpperCase() })])).toMatchObject({ held: true, through: "itself" });
    expect(grant([assigned({ principalId: group })])).toMatchObject({ held: true, through: "a group" });
  });

  it("is as old as the oldest assignment that gives it", () => {
    const younger = assigned({ id: "/younger", createdAt: 20 });
    const older = assigned({ id: "/older", createdAt: 10 });
    const useless = assigned({ id: "/useless", createdAt: 1, permissions: [none] });
    expect(grant([useless, younger, older])).toMatchObject({ assignmentId: "/older", since: 10 });
  });

  it("is not held by what the registry's mode does not honour", () => {
    expect(grant([assigned()], [], "AbacRepositoryPermissions")).toEqual({ held: false });
    expect(grant([assigned({ permissions: [content] })], [], "AbacRepositoryPermissions").held).toBe(false);
    expect(grant([assigned({ permissions: [both] })], [], "AbacRepositoryPermissions").held).toBe(true);
  });

  it("is not held under a condition, and held beside one that has none", () => {
    const conditional = assigned({ condition: "x" });
    expect(grant([conditional])).toMatchObject({ held: false, because: "restricted" });
    expect(grant([conditional, assigned()]).held).toBe(true);
  });

  it("is restricted only by a condition on one's own assignment at the registry itself", () => {
    const [inherited, throughGroup] = [
      assigned({ scope: "/", condition: "x" }),
      assigned({ principalId: group, condition: "x" }),
    ];
    for (const one of [inherited, throughGroup]) {
      expect(grant([one])).not.toHaveProperty("because");
      expect(grant([one])).toMatchObject({
        held: false,
        note: "its AcrPull has a condition, which may leave repositories out",
      });
    }
    expect(grant([inherited, assigned({ scope: scope.toUpperCase(), condition: "x" })])).toMatchObject({
      because: "restricted",
    });
  });
});

describe("a deny assignment", () => {
  it("takes it away whatever is granted, and is named", () => {
    expect(grant([assigned()], [denied(none), denied(pull)])).toEqual({
      held: false,
      note: "the deny assignment 'locked' at / forbids it, whatever is granted",
      because: "denied",
    });
  });

  it("counts only for what the registry's mode asks for, of which a part is enough", () => {
    expect(grant([assigned()], [denied(both)]).held).toBe(true);
    expect(grant([assigned({ permissions: [both] })], [denied(pull)], "AbacRepositoryPermissions").held).toBe(true);
    expect(grant([assigned({ permissions: [both] })], [denied(content)], "AbacRepositoryPermissions").held).toBe(false);
  });

  it("does not take away what it leaves out", () => {
    expect(grant([assigned()], [denied({ ...none, actions: ["*"], notActions: ["*/pull/read"] })]).held).toBe(true);
    expect(grant([assigned()], [denied({ ...none, actions: ["*"], notActions: ["*/pull/read"] }, pull)]).held).toBe(
      false,
    );
  });
});
