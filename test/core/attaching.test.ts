import { describe, expect, it } from "vitest";
import { formatId, parseResourceId } from "../../src/core/arm-id.ts";
import { azAttach } from "../../src/core/az-command.ts";
import type { ObservedWorkspace } from "../../src/core/observation.ts";
import { type DesiredRegistry, desiredRegistry, mayBeGranted, type Policy } from "../../src/core/policy.ts";
import { foreign, home, registryId, workspaceId } from "./ids.ts";
import { planned, verdict } from "./planning.ts";
import { contoso, memoryOf, notGranted, observed, other, policyOf, workspaceOf } from "./samples.ts";

const outside = registryId("outside");
const twoAllowed = { rules: [{ registries: [contoso, other] }] };
const bare = workspaceOf();
const attachedTo = (containerRegistry: typeof contoso, tag?: string): ObservedWorkspace =>
  workspaceOf({ containerRegistry, ...(tag === undefined ? {} : { tags: { "acr-remediation-registry": tag } }) });

function desired(attach: Policy["attach"], workspace: ObservedWorkspace): DesiredRegistry {
  return desiredRegistry(policyOf({ ...twoAllowed, attach }), workspace, undefined);
}

describe("with attach: replace", () => {
  it("a registry that is not allowed makes way for the preferred one, or for the one that the tag chooses", () => {
    expect(desired("replace", attachedTo(outside))).toEqual({ kind: "registry", id: contoso, replaces: outside });
    expect(desired("replace", attachedTo(outside, "other"))).toEqual({
      kind: "registry",
      id: other,
      replaces: outside,
    });
  });

  it("one that is allowed makes way only for the one that the tag chooses", () => {
    expect(desired("replace", attachedTo(other))).toEqual({ kind: "registry", id: other });
    expect(desired("replace", attachedTo(other, "OTHER"))).toEqual({ kind: "registry", id: other });
    expect(desired("replace", attachedTo(other, "contoso"))).toEqual({
      kind: "registry",
      id: contoso,
      replaces: other,
    });
  });

  it("a tag still chooses only among what is allowed", () => {
    for (const workspace of [attachedTo(outside, "outside"), attachedTo(contoso, "outside")])
      expect(desired("replace", workspace)).toMatchObject({ kind: "blocked", reason: "RegistryNotAllowed" });
  });

  it("the plan attaches in place of the other, grants on the new one and syncs keys, and says what is attached now", () => {
    const workspace = attachedTo(outside);
    const plan = planned(observed({ workspace, principals: [notGranted] }), memoryOf(), { attach: "replace" });
    expect(plan.actions).toMatchObject([
      { kind: "AttachRegistry", registry: contoso, replaces: outside },
      { kind: "GrantPull", registry: contoso },
      { kind: "SyncKeys", cause: "changed" },
    ]);
    expect(plan.findings[0]).toMatchObject({ status: "False", reason: "OtherAttached" });
    expect(plan.findings[0]?.message).toContain(formatId(outside));
  });

  it("a project's registry is never replaced: it is its hub's", () => {
    const hub = workspaceOf({ id: workspaceId("hub"), kind: "hub", containerRegistry: outside });
    const project = workspaceOf({ id: workspaceId("project"), kind: "project", hubId: hub.id });
    expect(verdict(observed({ workspace: project, hub }), memoryOf(), { attach: "replace" })).toBe(
      "blocked: RegistryNotAllowed",
    );
  });
});

describe("with attach: never", () => {
  it("a workspace without a registry is blocked, with the one to attach", () => {
    const blocked = desired("never", bare);
    expect(blocked).toMatchObject({ kind: "blocked", reason: "NotAttached" });
    expect(blocked).toHaveProperty("message", expect.stringContaining(`yourself: ${azAttach(bare.id, contoso)}`));
    const tags = { "acr-remediation-registry": "other" };
    expect(desired("never", workspaceOf({ tags }))).toHaveProperty("message", expect.stringContaining(formatId(other)));
  });

  it("one that has an allowed one is looked after, and another one stays and is told", () => {
    expect(desired("never", attachedTo(other))).toEqual({ kind: "registry", id: other });
    expect(desired("never", attachedTo(other, "contoso"))).toMatchObject({
      id: other,
      note: expect.any(String) as string,
    });
    expect(desired("never", attachedTo(outside))).toMatchObject({ reason: "RegistryNotAllowed" });
  });
});

describe("an identity that a compute or an endpoint brings along", () => {
  const { resourceGroup } = bare.id;
  const identity = (group = resourceGroup, subscription = home, name = "puller"): string =>
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const may = (
    identityId: string | undefined,
    allowed?: Policy["allowedIdentityScopes"],
    of: "compute" | "workspace" = "compute",
  ) =>
    mayBeGranted(policyOf(allowed === undefined ? {} : { allowedIdentityScopes: allowed }), bare.id, {
      of,
      ...(identityId === undefined ? {} : { identityId }),
    });

  it("must lie in the workspace's resource group unless the policy says otherwise", () => {
    expect(may(identity(resourceGroup.toUpperCase()))).toBe(true);
    expect(may(identity(`${resourceGroup}-2`))).toBe(false);
    expect(may(identity(resourceGroup, foreign))).toBe(false);
  });

  it("must lie in one of the scopes that the policy names, and then nowhere else", () => {
    const group = [{ subscriptionId: home.toUpperCase(), resourceGroup: "Identities" }];
    expect(may(identity("identities"), group)).toBe(true);
    expect(may(identity(), group)).toBe(false);
    expect(may(identity("identities", foreign), group)).toBe(false);
    expect(may(identity("anything"), [{ subscriptionId: home }])).toBe(true);
    expect(may(identity(), [])).toBe(false);
  });

  it("must be the very identity where the policy names one", () => {
    const named = parseResourceId(identity("identities", home, "Shared"));
    const scopes = [{ subscriptionId: home, resourceGroup: "identities", identity: named }];
    expect(may(identity("IDENTITIES", home, "shared"), scopes)).toBe(true);
    expect(may(identity("identities", home, "shared2"), scopes)).toBe(false);
  });

  it("is no matter of scopes where it is system-assigned, or the workspace's own", () => {
    expect(may(undefined, [])).toBe(true);
    expect(may(identity("elsewhere", foreign), [], "workspace")).toBe(true);
  });
});
