import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { type Baseline, leastRoles, type Proof } from "../../src/core/baseline.ts";
import type { Remembered, ShownAssignment } from "../../src/core/fleet.ts";
import { covered } from "../../src/core/key-sync.ts";
import { judge, type Shown, type Verdict } from "../../src/core/nominate.ts";
import type { ObservedRegistry } from "../../src/core/observation.ts";
import type { Policy } from "../../src/core/policy.ts";
import { pullRoles } from "../../src/core/pull-permission.ts";
import { workspacePrincipals } from "../../src/core/pull-principals.ts";
import { ShownRights } from "../../src/core/shown-rights.ts";
import { home, principalId, storageAccount, workspaceId } from "./ids.ts";
import { contoso, other, policyOf, registryOf, workspaceOf } from "./samples.ts";

const now = Date.UTC(2026, 0, 15, 12);
const day = 24 * 3_600_000;
const policy = policyOf();
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const ownGrant: ShownAssignment = {
  id: "/assignments/1",
  principalId: principalId(1),
  scope: formatId(contoso),
  roleId: pullRoles.LegacyRegistryPermissions.id,
  isConditional: false,
};
const keysMade = "[1,2]";
const attached = workspaceOf({ containerRegistry: contoso, storageAccount });
const synced = hash(covered(attached, registryOf(), workspacePrincipals(attached.identity), keysMade, undefined));
const settledBaseline: Baseline = {
  fingerprint: synced,
  storageKeyTimes: keysMade,
  of: ["compute", "endpoint"],
  computes: [],
  images: false,
  proved: { registryId: formatId(contoso), mode: "LegacyRegistryPermissions", proofs: [] },
};

function provedBy(...proofs: readonly Proof[]): Baseline {
  return { ...settledBaseline, proved: { ...settledBaseline.proved, proofs } };
}

function rememberedAs(more: Partial<Remembered> = {}): Remembered {
  const known = { workspaceId: formatId(workspaceId()), outcome: "compliant", reason: "" } as const;
  return { ...known, lookedAt: now - day, baseline: settledBaseline, ...more };
}

interface Seen extends Partial<Shown> {
  readonly assignments?: readonly ShownAssignment[];
  readonly registry?: ObservedRegistry | undefined;
  readonly policy?: Policy;
  readonly at?: number;
}

/** Of a workspace that is all right, but for what is given. */
async function judged({ assignments = [ownGrant], at = now, ...seen }: Seen = {}): Promise<Verdict> {
  const rights = new ShownRights(hash);
  for (const one of assignments) rights.add(one);
  const registry = "registry" in seen ? seen.registry : registryOf();
  const shown: Shown = {
    workspace: attached,
    endpoints: [],
    remembered: rememberedAs(),
    storageKeyTimes: keysMade,
    ...seen,
  };
  return judge(seen.policy ?? policy, shown, { rights, registry: () => Promise.resolve(registry), hash, now: at });
}

describe("a workspace that looks right", () => {
  it("is not looked at", async () => {
    expect(await judged()).toEqual({});
  });

  it("is one whose identity holds the least role at the registry, its group or its subscription", async () => {
    const group = `/subscriptions/${home}/resourceGroups/IMAGES`;
    for (const scope of [formatId(contoso).toUpperCase(), group, `/subscriptions/${home}`])
      expect(await judged({ assignments: [{ ...ownGrant, scope }] })).toEqual({});
    for (const scope of [formatId(other), `/subscriptions/${home}/resourceGroups/ml`])
      expect(await judged({ assignments: [{ ...ownGrant, scope }] })).toMatchObject({ reason: "PullNotGranted" });
  });

  it("is also one that was proved to hold the right otherwise, while that assignment is shown", async () => {
    const proofs = [{ principalId: principalId(1).toUpperCase(), assignmentId: "/Assignments/9", roleId: "other" }];
    const remembered = rememberedAs({ baseline: provedBy(...proofs) });
    const toGroup = { ...ownGrant, id: "/assignments/9", principalId: principalId(7), roleId: "other" };
    expect(await judged({ remembered, assignments: [toGroup] })).toEqual({});
    expect(await judged({ remembered, assignments: [] })).toMatchObject({ reason: "PullNotGranted" });
    const conditional = { ...toGroup, isConditional: true };
    expect(await judged({ remembered, assignments: [conditional] })).toMatchObject({ reason: "PullNotGranted" });
  });

  it("is also one that pulls as the admin user, while that is enabled", async () => {
    const registry = registryOf({ adminUserEnabled: true });
    const fingerprint = hash(covered(attached, registry, workspacePrincipals(attached.identity), keysMade, undefined));
    const baseline = { ...provedBy({ principalId: principalId(1) }), fingerprint };
    const remembered = rememberedAs({ baseline, lookedAt: now });
    const allowing = { ...policy, adminUserRegistries: [contoso] };
    expect(await judged({ remembered, registry, assignments: [], policy: allowing })).toEqual({});
    expect(await judged({ remembered, assignments: [], policy: allowing })).toMatchObject({ reason: "PullNotGranted" });
    expect(await judged({ remembered, registry, assignments: [] })).toMatchObject({ reason: "PullNotGranted" });
  });

  it("is also one that is left alone for the reason it was left alone for", async () => {
    const workspace = workspaceOf({ tags: { "acr-remediation": "skip" } });
    const exempt = (reason: string): Remembered => rememberedAs({ outcome: "exempt", reason });
    expect(await judged({ workspace, remembered: exempt("OptOutTag") })).toEqual({});
    expect(await judged({ workspace, remembered: exempt("UnknownOptOutTag") })).toEqual({ reason: "ExemptionChanged" });
    expect(await judged({ workspace })).toEqual({ reason: "ExemptionChanged" });
    expect(await judged({ remembered: exempt("OptOutTag") })).toEqual({ reason: "ExemptionChanged" });
  });
});

