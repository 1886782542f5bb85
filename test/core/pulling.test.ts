import { describe, expect, it } from "vitest";
import type { ObservedPrincipal } from "../../src/core/observation.ts";
import { pulling, type Pulling } from "../../src/core/pulling.ts";
import { mostAssignments } from "../../src/core/pull-permission.ts";
import { principalId, workspaceId } from "./ids.ts";
import { type Found, granted, nameless, notGranted, observed, policyOf, registryOf } from "./samples.ts";

const foreignId =
  "/subscriptions/11111111-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/foreign/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs";
const denied: ObservedPrincipal = {
  ...notGranted,
  grant: { held: false, note: "the deny assignment 'locked' at / forbids it, whatever is granted", because: "denied" },
};
const restricted: ObservedPrincipal = {
  ...notGranted,
  grant: { held: false, note: "its AcrPull has a condition", because: "restricted" },
};
const ofCompute = (name: string, id: string, more: Partial<ObservedPrincipal> = {}): ObservedPrincipal => ({
  of: "compute",
  label: `identity of the compute ${name}`,
  principalId: id,
  grant: { held: false },
  ...more,
});
const foreign = ofCompute("gpu", principalId(9), { identityId: foreignId, label: "theirs of the compute gpu" });

function decided(principals: readonly ObservedPrincipal[], more: Partial<Found> = {}): Pulling {
  return pulling(policyOf(), { ...observed({ ...more }), principals }, registryOf());
}

function ending(principals: readonly ObservedPrincipal[], more: Partial<Found> = {}): string {
  const { ending: end } = decided(principals, more);
  return "reason" in end ? `${end.kind}: ${end.reason}` : end.kind;
}

describe("a grant", () => {
  it("is made for whoever lacks it and may have it, and for nobody else", () => {
    const { actions } = decided([granted, nameless, denied, restricted, foreign, ofCompute("a", principalId(5))]);
    expect(actions.map((one) => one.principalId)).toEqual([principalId(5)]);
  });

  it("is one for an identity that pulls for several, and names them all", () => {
    const shared = principalId(5);
    const { actions } = decided([ofCompute("a", shared), ofCompute("b", shared.toUpperCase())]);
    expect(actions).toMatchObject([
      {
        workspace: workspaceId(),
        label: "identity of the compute a and the identity of the compute b",
        principalId: shared,
      },
    ]);
  });

  it("is made where the workspace itself carries what a compute must not bring along", () => {
    const own = { ...notGranted, principalId: principalId(9), identityId: foreignId };
    expect(decided([own, foreign]).actions).toMatchObject([{ principalId: principalId(9) }]);
  });
});

describe("the ending", () => {
  it.each<[string, readonly ObservedPrincipal[], string]>([
    ["nobody pulls", [], "settled"],
    ["all hold the right", [granted], "settled"],
    ["one will be granted", [granted, ofCompute("a", principalId(5))], "settled"],
    [
      "one does not exist yet, whatever else is the matter",
      [nameless, denied, restricted, foreign],
      "waiting: IdentityNotReady",
    ],
    ["one is denied, before anything that we could mend", [denied, restricted, foreign], "blocked: DenyAssignment"],
    ["one is restricted", [restricted, foreign], "blocked: ConditionalGrant"],
    ["one lies outside the allowed scopes", [foreign], "blocked: IdentityNotAllowed"],
    ["one lies outside, and holds the right", [{ ...foreign, grant: granted.grant }] as ObservedPrincipal[], "settled"],
  ])("where %s", (_, principals, expected) => {
    expect(ending(principals)).toBe(expected);
  });

  it("names the identity, where it lies, and the setting that would allow it", () => {
    const { ending: end } = decided([foreign]);
    const message = "message" in end ? end.message : "";
    expect(message).toContain("The theirs of the compute gpu cannot");
    expect(message).toContain(foreignId);
    expect(message).toContain("REMEDIATOR_ALLOWED_IDENTITY_SCOPES");
  });
});

describe("the limit of role assignments", () => {
  const one = [ofCompute("a", principalId(5))];

  it.each([
    [mostAssignments * 0.9 - 2, "settled", []],
    [mostAssignments * 0.9 - 1, "settled", ["AssignmentsNearLimit"]],
    [mostAssignments - 1, "settled", ["AssignmentsNearLimit"]],
    [mostAssignments, "blocked: RoleAssignmentLimit", []],
  ])("where the subscription holds %d and one more is needed", (assignments, expected, warned) => {
    expect(ending(one, { assignments })).toBe(expected);
    expect(decided(one, { assignments }).warnings.map(({ reason }) => reason)).toEqual(warned);
    expect(decided(one, { assignments }).actions).toHaveLength(expected === "settled" ? 1 : 0);
  });

  it("does not matter where nothing is to be granted, and hides no other reason", () => {
    expect(ending([denied], { assignments: mostAssignments + 1 })).toBe("blocked: DenyAssignment");
    expect(ending([granted], { assignments: mostAssignments })).toBe("settled");
  });
});

describe("what is told", () => {
  it("counts those who pull, and says of a young right that it may not act yet", () => {
    const young = { ...granted, grant: { ...granted.grant, since: 0 } } as ObservedPrincipal;
    const told = (at: number): string => decided([young], { at }).finding.message;
    expect(told(599_999)).toContain("(the workspace identity for less than ten minutes, so it may not act yet)");
    expect(told(600_000)).toBe("1 of 1 pull principals hold the right to pull.");
  });

  it("warns of an identity of the workspace that cannot build images, and of no other", () => {
    const { warnings } = decided([{ ...granted, builds: false }, { ...granted, builds: true }, granted]);
    expect(warnings.map(({ reason }) => reason)).toEqual(["CannotBuildImages"]);
  });
});
