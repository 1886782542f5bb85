import { describe, expect, it } from "vitest";
import { parseResourceId, formatId } from "../../src/core/arm-id.ts";
import type { ObservedIdentity } from "../../src/core/observation.ts";
import { childPrincipal, type ObservedChild, workspacePrincipals } from "../../src/core/pull-principals.ts";
import { principalId, userAssignedId } from "./ids.ts";

const [one, two] = [userAssignedId("one"), userAssignedId("two")];

function principals(identity: Partial<ObservedIdentity>): unknown {
  return workspacePrincipals({ systemAssigned: false, userAssigned: [], ...identity });
}

const system = { systemAssigned: true, systemPrincipalId: principalId(1) };
const both = [
  { id: one, principalId: principalId(2) },
  { id: two, principalId: principalId(3) },
];

describe("who pulls for a workspace", () => {
  it("is nobody without an identity", () => {
    expect(principals({})).toEqual([]);
  });

  it("is its system-assigned identity", () => {
    expect(principals(system)).toEqual([{ of: "workspace", label: "workspace identity", principalId: principalId(1) }]);
  });

  it("is its system-assigned identity also before that exists", () => {
    expect(principals({ systemAssigned: true })).toEqual([{ of: "workspace", label: "workspace identity" }]);
  });

  it("is the primary one of its user-assigned identities, in whatever casing that is named", () => {
    const primary = parseResourceId(formatId(two).toUpperCase());
    expect(principals({ userAssigned: both, primary })).toEqual([
      { of: "workspace", label: "user-assigned identity two", identityId: formatId(two), principalId: principalId(3) },
    ]);
  });

  it("is each of its user-assigned identities where none is primary", () => {
    const all = [
      { of: "workspace", label: "user-assigned identity one", identityId: formatId(one), principalId: principalId(2) },
      { of: "workspace", label: "user-assigned identity two", identityId: formatId(two), principalId: principalId(3) },
    ];
    expect(principals({ userAssigned: both })).toEqual(all);
    expect(principals({ userAssigned: both, primary: userAssignedId("removed") })).toEqual(all);
  });

  it("is the system-assigned identity alone beside user-assigned ones of which none is primary", () => {
    expect(principals({ ...system, userAssigned: both })).toHaveLength(1);
  });

  it("is both the system-assigned and the primary identity", () => {
    expect(principals({ ...system, userAssigned: both, primary: one })).toEqual([
      { of: "workspace", label: "workspace identity", principalId: principalId(1) },
      { of: "workspace", label: "user-assigned identity one", identityId: formatId(one), principalId: principalId(2) },
    ]);
  });

  it("is a user-assigned identity also while its object id is not known", () => {
    expect(principals({ userAssigned: [{ id: one }] })).toEqual([
      { of: "workspace", label: "user-assigned identity one", identityId: formatId(one) },
    ]);
  });
});

describe("who pulls for a compute or an online endpoint", () => {
  const none = { systemAssigned: false, userAssigned: [] };
  const child = (identity: Partial<ObservedIdentity>, more: Partial<ObservedChild> = {}) =>
    childPrincipal({
      of: "compute",
      name: "gpu",
      provisioningState: "Succeeded",
      identity: { ...none, ...identity },
      ...more,
    });

  it("is its system-assigned identity, also beside others and before it exists", () => {
    const label = "identity of the compute gpu";
    expect(child(system)).toEqual({ of: "compute", label, principalId: principalId(1) });
    expect(child({ ...system, userAssigned: both })).toEqual({ of: "compute", label, principalId: principalId(1) });
    expect(child({ systemAssigned: true, userAssigned: both })).toEqual({ of: "compute", label });
  });

  it("is else the first of its user-assigned identities", () => {
    expect(child({ userAssigned: both }, { of: "endpoint", name: "scoring" })).toEqual({
      of: "endpoint",
      label: "user-assigned identity one of the online endpoint scoring",
      identityId: formatId(one),
      principalId: principalId(2),
    });
  });

  it("is nobody without an identity: a compute then pulls as its workspace", () => {
    expect(child({})).toBeUndefined();
  });

  it.each([
    ["Deleting", undefined],
    ["DELETING", undefined],
    ["Failed", principalId(1)],
    ["Canceled", principalId(1)],
    ["Creating", principalId(1)],
    ["Unknown", principalId(1)],
  ])("in the state %s is %s", (provisioningState, expected) => {
    expect(child(system, { provisioningState })?.principalId).toBe(expected);
  });

  it("is nobody where it failed before Azure made it an identity, and is waited for where it may still get one", () => {
    const state = (provisioningState: string) => child({ systemAssigned: true }, { provisioningState });
    expect(state("Failed")).toBeUndefined();
    expect(state("canceled")).toBeUndefined();
    expect(state("Creating")).toEqual({ of: "compute", label: "identity of the compute gpu" });
  });
});