describe("a workspace is looked at", () => {
  it("of which nothing, or not enough, is remembered", async () => {
    const { baseline: none, ...withoutBaseline } = rememberedAs();
    expect(none).toBeDefined();
    for (const remembered of [
      undefined,
      rememberedAs({ outcome: "" }),
      rememberedAs({ outcome: "gone" }),
      withoutBaseline,
    ])
      expect(await judged({ remembered })).toMatchObject({ reason: "NotRemembered" });
  });

  it("that has no registry, or not the one that the tag chooses, where the policy replaces", async () => {
    const detached = workspaceOf({ storageAccount });
    expect(await judged({ workspace: detached })).toMatchObject({
      reason: "RegistryNotAttached",
      drift: { attach: true, grants: [], sync: true },
    });
    const rules = [{ registries: [contoso, other] }];
    const workspace = { ...attached, tags: { "acr-remediation-registry": "other" } };
    expect(await judged({ workspace, policy: { ...policy, rules } })).toEqual({});
    expect(await judged({ workspace, policy: { ...policy, rules, attach: "replace" } })).toMatchObject({
      reason: "RegistryNotAttached",
    });
  });

  it("that has a registry which the policy does not allow, or for which the policy names none", async () => {
    const workspace = workspaceOf({ containerRegistry: other });
    expect(await judged({ workspace })).toEqual({ reason: "RegistryNotAllowed" });
    expect(await judged({ policy: { ...policy, rules: [{ registries: [] }] } })).toEqual({
      reason: "RegistryNotAllowed",
    });
  });

  it("that is not ready, or whose registry is not, or could not be read", async () => {
    expect(await judged({ workspace: { ...attached, provisioningState: "Failed" } })).toEqual({ reason: "NotReady" });
    for (const registry of [
      undefined,
      { kind: "missing", id: contoso } as const,
      registryOf({ provisioningState: "Failed" }),
    ])
      expect(await judged({ registry })).toEqual({ reason: "NotReady" });
  });

  it("whose registry reads role assignments in another mode than the role that is held is for", async () => {
    expect(await judged({ registry: registryOf({ mode: "AbacRepositoryPermissions" }) })).toMatchObject({
      reason: "PullNotGranted",
    });
  });

  it("one of whose online endpoints, or computes as they were last listed, may not pull", async () => {
    const endpoint = {
      of: "endpoint",
      label: "identity of the online endpoint e",
      principalId: principalId(2),
    } as const;
    const compute = { of: "compute", label: "identity of the compute c", principalId: principalId(3) } as const;
    const remembered = rememberedAs({ baseline: { ...settledBaseline, computes: [compute] } });
    const drift = (grant: string) => ({ registry: contoso, attach: false, grants: [grant], sync: false });
    expect(await judged({ endpoints: [endpoint] })).toEqual({ reason: "PullNotGranted", drift: drift(principalId(2)) });
    expect(await judged({ remembered })).toEqual({ reason: "PullNotGranted", drift: drift(principalId(3)) });
    const assignments = [ownGrant, { ...ownGrant, principalId: principalId(3) }];
    expect(await judged({ remembered, assignments })).toEqual({});
    const pullPrincipals = ["workspace"] as const;
    expect(await judged({ remembered, endpoints: [endpoint], policy: { ...policy, pullPrincipals } })).toEqual({});
  });

  it("whose keys may have changed: another storage key, another identity", async () => {
    expect(await judged({ storageKeyTimes: "[1,3]" })).toMatchObject({ reason: "KeysNotSynced" });
    expect(await judged({ storageKeyTimes: undefined })).toEqual({});
    const identity = { systemAssigned: true, systemPrincipalId: principalId(5), userAssigned: [] };
    const assignments = [{ ...ownGrant, principalId: principalId(5) }];
    expect(await judged({ workspace: { ...attached, identity }, assignments })).toMatchObject({
      reason: "KeysNotSynced",
    });
  });

  it("whose next look is past due, while one that waits or is blocked is left to its own", async () => {
    for (const outcome of ["waiting", "blocked"] as const) {
      const due = (nextLookAt: number): Remembered => rememberedAs({ outcome, nextLookAt });
      expect(await judged({ remembered: due(now), assignments: [] })).toMatchObject({ isPending: true });
      expect(await judged({ remembered: due(now - policy.waits.followUpMs - 1) })).toEqual({ reason: "Overdue" });
    }
  });

  it("that was not really looked at for days, at the latest after seven, each in a night of its own", async () => {
    const due = async (name: string, days: number): Promise<boolean> => {
      const remembered = rememberedAs({ workspaceId: formatId(workspaceId(name)), lookedAt: now });
      return (await judged({ remembered, at: now + days * day })).reason === "RecheckDue";
    };
    const names = Array.from({ length: 200 }, (_, index) => `ws-${index}`);
    const counts = await Promise.all(
      [3, 4, 5, 6, 7].map(async (days) => {
        const all = await Promise.all(names.map((name) => due(name, days)));
        return all.filter((it) => it).length;
      }),
    );
    expect([counts[0], counts[4]]).toEqual([0, 200]);
    const each = counts.map((count, index) => count - (counts[index - 1] ?? 0)).slice(1);
    for (const count of each) expect(count).toBeGreaterThan(15);
  });
});

