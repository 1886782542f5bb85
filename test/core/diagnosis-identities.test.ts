import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import type { DiagnosisFacts } from "../../src/core/diagnosis-facts.ts";
import type { ObservedIdentity } from "../../src/core/observation.ts";
import type { ObservedChild } from "../../src/core/pull-principals.ts";
import {
  assignmentOf,
  contributorAssignment,
  detailsOf,
  factsOf,
  known,
  lineOf,
  now,
  refused,
  rightsOf,
  rightsOfOne,
  unanswered,
} from "./diagnosis-samples.ts";
import { principalId, userAssignedId } from "./ids.ts";
import { contoso, memoryOf, workspaceOf } from "./samples.ts";

const scope = formatId(contoso);
const none: ObservedIdentity = { systemAssigned: false, userAssigned: [] };

function grantCommand(role: string, number = 1): string {
  return `az role assignment create --role ${role} --assignee-object-id ${principalId(number)} --assignee-principal-type ServicePrincipal --scope ${scope}`;
}

function compute(name: string, identity: ObservedIdentity, of: ObservedChild["of"] = "compute"): ObservedChild {
  return { of, name, provisioningState: "Succeeded", identity };
}

function system(number?: number): ObservedIdentity {
  return {
    systemAssigned: true,
    userAssigned: [],
    ...(number === undefined ? {} : { systemPrincipalId: principalId(number) }),
  };
}

describe("identities", () => {
  it("of a workspace without one are a problem, with the command that gives it one", () => {
    const workspace = workspaceOf({ containerRegistry: contoso, identity: none });
    expect(lineOf(factsOf({ workspace }), "identities", "workspace")).toMatchObject({
      status: "problem",
      fix: [
        `az rest --method patch --url '${formatId(workspace.id)}?api-version=2024-10-01' --body '{"identity":{"type":"SystemAssigned"}}'`,
      ],
    });
  });

  it("that Azure has not created yet are a problem that only time mends", () => {
    const workspace = workspaceOf({ containerRegistry: contoso, identity: system() });
    const line = lineOf(factsOf({ workspace }), "identities", "workspace");
    expect(line.status).toBe("problem");
    expect(line.found).toContain("Azure has not created the workspace identity yet");
    expect(line.fix).toBeUndefined();
  });

  it("of computes are named, and so are computes that pull as the workspace", () => {
    const computes = known([compute("cpu", system(2)), compute("old", none)]);
    expect(lineOf(factsOf({ computes }), "identities", "computes")).toMatchObject({
      status: "ok",
      found: `Identity of the compute cpu (${principalId(2)}). Without an identity that pulls: old. A compute without one pulls as its workspace.`,
    });
  });

  it("that may not be listed are unknown, naming action and scope", () => {
    const action = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read";
    const facts = factsOf({ endpoints: refused(action, "/the/workspace") });
    const line = lineOf(facts, "identities", "online endpoints");
    expect(line.status).toBe("unknown");
    expect(line.found).toContain(`lacks ${action} at /the/workspace`);
    expect(lineOf(facts, "ownRights").found).toContain(`${action} at /the/workspace`);
  });
});

