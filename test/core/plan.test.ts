import { describe, expect, it } from "vitest";
import type { Memory } from "../../src/core/memory.ts";
import { azGiveIdentity } from "../../src/core/az-command.ts";
import type { Observation } from "../../src/core/observation.ts";
import { describe as tell } from "../../src/core/actions.ts";
import { plan } from "../../src/core/plan.ts";
import { principalId, workspaceId } from "./ids.ts";
import { hash, inSync, planned, verdict } from "./planning.ts";
import * as samples from "./samples.ts";

const { contoso, granted, memoryOf, nameless, notGranted, observed, policyOf, registryOf, workspaceOf } = samples;
const bare = workspaceOf();
const attached = workspaceOf({ containerRegistry: contoso });

const inState = (provisioningState: string) => observed({ workspace: workspaceOf({ provisioningState }) });
const registryInState = (provisioningState: string) => observed({ registry: registryOf({ provisioningState }) });
const project = workspaceOf({ id: workspaceId("project"), kind: "project", hubId: workspaceId("hub") });
const hub = (more = {}) => workspaceOf({ id: workspaceId("hub"), kind: "hub", ...more });

const cases: readonly (readonly [string, Observation, string])[] = [
  ["a workspace that is gone", { kind: "gone", id: workspaceId(), at: 0 }, "gone"],
  [
    "one that is opted out",
    observed({ workspace: workspaceOf({ tags: { "acr-remediation": "skip" } }) }),
    "exempt: OptOutTag",
  ],
  [
    "one with an unknown opt-out",
    observed({ workspace: workspaceOf({ tags: { "acr-remediation": "?" } }) }),
    "exempt: UnknownOptOutTag",
  ],
  [
    "one attached elsewhere",
    observed({ workspace: workspaceOf({ containerRegistry: samples.other }) }),
    "blocked: RegistryNotAllowed",
  ],
  [
    "one that asks for another registry",
    observed({ workspace: workspaceOf({ tags: { "acr-remediation-registry": "x" } }) }),
    "blocked: RegistryNotAllowed",
  ],
  ["one being created", inState("Creating"), "waiting: WorkspaceProvisioning"],
  ["one being updated", inState("updating"), "waiting: WorkspaceProvisioning"],
  ["one being deleted", inState("Deleting"), "waiting: WorkspaceProvisioning"],
  ["one in the state Unknown", inState("Unknown"), "waiting: WorkspaceProvisioning"],
  ["one that failed", inState("Failed"), "blocked: WorkspaceFailed"],
  ["one whose creation was canceled", inState("Canceled"), "blocked: WorkspaceFailed"],
  ["one in a state nobody knows", inState("Paused"), "blocked: WorkspaceFailed"],
  ["one without a state", inState(""), "blocked: WorkspaceFailed"],
  ["one that succeeded in other letters", inState("SUCCEEDED"), "AttachRegistry, SyncKeys (changed), settled"],
  [
    "one whose registry is missing",
    observed({ registry: { kind: "missing", id: contoso } }),
    "blocked: RegistryNotFound",
  ],
  ["one whose registry is being created", registryInState("Creating"), "waiting: RegistryProvisioning"],
  ["one whose registry failed", registryInState("Failed"), "blocked: RegistryFailed"],
  [
    "one whose registry was not looked at",
    { kind: "found", workspace: bare, principals: [], at: 0 },
    "waiting: Transient",
  ],
  [
    "one without an identity",
    observed({ workspace: workspaceOf({ identity: { systemAssigned: false, userAssigned: [] } }), principals: [] }),
    "blocked: NoIdentity",
  ],
  [
    "one that lacks everything",
    observed({ workspace: bare, principals: [notGranted] }),
    "AttachRegistry, GrantPull, SyncKeys (changed), settled",
  ],
  ["one that lacks only its registry", observed({ workspace: bare }), "AttachRegistry, SyncKeys (changed), settled"],
  [
    "one that lacks everything, and whose identity does not exist",
    observed({ workspace: bare, principals: [nameless] }),
    "AttachRegistry, waiting: IdentityNotReady",
  ],
  [
    "one of whose identities one does not exist",
    observed({ principals: [notGranted, nameless] }),
    "GrantPull, waiting: IdentityNotReady",
  ],
  [
    "one whose grants were not looked at",
    observed({ principals: [{ of: "workspace", label: "x", principalId: principalId(1) }] }),
    "GrantPull, SyncKeys (firstSight), settled",
  ],
  ["one seen for the first time", observed(), "SyncKeys (firstSight), settled"],
  ["a hub", observed({ workspace: hub() }), "AttachRegistry, SyncKeys (changed), settled"],
  [
    "a feature store",
    observed({ workspace: workspaceOf({ kind: "featurestore" }) }),
    "AttachRegistry, SyncKeys (changed), settled",
  ],
  ["a project whose hub has no registry", observed({ workspace: project, hub: hub() }), "waiting: HubNotReady"],
  ["a project whose hub does not exist", observed({ workspace: project, hub: undefined }), "waiting: HubNotReady"],
  [
    "a project whose hub has a registry",
    observed({ workspace: project, hub: hub({ containerRegistry: contoso }), principals: [notGranted] }),
    "GrantPull, SyncKeys (firstSight), settled",
  ],
  [
    "a project whose hub uses another registry",
    observed({ workspace: project, hub: hub({ containerRegistry: samples.other }) }),
    "blocked: RegistryNotAllowed",
  ],
];

