import { describe, expect, it } from "vitest";
import { AzureFailure } from "../../src/core/failure.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { ObservedPrincipal } from "../../src/core/observation.ts";
import { attached, aWorld, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { planned } from "./planning.ts";
import { once } from "./reconciling.ts";
import { contoso, granted, memoryOf, notGranted, observed, other, registryOf, workspaceOf } from "./samples.ts";
import type { World } from "./world.ts";

const allowing = { adminUserRegistries: [contoso] };
const denied = {
  ...notGranted,
  grant: { held: false, note: "the deny assignment 'd' forbids it", because: "denied" },
} as const;
const compute = {
  ...denied,
  of: "compute",
  label: "identity of the compute gpu",
  principalId: principalId(5),
} as const;
const kinds = (world: World): readonly string[] => world.writes.sent.map(({ kind }) => kind);

/** A world in which our grants are refused, and have been for longer than a young permission would be. */
async function refusedWorld(policy = allowing): Promise<World> {
  const world = aWorld(attached, policy);
  world.azure.denied.add("grant");
  await once(world);
  world.writes.sent.length = 0;
  world.clock.advance(world.policy.waits.youngPermissionMs);
  return world;
}

function warnings({ warnings = [] }: Memory): readonly string[] {
  return warnings.map(({ reason }) => reason);
}

describe("the plan, where the policy allows the admin user", () => {
  it("enables it for a workspace whose identity is denied, and syncs keys only once it is there", () => {
    const { actions, ending, findings } = planned(observed({ principals: [denied] }), memoryOf(), allowing);
    expect(actions.map(({ kind }) => kind)).toEqual(["EnableAdminUser", "SyncKeys"]);
    expect(ending.kind).toBe("settled");
    expect(findings[1]).toMatchObject({ status: "False" });
  });

  it("enables it where the subscription takes no more role assignments", () => {
    const full = observed({ principals: [notGranted], assignments: 4_000 });
    expect(planned(full, memoryOf(), allowing).actions.map(({ kind }) => kind)).toContain("EnableAdminUser");
    expect(planned(full).ending).toMatchObject({ reason: "RoleAssignmentLimit" });
  });

  it("is not enabled at the limit for a workspace that nothing is attached to, and nothing is until there is room", () => {
    const lacking: ObservedPrincipal = { ...compute, grant: { held: false } };
    const principals = [notGranted, lacking];
    const bare = observed({ principals, assignments: 4_000, workspace: workspaceOf() });
    expect(planned(bare, memoryOf(), allowing)).toMatchObject({
      actions: [],
      ending: { kind: "blocked", reason: "RoleAssignmentLimit" },
    });
    const here = planned(observed({ principals, assignments: 4_000 }), memoryOf(), allowing).actions;
    expect(here.map(({ kind }) => kind)).toEqual(["EnableAdminUser"]);
  });

  it("does nothing for a compute with an identity of its own, which pulls as itself", () => {
    const { actions, ending } = planned(observed({ principals: [granted, compute] }), memoryOf(), allowing);
    expect(actions.map(({ kind }) => kind)).toEqual(["SyncKeys"]);
    expect(ending).toMatchObject({ kind: "blocked", reason: "DenyAssignment" });
  });

  it("grants first: what was never refused is no reason", () => {
    const { actions } = planned(observed({ principals: [notGranted] }), memoryOf(), allowing);
    expect(actions.map(({ kind }) => kind)).toEqual(["GrantPull", "SyncKeys"]);
  });

  it("lifts no restriction that somebody made", () => {
    const restricted = { ...notGranted, grant: { held: false, because: "restricted" } } as const;
    const { actions, ending } = planned(observed({ principals: [restricted] }), memoryOf(), allowing);
    expect(actions.map(({ kind }) => kind)).not.toContain("EnableAdminUser");
    expect(ending).toMatchObject({ reason: "ConditionalGrant" });
  });

  it.each([
    ["off", {}],
    ["allowed for another registry", { adminUserRegistries: [other] }],
  ])("does not enable it where it is %s", (_what, policy) => {
    const { actions, ending } = planned(observed({ principals: [denied] }), memoryOf(), policy);
    expect(actions.map(({ kind }) => kind)).not.toContain("EnableAdminUser");
    expect(ending).toMatchObject({ kind: "blocked", reason: "DenyAssignment" });
  });

  it("says once it is not needed any more, and leaves it enabled", () => {
    const registry = registryOf({ adminUserEnabled: true });
    const memory = memoryOf({ adminUser: { registryId: planned(observed()).findings[0]?.message ?? "", at: 0 } });
    const { warnings, actions } = planned(observed({ registry }), memory, allowing);
    expect(warnings.map(({ reason }) => reason)).toEqual(["AdminUserNotNeeded"]);
    expect(actions.map(({ kind }) => kind)).toEqual(["SyncKeys"]);
  });
});

describe("a reconcile whose grant is refused for a lasting reason", () => {
  it("enables the admin user, then syncs keys, and is remediated with a warning in state and history", async () => {
    const world = await refusedWorld();
    const memory = await once(world);
    expect(kinds(world)).toEqual(["grant", "enableAdminUser", "sync"]);
    const done = ["sync keys", "enable the admin user of contoso"];
    expect(memory.outcome, "the grant was not made").toEqual({ kind: "remediated", done });
    expect(warnings(memory)).toEqual(["AdminUserInUse"]);
    expect(memory.seen?.principals[0]).toMatchObject({ canPull: true });
    expect(world.stores.historyOf(ws).at(-1)?.notes?.[0]).toContain("secret");
  });

  it("writes nothing again while the reason stands, and tries the grant again a day later", async () => {
    const world = await refusedWorld();
    await once(world);
    world.writes.sent.length = 0;
    world.clock.advance(3_600_000);
    expect((await once(world)).outcome).toEqual({ kind: "compliant" });
    expect(kinds(world)).toEqual([]);
    world.clock.advance(world.policy.waits.contestMs);
    await once(world);
    expect(kinds(world)).toEqual(["grant"]);
  });

  it("grants once it may again, and says that the admin user is needed no longer", async () => {
    const world = await refusedWorld();
    await once(world);
    world.azure.denied.clear();
    world.writes.sent.length = 0;
    world.clock.advance(world.policy.waits.contestMs);
    const memory = await once(world);
    expect(kinds(world)).toEqual(["grant"]);
    expect(warnings(memory)).toEqual(["AdminUserNotNeeded"]);
    expect(memory.refused).toBeUndefined();
  });

  it("waits while the permission may only be young", async () => {
    const world = aWorld(attached, allowing);
    world.azure.denied.add("grant");
    expect((await once(world)).outcome).toMatchObject({ kind: "waiting", reason: "PermissionsYoung" });
    expect(kinds(world)).not.toContain("enableAdminUser");
  });

  it("is blocked where the policy does not allow the admin user", async () => {
    const world = await refusedWorld({ adminUserRegistries: [] });
    expect((await once(world)).outcome).toMatchObject({ kind: "blocked", reason: "MissingPermission" });
    expect(kinds(world)).not.toContain("enableAdminUser");
  });

  it("takes the refusal of a compute's grant for no reason", async () => {
    const world = aWorld(attached, allowing);
    const system = { systemAssigned: true, systemPrincipalId: principalId(5), userAssigned: [] };
    const gpu = { of: "compute", name: "gpu", provisioningState: "Succeeded", identity: system } as const;
    world.azure.reads.children = (_, of) => Promise.resolve(of === "compute" ? [gpu] : []);
    world.writes.grantPull = ({ of }) => {
      const blockedReason = "DisallowedByPolicy";
      if (of === "compute") throw new AzureFailure({ kind: "operatorMustAct", blockedReason, message: "no" });
      throw new AzureFailure({ kind: "transient", message: "later" });
    };
    const memory = await once(world);
    expect(kinds(world)).not.toContain("enableAdminUser");
    expect(memory.refused).toBeUndefined();
  });
});
