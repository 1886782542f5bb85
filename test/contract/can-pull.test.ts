/** The oracle: whether somebody can really pull, from first principles. */
import { describe, expect, test } from "vitest";

import { canPrincipalPull } from "../../local/azure/can-pull.ts";
import { parseFixture } from "../../local/azure/fixture.ts";
import type { Fixture } from "../../local/azure/index.ts";
import { parseSettings } from "../../local/azure/settings.ts";
import { World } from "../../local/azure/world.ts";
import { acrPullId, authorization, azureOf, group, raw, registryId, subscriptionId, workspaceId } from "./stand-in.ts";

type Part<Name extends "roleAssignments" | "denyAssignments" | "roleDefinitions"> = NonNullable<Fixture[Name]>[number];
type Grant = Omit<Part<"roleAssignments">, "principalId"> & { principalId?: string };

const puller = "6d0d0000-0000-4000-8000-00000000000a";
const team = "6d0d0000-0000-4000-8000-00000000000b";
const everybody = "6d0d0000-0000-4000-8000-00000000000c";
const subscription = `/subscriptions/${subscriptionId}`;
const management = "/providers/Microsoft.Management/managementGroups/root";
const anyone = [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }];
const as = (id: string, type = "ServicePrincipal"): Part<"denyAssignments">["principals"] => [{ id, type }];
const pullRead = "Microsoft.ContainerRegistry/registries/pull/read";
const contentRead = "Microsoft.ContainerRegistry/registries/repositories/content/read";
const metadataRead = "Microsoft.ContainerRegistry/registries/repositories/metadata/read";
const reader = "Container Registry Repository Reader";
const attached = { id: workspaceId, properties: { containerRegistry: registryId } };

interface Given {
  readonly mode?: "Legacy" | "Abac";
  readonly grants?: readonly Grant[];
  readonly denials?: readonly Omit<Part<"denyAssignments">, "denyAssignmentName">[];
  /** Permissions of roles of our own, by their name. */
  readonly roles?: Readonly<Record<string, Part<"roleDefinitions">["permissions"]>>;
}

/** A world with one principal, who is in a team, which is in everybody; grants without a principal are to that one. */
function worldOf({ mode = "Legacy", grants = [], denials = [], roles = {} }: Given): World {
  const roleAssignmentMode = mode === "Abac" ? "AbacRepositoryPermissions" : "LegacyRegistryPermissions";
  const fixture = parseFixture({
    resources: [{ id: registryId, properties: { roleAssignmentMode } }, attached],
    users: [puller],
    groups: [
      { id: team, members: [puller] },
      { id: everybody, members: [team] },
    ],
    roleDefinitions: Object.entries(roles).map(([roleName, permissions], index) => ({
      id: `7c0d0000-0000-4000-8000-00000000000${index}`,
      roleName,
      permissions,
      assignableScopes: ["/"],
    })),
    roleAssignments: grants.map((grant) => ({ principalId: puller, ...grant })),
    denyAssignments: denials.map((denial) => ({ denyAssignmentName: "locked", ...denial })),
  } satisfies Fixture);
  return new World(fixture, parseSettings({}), () => Date.parse("2026-03-01T12:00:00Z"));
}

const rightIn = (given: Given): boolean | undefined => canPrincipalPull(worldOf(given), workspaceId, puller)?.right;
const held = (role: string, more: Partial<Grant> = {}): readonly Grant[] => [{ scope: registryId, role, ...more }];
const custom = (...permissions: Part<"roleDefinitions">["permissions"]): Given => ({
  roles: { custom: permissions },
  grants: held("custom"),
});