describe("the right to pull", () => {
  const facts = (
    assignments: Parameters<typeof rightsOf>[0],
    denials: Parameters<typeof rightsOf>[1] = [],
    more: Partial<DiagnosisFacts> = {},
  ) => factsOf({ rights: rightsOfOne(rightsOf(assignments, denials)), ...more });

  it("that is held is told with role, scope and through what", () => {
    expect(lineOf(facts([assignmentOf()]), "pullRight")).toMatchObject({
      of: "workspace identity",
      status: "ok",
      found: `The workspace identity (${principalId(1)}) holds AcrPull at ${scope}, through itself, without a condition. No deny assignment forbids it.`,
    });
    const throughGroup = lineOf(facts([assignmentOf({ principalId: principalId(9) })]), "pullRight");
    expect(throughGroup.found).toContain("through a group");
  });

  it("that is younger than ten minutes may not act yet", () => {
    const line = lineOf(facts([assignmentOf({ createdAt: now - 4 * 60_000 })]), "pullRight");
    expect(line.status).toBe("note");
    expect(line.found).toContain("for 4 minutes, so it may not act yet");
  });

  it("that is not held is a problem, with what is held instead and the command that grants it", () => {
    expect(lineOf(facts([]), "pullRight")).toMatchObject({ status: "problem", fix: [grantCommand("AcrPull")] });
    const details = known(detailsOf({ mode: "AbacRepositoryPermissions" }));
    const line = lineOf(facts([assignmentOf()], [], { registry: { id: contoso, details } }), "pullRight");
    expect(line.found).toContain(
      `it holds AcrPull at ${scope}, which does not suffice (the registry's mode is AbacRepositoryPermissions)`,
    );
    expect(line.fix).toEqual([grantCommand("'Container Registry Repository Reader'")]);
  });

  it("that has a condition is a problem: the assignment has to make way for a whole one", () => {
    const line = lineOf(facts([assignmentOf({ condition: "some" })]), "pullRight");
    expect(line.status).toBe("problem");
    expect(line.found).toContain("its AcrPull has a condition, which may leave repositories out");
    expect(line.fix).toEqual([`az role assignment delete --ids ${assignmentOf().id}`, grantCommand("AcrPull")]);
  });

  it("that a deny assignment takes away is a problem that no grant mends", () => {
    const denial = { name: "locked down", scope: "/", permissions: assignmentOf().permissions };
    const line = lineOf(facts([assignmentOf()], [denial]), "pullRight");
    expect(line.status).toBe("problem");
    expect(line.found).toContain("the deny assignment 'locked down' at / forbids it");
    expect(line.fix).toBeUndefined();
  });

  it("is unknown where role or deny assignments may not be read", () => {
    const noRoles = { ...rightsOf([]), assignments: refused("Microsoft.Authorization/roleAssignments/read") };
    expect(lineOf(factsOf({ rights: rightsOfOne(noRoles) }), "pullRight").status).toBe("unknown");
    const noDenials = {
      ...rightsOf([assignmentOf()]),
      denials: refused("Microsoft.Authorization/denyAssignments/read"),
    };
    const line = lineOf(factsOf({ rights: rightsOfOne(noDenials) }), "pullRight");
    expect(line.status).toBe("unknown");
    expect(line.found).toContain("holds AcrPull");
    expect(line.found).toContain("denyAssignments/read");
  });

  it("is only noted where the workspace pulls as the admin user, which the policy then says", () => {
    const warnings = [{ reason: "AdminUserInUse", message: "It pulls as the admin user." } as const];
    const memory = known(memoryOf({ warnings }));
    const details = (adminUserEnabled: boolean) => ({ id: contoso, details: known(detailsOf({ adminUserEnabled })) });
    const line = lineOf(facts([], [], { memory, registry: details(true) }), "pullRight");
    expect(line).toMatchObject({ status: "note", fix: [grantCommand("AcrPull")] });
    expect(line.found).toContain("It pulls as the admin user.");
    expect(lineOf(facts([], [], { memory, registry: details(false) }), "pullRight").status).toBe("problem");
  });

  it("of one identity that pulls for several is told once", () => {
    const shared: ObservedIdentity = {
      systemAssigned: false,
      userAssigned: [{ id: userAssignedId("puller"), principalId: principalId(5) }],
    };
    const computes = known([compute("a", shared), compute("b", shared)]);
    const line = lineOf(
      factsOf({ computes, rights: new Map([[principalId(5), rightsOf([])]]) }),
      "pullRight",
      "user-assigned identity puller of the compute a and the user-assigned identity puller of the compute b",
    );
    expect(line.fix).toEqual([grantCommand("AcrPull", 5)]);
  });
});

describe("the right to build", () => {
  const identity: ObservedIdentity = {
    systemAssigned: false,
    userAssigned: [{ id: userAssignedId("builder"), principalId: principalId(1) }],
  };
  const workspace = workspaceOf({ containerRegistry: contoso, identity });

  it("is noted where a user-assigned identity of the workspace lacks it, with the command that grants it", () => {
    expect(lineOf(factsOf({ workspace }), "buildRight")).toMatchObject({
      of: "user-assigned identity builder",
      status: "note",
      fix: [grantCommand("Contributor")],
    });
    const rights = rightsOfOne(rightsOf([contributorAssignment]));
    expect(lineOf(factsOf({ workspace, rights }), "buildRight")).toMatchObject({ status: "ok" });
  });

  it("is unknown where it cannot be asked for", () => {
    const rights = rightsOfOne({ ...rightsOf([]), assignments: unanswered });
    expect(lineOf(factsOf({ workspace, rights }), "buildRight").status).toBe("unknown");
    const nameless = workspaceOf({ identity: { ...identity, userAssigned: [{ id: userAssignedId("builder") }] } });
    expect(lineOf(factsOf({ workspace: nameless }), "buildRight").status).toBe("unknown");
  });
});
