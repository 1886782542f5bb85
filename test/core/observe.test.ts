import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import type { Observation } from "../../src/core/observation.ts";
import { grantAmong } from "../../src/core/grants.ts";
import { observe } from "../../src/core/observe.ts";
import { pullRoles } from "../../src/core/pull-permission.ts";
import { attached, aWorld, simulated, ws } from "./a-world.ts";
import { home, principalId, registryId, storageAccount, workspaceId } from "./ids.ts";
import { actions, roles } from "./roles.ts";
import { contoso, other } from "./samples.ts";
import type { World } from "./world.ts";

function look(world: World, id = ws): Promise<Observation> {
  return observe(
    world.policy,
    { workspace: id, memory: undefined, freshAfter: 0, listAfter: 0 },
    world.azure.reads,
    world.clock.now(),
    new AbortController().signal,
  );
}

describe("a look at a workspace", () => {
  it("that does not exist finds it gone, and reads nothing else", async () => {
    const world = aWorld();
    expect(await look(world, workspaceId("nobody"))).toMatchObject({ kind: "gone", id: workspaceId("nobody") });
    expect(world.azure.calls).toEqual(["workspace"]);
  });

  it("that is left alone reads nothing else", async () => {
    const world = aWorld({ tags: { "acr-remediation": "skip" }, ...attached });
    expect(await look(world)).toMatchObject({ kind: "found", principals: [] });
    expect(world.azure.calls).toEqual(["workspace"]);
  });

  it("that is attached where the policy does not allow reads nothing of that registry", async () => {
    const world = aWorld({ attachments: [{ registry: other, at: -Infinity }] });
    expect(await look(world)).toMatchObject({ kind: "found", principals: [] });
    expect(world.azure.calls).toEqual(["workspace"]);
  });

  it("sees registry, principals, their rights and the storage keys' times", async () => {
    const world = aWorld({ ...attached, storageAccount });
    world.azure.assignments.push({
      principalId: principalId(1),
      registry: contoso,
      role: "Reader",
      through: "a group",
      conditional: false,
      at: -Infinity,
    });
    expect(await look(world)).toMatchObject({
      kind: "found",
      registry: { kind: "found", mode: "LegacyRegistryPermissions" },
      principals: [{ principalId: principalId(1), grant: { held: true, role: "Reader", through: "a group" } }],
      storageKeyTimes: "keys of January",
    });
  });

  it("asks for no grant of an identity that does not exist yet", async () => {
    const world = aWorld({ system: { principalId: principalId(1), appearsAt: Infinity, knownAt: Infinity } });
    expect(await look(world)).toMatchObject({ principals: [{ label: "workspace identity" }] });
    expect(world.azure.calls).toEqual(["workspace", "registry", "children", "children"]);
  });

  it("whose registry is missing says so, and claims nothing of grants", async () => {
    const world = aWorld();
    world.azure.registries.length = 0;
    const seen = await look(world);
    expect(seen).toMatchObject({ registry: { kind: "missing", id: contoso } });
    expect(seen.kind === "found" && seen.principals).toEqual([
      { of: "workspace", label: "workspace identity", principalId: principalId(1) },
    ]);
  });

  it("of kind project looks at its hub, and at the hub's registry", async () => {
    const hub = workspaceId("hub");
    const world = aWorld({ kind: "project", hubId: hub });
    world.azure.workspaces.push(simulated({ id: hub, kind: "hub", ...attached }));
    expect(await look(world)).toMatchObject({ hub: { id: { name: "hub" } }, registry: { id: contoso } });
  });

  it("asks about an identity once, which pulls for the workspace and for a compute of it", async () => {
    const world = aWorld(attached);
    const identity = { systemAssigned: true, systemPrincipalId: principalId(1).toUpperCase(), userAssigned: [] };
    world.azure.reads.children = (_workspace, of) =>
      Promise.resolve(of === "compute" ? [{ of, name: "gpu", provisioningState: "Succeeded", identity }] : []);
    const seen = await look(world);
    expect(seen.kind === "found" && seen.principals.map(({ of }) => of)).toEqual(["workspace", "compute"]);
    expect(world.azure.calls.filter((call) => call === "assignments" || call === "denials")).toHaveLength(2);
  });

  it("does not take registry facts from before the request from a cache", async () => {
    const world = aWorld({ storageAccount });
    const freshAfter: number[] = [];
    const reads = {
      ...world.azure.reads,
      registry: (...given: Parameters<typeof world.azure.reads.registry>) => {
        freshAfter.push(given[1]);
        return world.azure.reads.registry(...given);
      },
      storageKeyTimes: (...given: Parameters<typeof world.azure.reads.storageKeyTimes>) => {
        freshAfter.push(given[1]);
        return world.azure.reads.storageKeyTimes(...given);
      },
    };
    await observe(
      world.policy,
      { workspace: ws, memory: undefined, freshAfter: 123, listAfter: 0 },
      reads,
      world.clock.now(),
      new AbortController().signal,
    );
    expect(freshAfter).toEqual([123, 123]);
  });
});

describe("a grant", () => {
  const assignment = {
    id: "/assignment",
    principalId: principalId(1),
    scope: formatId(registryId("contoso")),
    role: "AcrPull",
    roleDefinitionId: pullRoles.LegacyRegistryPermissions.id,
    permissions: roles.AcrPull,
  };
  const among = (...assignments: Parameters<typeof grantAmong>[0][number][]) =>
    grantAmong(assignments, [], principalId(1), { id: registryId("contoso"), mode: "LegacyRegistryPermissions" });

  it("is found by what a role permits, whatever it is called", () => {
    expect(among({ ...assignment, role: "Our Pullers", permissions: actions("*/pull/read") })).toMatchObject({
      held: true,
      role: "Our Pullers",
    });
    expect(among({ ...assignment, permissions: roles.AcrImageSigner })).toEqual({ held: false });
    expect(among()).toEqual({ held: false });
  });

  it("is the principal's own in whatever casing its id is written, else a group's", () => {
    expect(among({ ...assignment, principalId: principalId(1).toUpperCase() })).toMatchObject({ through: "itself" });
    expect(among({ ...assignment, principalId: principalId(2) })).toMatchObject({ through: "a group" });
  });

  it("with a condition is mentioned and does not count", () => {
    const conditional = { ...assignment, condition: "…" };
    expect(among(conditional)).toEqual({
      held: false,
      note: "its AcrPull has a condition, which may leave repositories out",
      because: "restricted",
    });
    for (const elsewhere of [{ scope: `/subscriptions/${home}` }, { principalId: principalId(2) }])
      expect(among({ ...conditional, ...elsewhere })).toMatchObject({
        held: false,
        note: expect.any(String) as string,
      });
    expect(among(conditional, { ...assignment, role: "Reader", permissions: roles.Reader })).toMatchObject({
      held: true,
      role: "Reader",
    });
  });

  it("is not held through AcrPull where the registry honours repository roles only", () => {
    expect(
      grantAmong([assignment], [], principalId(1), { id: registryId("contoso"), mode: "AbacRepositoryPermissions" }),
    ).toEqual({ held: false });
  });
});