describe("which roles give the right", () => {
  test.each([
    ["AcrPull", true, false],
    ["AcrPush", true, false],
    ["AcrDelete", false, false],
    ["Reader", true, false],
    ["Contributor", true, false],
    ["Owner", true, false],
    ["Azure AI Administrator", true, false],
    ["Role Based Access Control Administrator", true, false],
    ["Container Registry Repository Reader", false, true],
    ["Container Registry Repository Writer", false, true],
    ["Container Registry Repository Contributor", false, true],
  ])("%s: %s where the registry has permissions, %s where its repositories have", (role, legacy, abac) => {
    expect(rightIn({ grants: held(role) })).toBe(legacy);
    expect(rightIn({ mode: "Abac", grants: held(role) })).toBe(abac);
  });

  test.each<[string, boolean, Given]>([
    ["none", false, {}],
    ["the action itself", true, custom({ actions: [pullRead] })],
    ["in another case", true, custom({ actions: [pullRead.toUpperCase()] })],
    ["a wildcard in the middle", true, custom({ actions: ["Microsoft.ContainerRegistry/*/read"] })],
    ["a wildcard that ends elsewhere", false, custom({ actions: ["Microsoft.ContainerRegistry/*/write"] })],
    ["a prefix without a wildcard", false, custom({ actions: ["Microsoft.ContainerRegistry/registries"] })],
    ["reading the registry only", false, custom({ actions: ["Microsoft.ContainerRegistry/registries/read"] })],
    ["a wildcard less the action", false, custom({ actions: ["*"], notActions: [pullRead] })],
    ["a wildcard less a wildcard", false, custom({ actions: ["*"], notActions: ["*/pull/*"] })],
    ["less something else", true, custom({ actions: ["*"], notActions: ["*/push/*"] })],
    [
      "taken out of one permission, in another",
      true,
      custom({ actions: ["*"], notActions: ["*"] }, { actions: [pullRead] }),
    ],
    ["data actions", false, custom({ dataActions: ["*"] })],
  ])("a role with %s: %s", (_, right, given) => {
    expect(rightIn(given)).toBe(right);
  });

  test.each<[string, boolean, Given]>([
    ["both data actions", true, custom({ dataActions: [contentRead, metadataRead] })],
    ["a wildcard", true, custom({ dataActions: ["Microsoft.ContainerRegistry/registries/repositories/*"] })],
    ["content only", false, custom({ dataActions: [contentRead] })],
    ["metadata only", false, custom({ dataActions: [metadataRead] })],
    ["a wildcard less content", false, custom({ dataActions: ["*"], notDataActions: [contentRead] })],
    ["the same as actions", false, custom({ actions: [contentRead, metadataRead] })],
    ["every action there is", false, custom({ actions: ["*"] })],
  ])("where repositories have permissions, a role with %s: %s", (_, right, given) => {
    expect(rightIn({ ...given, mode: "Abac" })).toBe(right);
  });

  test("two roles together give what neither gives alone", () => {
    const roles = { content: [{ dataActions: [contentRead] }], metadata: [{ dataActions: [metadataRead] }] };
    const grants = [...held("content"), ...held("metadata", { scope: group })];
    expect(rightIn({ mode: "Abac", roles, grants })).toBe(true);
  });
});

test.each<[string, boolean, readonly Grant[]]>([
  ["at the registry", true, held("AcrPull")],
  ["at the registry in another case", true, held("AcrPull", { scope: registryId.toUpperCase() })],
  ["at its group", true, held("AcrPull", { scope: group })],
  ["at its subscription", true, held("AcrPull", { scope: subscription })],
  ["at a management group", true, held("AcrPull", { scope: management })],
  ["at the root", true, held("AcrPull", { scope: "/" })],
  ["at another registry", false, held("AcrPull", { scope: `${registryId}2` })],
  ["at another group", false, held("AcrPull", { scope: `${group}2` })],
  ["below the registry", false, held("AcrPull", { scope: `${registryId}/webhooks/hook` })],
  ["at the workspace", false, held("AcrPull", { scope: workspaceId })],
  ["to its group", true, held("AcrPull", { principalId: team, principalType: "Group" })],
  ["to a group of its group", true, held("AcrPull", { principalId: everybody, principalType: "Group" })],
  ["to its group, above", true, held("Reader", { principalId: everybody, scope: management })],
  ["to somebody else", false, held("AcrPull", { principalId: "6d0d0000-0000-4000-8000-0000000000ff" })],
  ["under a condition", false, held("AcrPull", { condition: "@Resource[x] StringEquals 'y'" })],
  ["under an empty condition", true, held("AcrPull", { condition: " " })],
  [
    "under a condition, and without",
    true,
    [...held("AcrPull", { condition: "x" }), ...held("AcrPull", { scope: group })],
  ],
])("a grant %s: %s", (_, right, grants) => {
  expect(rightIn({ grants })).toBe(right);
});

test("a condition is no full right where repositories have permissions either", () => {
  const grants = held(reader, { condition: "@Resource[…repositories:name] StringStartsWith 'team/'" });
  expect(rightIn({ mode: "Abac", grants })).toBe(false);
});

