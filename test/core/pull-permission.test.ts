import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Permission, permitsPull, pullRoles, type RegistryMode } from "../../src/core/pull-permission.ts";
import { actions, dataActions, roles } from "./roles.ts";

const legacy = "LegacyRegistryPermissions" satisfies RegistryMode;
const abac = "AbacRepositoryPermissions" satisfies RegistryMode;
const content = "Microsoft.ContainerRegistry/registries/repositories/content/read";
const metadata = "Microsoft.ContainerRegistry/registries/repositories/metadata/read";

function permission(more: Partial<Permission>): Permission {
  return { actions: [], notActions: [], dataActions: [], notDataActions: [], ...more };
}

describe("in legacy mode", () => {
  it.each([
    ["Microsoft.ContainerRegistry/registries/pull/read"],
    ["microsoft.containerregistry/REGISTRIES/pull/read"],
    ["*"],
    ["*/read"],
    ["Microsoft.ContainerRegistry/*"],
    ["Microsoft.ContainerRegistry/registries/*"],
    ["Microsoft.ContainerRegistry/registries/pull/*"],
    ["Microsoft.ContainerRegistry/*/read"],
    ["Microsoft.*/registries/*/read"],
    ["*pull*"],
  ])("%s permits pulling", (action) => {
    expect(permitsPull(actions(action), legacy)).toBe(true);
  });

  it.each([
    [""],
    ["Microsoft.ContainerRegistry/registries/read"],
    ["Microsoft.ContainerRegistry/registries/push/write"],
    ["*/write"],
    ["*/pull/read/"],
    ["Microsoft.ContainerRegistry/registries/pull"],
    ["Microsoft-ContainerRegistry/registries/pull/read"],
    ["*/registries/*/pull/read"],
    ["Microsoft.ContainerRegistry/registries/pull/r*read"],
    [".*"],
  ])("%j does not", (action) => {
    expect(permitsPull(actions(action), legacy)).toBe(false);
  });

  it("what notActions take away is not permitted", () => {
    for (const without of ["*/read", "Microsoft.ContainerRegistry/registries/PULL/read", "*"])
      expect(permitsPull([permission({ actions: ["*"], notActions: [without] })], legacy)).toBe(false);
    expect(permitsPull([permission({ actions: ["*"], notActions: ["Microsoft.Authorization/*/write"] })], legacy)).toBe(
      true,
    );
  });

  it("notActions take away only within their own block", () => {
    const blocks = [permission({ actions: ["*"], notActions: ["*"] }), permission({ actions: ["*/read"] })];
    expect(permitsPull(blocks, legacy)).toBe(true);
  });

  it("data actions do not count", () => {
    expect(permitsPull(dataActions("*"), legacy)).toBe(false);
    expect(permitsPull(roles["Container Registry Repository Reader"], legacy)).toBe(false);
  });

  it("no permissions permit nothing", () => {
    expect(permitsPull([], legacy)).toBe(false);
  });
});

describe("in ABAC mode", () => {
  it("AcrPull, Reader and Owner are not honoured", () => {
    for (const role of ["AcrPull", "Reader", "Owner"] as const) expect(permitsPull(roles[role], abac)).toBe(false);
  });

  it("reading both content and metadata of repositories permits pulling", () => {
    expect(permitsPull(dataActions(content, metadata), abac)).toBe(true);
    expect(permitsPull([...dataActions(content), ...dataActions(metadata)], abac)).toBe(true);
    expect(permitsPull(dataActions("Microsoft.ContainerRegistry/registries/repositories/*"), abac)).toBe(true);
    expect(permitsPull(dataActions(content), abac)).toBe(false);
    expect(permitsPull(dataActions(metadata), abac)).toBe(false);
  });

  it("what notDataActions take away is not permitted", () => {
    expect(permitsPull([permission({ dataActions: ["*"], notDataActions: ["*/content/read"] })], abac)).toBe(false);
  });
});

describe("the roles that are granted", () => {
  it("permit pulling in their own mode", () => {
    expect(pullRoles[legacy]).toEqual({ name: "AcrPull", id: "7f951dda-4ed3-4680-a7ca-43fe172d538d" });
    expect(permitsPull(roles.AcrPull, legacy)).toBe(true);
    expect(pullRoles[abac].id).toBe("b93aa761-3e63-49ed-ac28-beffa264f7ac");
    expect(permitsPull(roles["Container Registry Repository Reader"], abac)).toBe(true);
  });
});

describe("wildcards", () => {
  it("match as a regular expression would", () => {
    const pattern = fc
      .array(fc.constantFrom("*", "*", "microsoft.containerregistry", "/", "registries", "pull", "read", "/pull/", "r"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, (text) => {
        const escaped = text.replaceAll(".", "\\.").replaceAll("*", ".*");
        const expected = new RegExp(`^${escaped}$`, "i").test("Microsoft.ContainerRegistry/registries/pull/read");
        return permitsPull(actions(text), legacy) === expected;
      }),
      { numRuns: 1_000 },
    );
  });
});