describe("what was proved for something else proves nothing", () => {
  const proofs = [{ principalId: principalId(1), assignmentId: "/assignments/9", roleId: "other" }];
  const assignments = [{ ...ownGrant, id: "/assignments/9", principalId: principalId(7), roleId: "other" }];

  it("another mode, or another registry", async () => {
    for (const other of [{ mode: "AbacRepositoryPermissions" } as const, { registryId: "/another" }]) {
      const baseline = provedBy(...proofs);
      const remembered = rememberedAs({ baseline: { ...baseline, proved: { ...baseline.proved, ...other } } });
      expect(await judged({ remembered, assignments })).toMatchObject({ reason: "PullNotGranted" });
    }
  });

  it("another policy: computes that were not looked after, images that were not looked for", async () => {
    const remembered = rememberedAs({ baseline: { ...settledBaseline, of: ["endpoint"] } });
    expect(await judged({ remembered })).toEqual({ reason: "NotRemembered" });
    expect(await judged({ remembered, policy: { ...policy, pullPrincipals: ["workspace"] } })).toEqual({});
    const requiredImages = [{ repository: "base", reference: "1" }];
    expect(await judged({ policy: { ...policy, requiredImages } })).toEqual({ reason: "NotRemembered" });
  });
});

it("in audit mode, keys that were never synced are told of, and are no reason to look each night", async () => {
  const { fingerprint, ...never } = settledBaseline;
  const remembered = rememberedAs({ baseline: never });
  expect(fingerprint).toBeDefined();
  expect(await judged({ remembered, policy: { ...policy, mode: "audit" } })).toEqual({
    drift: { registry: contoso, attach: false, grants: [], sync: true },
  });
  expect(await judged({ remembered })).toMatchObject({ reason: "KeysNotSynced", drift: { sync: true } });
});

it("whether the admin user is still needed is tried once a day", async () => {
  const allowing = { ...policy, adminUserRegistries: [contoso] };
  const remembered = rememberedAs({ baseline: provedBy({ principalId: principalId(1) }), lookedAt: now - day });
  expect(await judged({ remembered, policy: allowing })).toEqual({ reason: "RecheckDue" });
  expect(await judged({ remembered: { ...remembered, lookedAt: now - day + 1 }, policy: allowing })).toEqual({});
});

it("a workspace that lost its identity has nobody who may pull, and no keys to sync", async () => {
  const identity = { systemAssigned: false, userAssigned: [] };
  expect(await judged({ workspace: { ...attached, identity } })).toEqual({ reason: "PullNotGranted" });
});

it("a project whose description leaves out the registry of its hub has the one that was seen", async () => {
  const project = workspaceOf({ kind: "project", storageAccount });
  expect(await judged({ workspace: project })).toEqual({});
});

it("what waits without a time, or for one in the far future, is looked at", async () => {
  for (const nextLookAt of [undefined, now + 400 * day])
    expect(
      await judged({
        remembered: rememberedAs({ outcome: "waiting", ...(nextLookAt === undefined ? {} : { nextLookAt }) }),
      }),
    ).toEqual({ reason: "Overdue" });
});

it("the roles by which a grant proves itself are those that the app grants", () => {
  expect([...leastRoles]).toEqual(Object.values(pullRoles).map(({ id }) => id));
});

describe("a workspace that an operator took out", () => {
  const until = now + 30 * day;
  const out = rememberedAs({ outcome: "exempt", reason: "OperatorExemption", nextLookAt: until });
  const wrong = workspaceOf();

  it("is left alone, however wrong it looks, until its time is over", async () => {
    expect(await judged({ workspace: wrong, remembered: out, assignments: [] })).toEqual({});
    const over = until + policy.waits.followUpMs + 1;
    const later = { ...out, lookedAt: over - day };
    expect(await judged({ workspace: wrong, remembered: later, at: over })).toMatchObject({ reason: "Overdue" });
  });

  it("is looked at when a tag takes it out as well", async () => {
    const tagged = workspaceOf({ tags: { "acr-remediation": "skip" } });
    expect(await judged({ workspace: tagged, remembered: out })).toMatchObject({ reason: "ExemptionChanged" });
  });
});