describe("deny assignments", () => {
  const all = { permissions: [{ actions: ["*"], dataActions: ["*"] }], principals: anyone, scope: registryId };

  test.each<[string, boolean, Partial<typeof all> & Partial<Part<"denyAssignments">>]>([
    ["for everybody", false, {}],
    ["for everybody, inherited", false, { scope: subscription }],
    ["for everybody, from a management group", false, { scope: management }],
    ["inherited, but not meant to be", true, { scope: group, doNotApplyToChildScopes: true }],
    ["not inherited, at the registry itself", false, { doNotApplyToChildScopes: true }],
    ["elsewhere", true, { scope: workspaceId }],
    ["for the principal", false, { principals: as(puller) }],
    ["for its group", false, { principals: as(everybody, "Group") }],
    ["for somebody else", true, { principals: as("6d0d0000-0000-4000-8000-0000000000ff") }],
    ["for everybody but the principal", true, { excludePrincipals: as(puller) }],
    ["for everybody but its group", true, { excludePrincipals: as(team, "Group") }],
    [
      "for the principal's group but not for it",
      true,
      { principals: as(team, "Group"), excludePrincipals: as(puller) },
    ],
  ])("one %s leaves the right: %s", (_, right, changes) => {
    const denials = [{ ...all, ...changes }];
    expect(rightIn({ grants: held("Owner"), denials })).toBe(right);
    expect(rightIn({ mode: "Abac", grants: held(reader), denials })).toBe(right);
  });

  test.each<[string, boolean, boolean, Part<"denyAssignments">["permissions"][number]]>([
    ["pulling", false, true, { actions: [pullRead] }],
    ["everything but reading", true, true, { actions: ["*"], notActions: ["*/read"] }],
    ["every action", false, true, { actions: ["*"] }],
    ["every data action", true, false, { dataActions: ["*"] }],
    ["content", true, false, { dataActions: [contentRead] }],
    ["data but content and metadata", true, true, { dataActions: ["*"], notDataActions: ["*/read"] }],
  ])("one of %s leaves the right: %s, and where repositories have permissions: %s", (_, legacy, abac, permission) => {
    const denials = [{ ...all, permissions: [permission] }];
    expect(rightIn({ grants: held("Owner"), denials })).toBe(legacy);
    expect(rightIn({ mode: "Abac", grants: held(reader), denials })).toBe(abac);
  });
});

test.each<[RegExp, Given]>([
  [/^no role assignment permits .*pull\/read$/, {}],
  [/^AcrPull at \/subscriptions.* permits .*pull\/read$/, { grants: held("AcrPull") }],
  [/^AcrPull at .* only under a condition$/, { grants: held("AcrPull", { condition: "x" }) }],
  [
    /^the deny assignment 'locked' at .* forbids/,
    { denials: [{ scope: group, principals: anyone, permissions: [{ actions: ["*"] }] }] },
  ],
])("a reason reads %s", (reason, given) => {
  expect(canPrincipalPull(worldOf(given), workspaceId, puller)?.reasons[0]).toMatch(reason);
});

test("whom the directory does not know has no right, whatever names it", () => {
  const world = worldOf({ grants: held("AcrPull") });
  world.directory.remove(puller);
  expect(canPrincipalPull(world, workspaceId, puller)).toMatchObject({ right: false, effective: false });
});

test("the answer over HTTP: right, effect, network, login and images, each for itself", async () => {
  const repositories = { base: ["1"] };
  const azure = await azureOf(
    { resources: [{ id: registryId, repositories }, attached], users: [puller] },
    { grantDelaySeconds: 300 },
  );
  const ask = async (): Promise<unknown> => {
    const query = new URLSearchParams({ workspace: workspaceId.toUpperCase(), principal: puller, image: "base:1" });
    query.append("image", "base:2");
    return (await raw(azure, `/_local/can-pull?${query.toString()}`)).body;
  };
  const before = { workspace: workspaceId, registry: registryId, principalId: puller, network: true, login: true };
  const images = { "base:1": true, "base:2": false };
  expect(await ask()).toMatchObject({ ...before, right: false, effective: false, images });
  await authorization(azure).roleAssignments.create(registryId, "0b2f1c5e-0000-4000-8000-000000000000", {
    roleDefinitionId: acrPullId,
    principalId: puller,
    principalType: "User",
  });
  expect(await ask()).toMatchObject({ ...before, right: true, effective: false });
  azure.pass(300);
  expect(await ask()).toMatchObject({ right: true, effective: true });
  const policies = { azureADAuthenticationAsArmPolicy: { status: "disabled" } };
  azure.world.patch(registryId, { properties: { policies, publicNetworkAccess: "Disabled" } });
  expect(await ask()).toMatchObject({ right: true, network: false, login: false });
  const approved = [{ properties: { privateLinkServiceConnectionState: { status: "Approved" } } }];
  azure.world.patch(registryId, { properties: { privateEndpointConnections: approved } });
  expect(await ask()).toMatchObject({ network: true });
  azure.world.delete(registryId);
  expect(await ask()).toMatchObject({ registry: null, right: false, images: { "base:1": false } });
  expect((await raw(azure, `/_local/can-pull?workspace=${registryId}`)).status).toBe(404);
  expect((await raw(azure, "/_local/can-pull")).status).toBe(400);
});
