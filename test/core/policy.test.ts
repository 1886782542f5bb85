import { describe, expect, it } from "vitest";
import { formatId, type RegistryId } from "../../src/core/arm-id.ts";
import type { ObservedWorkspace } from "../../src/core/observation.ts";
import { allowedRegistries, desiredRegistry, type Policy } from "../../src/core/policy.ts";
import { home, recase, registryId, second, workspaceId } from "./ids.ts";
import { contoso, other, policyOf, withoutDefault, workspaceOf } from "./samples.ts";

const third = registryId("third");

function allowed(policy: Partial<Policy>, workspace: Partial<ObservedWorkspace> = {}): string[] {
  return allowedRegistries(policyOf(policy), workspaceOf(workspace)).map(({ name }) => name);
}

describe("the registries that are allowed for a workspace", () => {
  it("are those of the first rule that matches, and no others", () => {
    const rules = [
      { resourceGroup: "elsewhere", registries: [third] },
      { resourceGroup: "ml", registries: [other, third] },
      { subscriptionId: home, registries: [contoso] },
    ];
    expect(allowed({ rules })).toEqual(["other", "third"]);
    expect(allowed({ rules }, { id: workspaceId("ws", home, "else") })).toEqual(["contoso"]);
  });

  it("are the default registry where no rule matches, and none where there is no default", () => {
    const rules = [{ subscriptionId: second, registries: [other] }];
    expect(allowed({ rules })).toEqual(["contoso"]);
    expect(allowedRegistries(withoutDefault(policyOf({ rules })), workspaceOf())).toEqual([]);
  });

  it("do not grow by the default registry where a rule matches", () => {
    expect(allowed({ rules: [{ registries: [other] }] })).toEqual(["other"]);
  });

  it.each([
    ["West Europe", "westeurope"],
    ["westeurope", "West Europe"],
    ["WESTEUROPE", "west europe"],
  ])("by location: %j is %j", (rule, location) => {
    expect(allowed({ rules: [{ location: rule, registries: [other] }] }, { location })).toEqual(["other"]);
    expect(allowed({ rules: [{ location: rule, registries: [other] }] }, { location: "north europe" })).toEqual([
      "contoso",
    ]);
  });

  it("need every given part of a rule to match", () => {
    const rules = [{ subscriptionId: home, resourceGroup: "ml", location: "eastus", registries: [other] }];
    expect(allowed({ rules })).toEqual(["contoso"]);
    expect(allowed({ rules }, { location: "East US" })).toEqual(["other"]);
  });

  it("are found whatever casing a rule is written in", () => {
    const rules = [{ subscriptionId: home.toUpperCase(), resourceGroup: "ML", registries: [other] }];
    expect(allowed({ rules })).toEqual(["other"]);
  });

  it("are not widened by a group or a subscription whose name only begins alike", () => {
    const rules = [{ resourceGroup: "ml", registries: [other] }];
    expect(allowed({ rules }, { id: workspaceId("ws", home, "ml-evil") })).toEqual(["contoso"]);
  });
});