describe("the plan for a workspace", () => {
  it.each(cases)("for %s", (_what, observation, expected) => {
    expect(verdict(observation)).toBe(expected);
  });

  it("is empty when everything is as it should be and remembered", () => {
    const memory = inSync(observed());
    expect(verdict(observed(), memory)).toBe("settled");
    expect(planned(observed(), memory).findings.map(({ status }) => status)).toEqual(["True", "True", "True"]);
  });

  it("lacks one grant when that was taken away, and no key sync: a sync does nothing for grants", () => {
    expect(verdict(observed({ principals: [notGranted] }), inSync(observed()))).toBe("GrantPull, settled");
  });

  it("of one without an identity names the command that gives it one", () => {
    const identity = { systemAssigned: false, userAssigned: [] };
    const { ending } = planned(observed({ workspace: workspaceOf({ identity }), principals: [] }));
    expect(ending).toHaveProperty("message", expect.stringContaining(azGiveIdentity(bare.id)));
  });

  it("is blocked without an allowed registry", () => {
    const policy = samples.withoutDefault(policyOf());
    expect(plan(policy, observed(), memoryOf(), hash).ending).toMatchObject({ reason: "NoRegistryAllowed" });
  });

  it("is the same in audit mode, which only does not carry it out", () => {
    const observation = observed({ workspace: bare, principals: [notGranted] });
    expect(planned(observation, memoryOf(), { mode: "audit" })).toEqual(planned(observation));
  });

  it("names workspace, registry, principal and role of what it does", () => {
    expect(planned(observed({ workspace: bare, principals: [notGranted] })).actions).toEqual([
      { kind: "AttachRegistry", workspace: bare.id, registry: contoso },
      {
        kind: "GrantPull",
        workspace: bare.id,
        registry: contoso,
        label: "workspace identity",
        principalId: principalId(1),
        role: { name: "AcrPull", id: "7f951dda-4ed3-4680-a7ca-43fe172d538d" },
        of: "workspace",
        isSystemAssigned: true,
      },
      { kind: "SyncKeys", workspace: bare.id, cause: "changed" },
    ]);
  });

  it("grants the role that the registry's mode honours", () => {
    const registry = registryOf({ mode: "AbacRepositoryPermissions" });
    const { actions } = planned(observed({ registry, principals: [notGranted] }));
    expect(actions[0]).toMatchObject({ role: { name: "Container Registry Repository Reader" } });
  });

  it("tells what is done in words", () => {
    const { actions } = planned(observed({ workspace: bare, principals: [notGranted] }));
    expect(actions.map(tell)).toEqual([
      "attach contoso",
      `grant AcrPull on contoso to the workspace identity (${principalId(1)})`,
      "sync keys",
    ]);
  });

  it("grants each principal that lacks the right, and no other", () => {
    const second = { ...notGranted, label: "user-assigned identity two", principalId: principalId(2) };
    const { actions } = planned(observed({ principals: [granted, second] }), inSync(observed()));
    expect(actions.filter(({ kind }) => kind === "GrantPull")).toMatchObject([{ principalId: principalId(2) }]);
  });
});

describe("the findings", () => {
  const found = (observation: Observation, memory?: Memory) =>
    planned(observation, memory).findings.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  it("say of each condition what was found", () => {
    expect(found(observed({ workspace: bare, principals: [notGranted] }))).toEqual([
      "RegistryAttached False NotAttached",
      "PullGranted False NotGranted",
      "KeysSynced Unknown FirstSight",
    ]);
    expect(found(observed({ principals: [nameless] }))).toEqual([
      "RegistryAttached True Attached",
      "PullGranted False IdentityNotReady",
      "KeysSynced Unknown IdentityNotReady",
    ]);
    const ofProject = observed({ workspace: project, hub: hub({ containerRegistry: contoso }) });
    expect(found(ofProject)[0]).toBe("RegistryAttached True InheritedFromHub");
  });

  it("are unknown where the reason stops everything", () => {
    expect(found(inState("Failed"))).toEqual([
      "RegistryAttached Unknown WorkspaceFailed",
      "PullGranted Unknown WorkspaceFailed",
      "KeysSynced Unknown WorkspaceFailed",
    ]);
    expect(found({ kind: "gone", id: workspaceId(), at: 0 })).toEqual([]);
  });

  it("count the principals, and say what each lacks", () => {
    const conditional = {
      ...notGranted,
      label: "user-assigned identity a",
      grant: { held: false, note: "its AcrPull has a condition" } as const,
    };
    const { findings } = planned(
      observed({ principals: [granted, conditional, { of: "workspace", label: "user-assigned identity b" }] }),
    );
    expect(findings[1]?.message).toBe(
      "1 of 3 pull principals hold the right to pull; the user-assigned identity a cannot (its AcrPull has a condition); the user-assigned identity b does not exist yet.",
    );
  });

  it("tell a wait in words that name what is waited for", () => {
    const two = [nameless, { ...nameless, label: "user-assigned identity b" }];
    expect(planned(observed({ principals: two })).ending).toHaveProperty(
      "message",
      "Azure has not created the workspace identity and the user-assigned identity b yet.",
    );
    expect(planned(inState("Creating")).ending).toHaveProperty(
      "message",
      "The workspace is Creating; it is written to only once it is Succeeded.",
    );
  });

  it("carry the note that a tag was not followed", () => {
    const tags = { "acr-remediation-registry": "other" };
    const policy = { rules: [{ registries: [contoso, samples.other] }] };
    const { findings } = planned(observed({ workspace: { ...attached, tags } }), memoryOf(), policy);
    expect(findings[0]?.message).toContain("is replaced only where the policy says so");
  });
});
