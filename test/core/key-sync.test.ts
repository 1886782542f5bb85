import { describe, expect, it } from "vitest";
import type { Grant } from "../../src/core/grants.ts";
import type { Observation } from "../../src/core/observation.ts";
import { principalId, registryId, userAssignedId } from "./ids.ts";
import { inSync, planned, verdict } from "./planning.ts";
import { contoso, granted, memoryOf, nameless, observed, other, registryOf, workspaceOf } from "./samples.ts";

const bare = workspaceOf();
const throughGroup: Grant = {
  held: true,
  assignmentId: "/a",
  role: "Reader",
  roleId: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  scope: "/",
  through: "a group",
};

describe("a key sync", () => {
  const storage = observed({
    workspace: workspaceOf({ containerRegistry: contoso, storageAccount: userAssignedId("s") }),
    storageKeyTimes: "January",
  });

  it.each<readonly [string, Observation]>([
    ["the storage keys were made anew", { ...storage, storageKeyTimes: "June" }],
    ["the storage account is gone", { ...storage, storageKeyTimes: undefined }],
    [
      "the storage account is another",
      { ...storage, workspace: workspaceOf({ containerRegistry: contoso, storageAccount: userAssignedId("t") }) },
    ],
    ["Application Insights is another", { ...storage, workspace: { ...storage.workspace, applicationInsights: "/x" } }],
    ["an identity is another", observed({ ...storage, principals: [{ ...granted, principalId: principalId(9) }] })],
    [
      "an identity came to it",
      observed({ ...storage, principals: [granted, { ...granted, principalId: principalId(9) }] }),
    ],
    ["the admin user was switched on", { ...storage, registry: registryOf({ adminUserEnabled: true }) }],
    ["the registry was taken away", { ...storage, workspace: workspaceOf({ storageAccount: userAssignedId("s") }) }],
  ])("is due when %s", (_what, observation) => {
    expect(verdict(observation, inSync(storage))).toMatch(/SyncKeys \(changed\), settled$/);
  });

  it("is due when the registry is another", () => {
    const policy = { rules: [{ registries: [contoso, other] }] };
    const moved = observed({
      workspace: workspaceOf({ containerRegistry: other }),
      registry: registryOf({ id: other }),
    });
    expect(verdict(moved, inSync(observed()), policy)).toBe("SyncKeys (changed), settled");
  });

  it.each<readonly [string, Observation]>([
    ["a grant came through a group", { ...storage, principals: [{ ...granted, grant: throughGroup }] }],
    ["tags changed", { ...storage, workspace: { ...storage.workspace, tags: { cost: "1" } } }],
    ["the registry is written in another casing", { ...storage, registry: registryOf({ id: registryId("CONTOSO") }) }],
    [
      "the registry reads roles in another mode",
      { ...storage, registry: registryOf({ mode: "AbacRepositoryPermissions" }) },
    ],
  ])("is not due when %s", (_what, observation) => {
    expect(verdict(observation, inSync(storage))).toBe("settled");
  });

  it("does not depend on the order in which identities are listed", () => {
    const second = { ...granted, principalId: principalId(2) };
    const memory = inSync(observed({ principals: [granted, second] }));
    expect(verdict(observed({ principals: [second, granted] }), memory)).toBe("settled");
  });

  it("is owed when a change was begun whose sync was not seen to end, also where nothing differs", () => {
    const memory = { ...inSync(observed()), syncOwed: true };
    expect(verdict(observed(), memory)).toBe("SyncKeys (owed), settled");
    expect(verdict(observed(), memory, { firstSight: "adopt" })).toBe("SyncKeys (owed), settled");
    expect(planned(observed(), memory).findings[2]).toMatchObject({ status: "False", reason: "SyncOwed" });
  });

  it("that is owed is not forgotten where nothing was ever synced and keys are adopted", () => {
    const memory = memoryOf({ syncOwed: true });
    expect(verdict(observed(), memory, { firstSight: "adopt" })).toBe("SyncKeys (owed), settled");
    expect(verdict(observed(), memory)).toBe("SyncKeys (owed), settled");
  });

  it("that is owed waits for the identity", () => {
    const observation = observed({ principals: [nameless] });
    expect(verdict(observation, memoryOf({ syncOwed: true }))).toBe("waiting: IdentityNotReady");
  });

  it("is not made at first sight where keys are adopted as found", () => {
    const adopting = planned(observed(), memoryOf(), { firstSight: "adopt" });
    expect(adopting).toMatchObject({ actions: [], adopt: true, ending: { kind: "settled" } });
    expect(adopting.findings[2]).toMatchObject({ status: "Unknown", reason: "Adopted" });
  });

  it("is made where keys are adopted and a registry is attached", () => {
    expect(verdict(observed({ workspace: bare }), memoryOf(), { firstSight: "adopt" })).toBe(
      "AttachRegistry, SyncKeys (changed), settled",
    );
  });

  it("stays unknown where keys were adopted, and is made once something changed", () => {
    const memory = inSync(storage, "adopted");
    expect(planned(storage, memory).findings[2]).toMatchObject({ status: "Unknown", reason: "Adopted" });
    expect(verdict({ ...storage, storageKeyTimes: "June" }, memory, { firstSight: "adopt" })).toBe(
      "SyncKeys (changed), settled",
    );
  });

  it("is adopted only once everything that it covers is known", () => {
    const observation = observed({ principals: [nameless] });
    expect(planned(observation, memoryOf(), { firstSight: "adopt" })).toMatchObject({ adopt: false, actions: [] });
    expect(planned(observation)).not.toHaveProperty("fingerprint");
  });
});