describe("the registry that a workspace should use", () => {
  const two = policyOf({ rules: [{ registries: [contoso, other] }] });
  const desired = (more: Partial<ObservedWorkspace>, hub?: ObservedWorkspace, policy = two) =>
    desiredRegistry(policy, workspaceOf(more), hub);
  const tag = (value: string) => ({ "acr-remediation-registry": value });

  it("is the first that is allowed", () => {
    expect(desired({})).toEqual({ kind: "registry", id: contoso });
  });

  it("is the attached one, when that is allowed", () => {
    expect(desired({ containerRegistry: other })).toEqual({ kind: "registry", id: other });
  });

  it.each([["other"], ["OTHER"], ["  other "], [formatId(other)], [recase(formatId(other), 7)]])(
    "is the one that the tag %j chooses, by name or id",
    (value) => {
      expect(desired({ tags: tag(value) })).toEqual({ kind: "registry", id: other });
      expect(desired({ tags: { "ACR-Remediation-Registry": value } })).toEqual({ kind: "registry", id: other });
    },
  );

  it("is the first that is allowed when the tag is empty", () => {
    expect(desired({ tags: tag(" ") })).toEqual({ kind: "registry", id: contoso });
  });

  it.each([
    "third",
    formatId(third),
    formatId(registryId("other", second)),
    "contoso,other",
    "*",
    "../other",
    "__proto__",
    "x".repeat(5_000),
  ])("is none when the tag asks for what is not allowed: %j", (value) => {
    const answer = desired({ tags: tag(value) });
    expect(answer).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
    const message = answer.kind === "blocked" ? answer.message : "";
    expect(message).toContain(JSON.stringify(value.slice(0, 300)));
    expect(message).toContain("Allowed: contoso, other.");
    expect(message.length).toBeLessThan(600);
  });

  it("stays the attached one when the tag asks for another that is allowed, and says why", () => {
    expect(desired({ containerRegistry: contoso, tags: tag("other") })).toEqual({
      kind: "registry",
      id: contoso,
      note: "The tag acr-remediation-registry asks for other, but an attached registry is replaced only where the policy says so: that may break the lineage of earlier jobs.",
    });
  });

  it("is none when another is attached: nothing is granted there, whatever the tag says", () => {
    for (const tags of [{}, tag("third"), tag("contoso")]) {
      const answer = desired({ containerRegistry: third, tags });
      expect(answer).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
      expect(answer).toHaveProperty("message", expect.stringContaining(`is attached to ${formatId(third)}`));
      expect(answer).toHaveProperty("message", expect.stringContaining("Nothing was granted."));
    }
  });

  it("is none when the policy names none for it", () => {
    const nothing = policyOf({ rules: [{ registries: [] }] });
    expect(desired({}, undefined, nothing)).toMatchObject({ kind: "blocked", reason: "NoRegistryAllowed" });
    expect(desired({ containerRegistry: contoso }, undefined, nothing)).toMatchObject({ reason: "NoRegistryAllowed" });
  });

  describe("of a project", () => {
    const hub = (more: Partial<ObservedWorkspace> = {}) =>
      workspaceOf({ id: workspaceId("hub"), kind: "hub", ...more });
    const project = (more: Partial<ObservedWorkspace>, itsHub: ObservedWorkspace | undefined) =>
      desired({ kind: "project", hubId: workspaceId("hub"), ...more }, itsHub);

    it("is its hub's, whatever its tag says", () => {
      const answer = project({ tags: tag("contoso") }, hub({ containerRegistry: other }));
      expect(answer).toEqual({ kind: "registry", id: other });
    });

    it("is its hub's, also where the project itself shows another", () => {
      expect(project({ containerRegistry: contoso }, hub({ containerRegistry: other }))).toMatchObject({ id: other });
    });

    it("is waited for while its hub has none", () => {
      const answer = project({}, hub());
      expect(answer).toMatchObject({ kind: "hubPending" });
      expect(answer).toHaveProperty("message", expect.stringContaining("its hub hub has no registry yet"));
    });

    it("is waited for while its hub cannot be seen", () => {
      expect(project({}, undefined)).toEqual({
        kind: "hubPending",
        message: "This is a project, and its hub does not exist or cannot be seen.",
      });
    });

    it("must be allowed for the project", () => {
      const answer = project({}, hub({ containerRegistry: third }));
      expect(answer).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
      expect(answer).toHaveProperty("message", expect.stringContaining("inherits from its hub"));
    });

    it("follows the project's own rule, not the hub's", () => {
      const rules = [
        { resourceGroup: "hubs", registries: [third] },
        { resourceGroup: "ml", registries: [contoso] },
      ];
      const theHub = hub({ id: workspaceId("hub", home, "hubs"), containerRegistry: third });
      const answer = desired({ kind: "project", hubId: theHub.id }, theHub, policyOf({ rules }));
      expect(answer).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
    });
  });
});

describe("what is allowed", () => {
  it("is the same registry in whatever casing Azure writes it", () => {
    const shouted: RegistryId = { ...registryId(contoso.name.toUpperCase(), home.toUpperCase()) };
    expect(desiredRegistry(policyOf(), workspaceOf({ containerRegistry: shouted }), undefined)).toEqual({
      kind: "registry",
      id: shouted,
    });
  });
});
