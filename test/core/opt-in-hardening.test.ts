/** Ways in which the admin user, pruning and the limit of role assignments could do harm. */
import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import type { ObservedChild } from "../../src/core/pull-principals.ts";
import { attached, aWorld, simulated, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { inSync, planned } from "./planning.ts";
import { once } from "./reconciling.ts";
import { contoso, granted, memoryOf, notGranted, observed, registryOf, winarena, workspaceOf } from "./samples.ts";
import type { World } from "./world.ts";

const allowing = { adminUserRegistries: [contoso] };
const compute = {
  ...notGranted,
  of: "compute",
  label: "identity of the compute gpu",
  principalId: principalId(5),
} as const;
const kinds = (world: World): readonly string[] => world.writes.sent.map(({ kind }) => kind);
const planOf = (...given: Parameters<typeof planned>): readonly string[] =>
  planned(...given).actions.map(({ kind }) => kind);

/** A world in which the admin user stands in for a grant that was refused. */
async function fallenBack(firstSight: "sync" | "adopt" = "sync"): Promise<World> {
  const world = aWorld(attached, { ...allowing, firstSight });
  world.azure.denied.add("grant");
  await once(world);
  world.clock.advance(world.policy.waits.youngPermissionMs);
  await once(world);
  return world;
}

/** A compute with an identity of its own. */
function addCompute({ azure }: World): void {
  const identity = { systemAssigned: true, systemPrincipalId: principalId(5), userAssigned: [] };
  azure.reads.children = (_workspace, of) =>
    Promise.resolve(of === "compute" ? [{ of, name: "gpu", provisioningState: "Succeeded", identity }] : []);
}

describe("a permission whose refusal turned out to last", () => {
  const look = (world: World, cause: "sweep" | "http") =>
    once(world, undefined, [{ id: cause, cause, acceptedAt: world.clock.now() }]);

  it("is not waited for once more when it is refused for the next identity", async () => {
    const world = await fallenBack();
    world.clock.advance(60_000);
    addCompute(world);
    const memory = await look(world, "sweep");
    expect(memory.outcome).toMatchObject({ kind: "blocked", reason: "MissingPermission" });
    expect(memory.lacking).toEqual({ action: "Simulated/grant/action", scope: "/" });
  });

  it("is waited for again when somebody asks by hand, who may just have given it", async () => {
    const world = await fallenBack();
    world.clock.advance(60_000);
    addCompute(world);
    expect((await look(world, "http")).outcome).toMatchObject({ kind: "waiting", reason: "PermissionsYoung" });
  });

  it("is forgotten once everybody holds the right", async () => {
    const world = await fallenBack();
    world.azure.denied.clear();
    world.clock.advance(60_000);
    expect((await look(world, "http")).outcome).toMatchObject({ kind: "remediated" });
    expect(world.memoryOf(ws).lacking).toBeUndefined();
  });
});

describe("where a subscription takes no more role assignments", () => {
  const full = { principals: [granted, compute], assignments: 4_000, at: 1e9 } as const;

  it("keys that were rotated are synced all the same", () => {
    const synced = { fingerprint: "of other keys", how: "synced", at: 1 } as const;
    expect(planOf(observed(full), memoryOf({ synced }))).toEqual(["SyncKeys"]);
  });

  it("required images are imported where the registry is attached, and not where it is not", () => {
    const images = [{ image: winarena, presence: { kind: "missing" } }] as const;
    const policy = { requiredImages: [winarena] };
    expect(planOf(observed({ ...full, images }), inSync(observed()), policy)).toEqual(["ImportImage"]);
    const bare = { ...full, images, workspace: workspaceOf() };
    expect(planOf(observed(bare), inSync(observed()), policy)).toEqual([]);
  });

  it("grants of ours that nobody needs make room", () => {
    const grant = {
      of: "compute",
      registryId: formatId(contoso),
      roleId: "r",
      principalId: principalId(9),
      label: "x",
    } as const;
    const memory = { ...inSync(observed()), grants: [{ ...grant, missingSince: 0 }] };
    const children = { listedAt: 1e9, of: ["compute"], principals: [] } as const;
    expect(planOf(observed({ ...full, children }), memory, { prune: true })).toEqual(["PruneGrant"]);
  });

  it("the admin user stands in for the workspace, also when a compute cannot be granted anything", () => {
    expect(planOf(observed({ ...full, principals: [notGranted, compute] }), memoryOf(), allowing)).toContain(
      "EnableAdminUser",
    );
  });
});

describe("the admin user", () => {
  it("gives its password to a workspace whose keys were only ever adopted", async () => {
    expect(kinds(await fallenBack("adopt"))).toEqual(["grant", "grant", "enableAdminUser", "sync"]);
  });

  it("is claimed to let anybody pull only once it is enabled", () => {
    const denied = { ...notGranted, grant: { held: false, because: "denied" } } as const;
    const { findings, warnings } = planned(observed({ principals: [denied] }), memoryOf(), {
      ...allowing,
      mode: "audit",
    });
    expect(findings[1]?.status).toBe("False");
    expect(warnings).toEqual([]);
  });

  it("is not enabled for an identity that was not looked at", () => {
    const unseen = { of: "workspace", label: "u", principalId: principalId(4), unseen: true } as const;
    const refused = { registryId: formatId(contoso), reason: "MissingPermission", at: 0 } as const;
    expect(planOf(observed({ principals: [unseen] }), memoryOf({ refused }), allowing)).not.toContain(
      "EnableAdminUser",
    );
  });

  it("is not called needless while a grant is missing", () => {
    const registry = registryOf({ adminUserEnabled: true });
    const memory = memoryOf({ adminUser: { registryId: formatId(contoso), at: 0 } });
    expect(planned(observed({ principals: [notGranted], registry }), memory, allowing).warnings).toEqual([]);
  });

  it("is not enabled again for whoever mended the grant, disabled it and asks", async () => {
    const world = await fallenBack();
    world.azure.denied.clear();
    world.azure.registries.splice(0, 1, registryOf());
    world.writes.sent.length = 0;
    await once(world, undefined, [{ id: "h", cause: "http", acceptedAt: world.clock.now() }]);
    expect(kinds(world)).toContain("grant");
    expect(kinds(world)).not.toContain("enableAdminUser");
  });

  it("is told of also after a look that could not tell", async () => {
    const world = await fallenBack();
    const provisioning = { state: "Succeeded", at: world.clock.now() + 60_000 };
    world.azure.workspaces.splice(0, 1, simulated({ ...attached, provisioning }));
    expect((await once(world)).warnings).toHaveLength(1);
  });
});

describe("pruning", () => {
  it("does not believe one list of computes twice", async () => {
    const world = aWorld(attached, { prune: true });
    const identity = { systemAssigned: true, systemPrincipalId: principalId(5), userAssigned: [] };
    const gpu: ObservedChild = { of: "compute", name: "gpu", provisioningState: "Succeeded", identity };
    let isListed = true;
    world.azure.reads.children = (_workspace, of) =>
      world.azure.call("children", () => (of === "compute" && isListed ? [gpu] : []));
    await once(world);
    isListed = false; // a list that lags
    world.clock.advance(13 * 3_600_000);
    await once(world);
    isListed = true;
    world.clock.advance(world.policy.waits.staleReadMs);
    await once(world);
    expect(kinds(world)).not.toContain("prune");
  });

  it("that is refused is told of, and ends no earlier than it is done", async () => {
    const world = aWorld({}, { prune: true });
    world.azure.denied.add("prune");
    await once(world);
    world.azure.workspaces.splice(0);
    const reasons = new Set<string>();
    for (let looks = 0; looks < 30; looks += 1) {
      const { outcome, nextLookAt = 0 } = await once(world);
      reasons.add(outcome !== undefined && "reason" in outcome ? outcome.reason : String(outcome?.kind));
      world.clock.advance(Math.max(1, nextLookAt - world.clock.now()));
    }
    expect([...reasons]).toEqual(["gone", "PermissionsYoung", "MissingPermission"]);
    world.azure.denied.clear();
    expect((await once(world)).outcome).toEqual({ kind: "gone" });
    expect(world.memoryOf(ws).grants).toEqual([]);
  });
});
