import fc from "fast-check";

import type { Azure, Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { parseRegistryId } from "../../src/core/arm-id.ts";
import type { RegistryRule } from "../../src/core/policy.ts";
import { subscriptionId } from "./setting.ts";

const subscription = `/subscriptions/${subscriptionId}`;
const groupOf = (name: string): string => `${subscription}/resourceGroups/${name}`;
const registryIn = (name: string): string =>
  `${groupOf("shared")}/providers/Microsoft.ContainerRegistry/registries/${name}`;

export const registries = {
  legacy: registryIn("legacy"),
  second: registryIn("second"),
  abac: registryIn("abac"),
  /** There, and allowed for nobody. */
  forbidden: registryIn("forbidden"),
  /** Allowed in one group, and not there. */
  missing: registryIn("missing"),
};

/** What the policy of every generated world says. */
export const rules: readonly RegistryRule[] = [
  { resourceGroup: "MODERN", registries: [registries.abac, registries.second].map(parseRegistryId) },
  { resourceGroup: "nowhere", registries: [parseRegistryId(registries.missing)] },
  { location: "northeurope", registries: [parseRegistryId(registries.second)] },
];
export const defaultRegistry = parseRegistryId(registries.legacy);

const pullingRole = "c0570000-0000-4000-8000-000000000001";
const crippledRole = "c0570000-0000-4000-8000-000000000002";
const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";

const grant = fc.record({
  to: fc.constantFrom("itself", "group"),
  role: fc.constantFrom(
    "AcrPull",
    "AcrPush",
    "Reader",
    "Container Registry Repository Reader",
    "Role Based Access Control Administrator",
    pullingRole,
    crippledRole,
  ),
  at: fc.constantFrom("legacy", "abac", "group", "subscription", "everything"),
  conditional: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const seconds = (...choices: number[]) => fc.constantFrom(...choices);

/** One value nine times out of ten, so that worlds with several hostile features still have workspaces that can be right. */
const mostly = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const workspace = fc.record({
  group: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("plain", "Modern") },
    { weight: 1, arbitrary: fc.constant("nowhere") },
  ),
  location: mostly("westeurope", "North Europe"),
  kind: fc.constantFrom("Default", "Hub", "Hub", "FeatureStore", "Project"),
  identity: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("system", "user", "both", "primary") },
    { weight: 1, arbitrary: fc.constant("none" as const) },
  ),
  attached: mostly<keyof typeof registries | undefined>(undefined, "legacy", "second", "abac", "forbidden"),
  optOut: mostly<string | undefined>(undefined, "manage", "skip", " SKIP", "no", "true"),
  wanted: mostly<string | undefined>(undefined, "second", registries.second.toUpperCase(), "forbidden", "../x"),
  isNew: fc.boolean(),
  keysInSync: fc.boolean(),
  hasStorage: fc.boolean(),
  provisioningState: mostly<string | undefined>(undefined, "Failed"),
  grants: fc.array(grant, { maxLength: 2 }),
  /** What somebody does to it once it is right. */
  drift: fc.constantFrom("none", "roleRevoked", "keyRotated", "registryDetached"),
  /** How requests spell its id. */
  casing: fc.constantFrom("asIs", "upper", "lower"),
});

const fault = fc.constantFrom<object[]>(
  [{ match: { method: "GET" }, times: 4, respond: { status: 503, code: "ServiceUnavailable" } }],
  [{ match: { method: "GET" }, times: 2, reset: true }],
  [{ match: {}, times: 2, respond: { status: 429, code: "TooManyRequests", headers: { "retry-after": "3" } } }],
  [{ match: { method: "PUT" }, times: 2, respond: { status: 500, code: "Lost" }, afterEffect: true }],
  [{ match: { method: "PATCH" }, times: 1, reset: true, afterEffect: true }],
  [{ match: { method: "PATCH" }, times: 1, respond: { status: 409, code: "Conflict" } }],
  [{ match: { method: "POST" }, times: 1, respond: { status: 504, code: "GatewayTimeout" }, afterEffect: true }],
  [{ match: { path: "workspaceOperationsStatus" }, times: 2, respond: { status: 500, code: "Later" } }],
  [{ match: { path: "workspaceOperationsStatus" }, times: 1, respond: { status: 404, code: "ResourceNotFound" } }],
  [{ match: { method: "PATCH" }, times: 1, operation: { code: "Unreachable", message: "It broke." } }],
  [{ match: { method: "POST" }, times: 1, operation: { code: "Unreachable", message: "It broke." } }],
);

export const generatedWorld = fc.record({
  workspaces: fc.array(workspace, { minLength: 1, maxLength: 5 }),
  settings: fc.record({
    identityDelaySeconds: seconds(0, 20, 200),
    directoryDelaySeconds: seconds(0, 0, 45, 300),
    provisioningSeconds: seconds(0, 0, 40),
    attachSeconds: seconds(0, 0, 8, 45),
    syncSeconds: seconds(0, 0, 12, 70),
    retryAfterSeconds: seconds(0, 1, 7, 15),
    staleReadSeconds: seconds(0, 0, 0, 20),
    pageSize: seconds(1, 100),
    throttling: fc.boolean(),
  }),
  faults: fc.array(fault, { maxLength: 3 }).map((lists) => lists.flat()),
  adminUser: fc.boolean(),
});

export type WorldSpec = typeof generatedWorld extends fc.Arbitrary<infer Spec> ? Spec : never;
export type WorkspaceSpec = WorldSpec["workspaces"][number];

/** One workspace of the generated world. */
export interface Member {
  readonly id: string;
  /** As requests spell it. */
  readonly spelled: string;
  readonly spec: WorkspaceSpec;
  readonly input: NonNullable<Fixture["resources"]>[number];
  /** Of a project: its hub; the first hub there is, else one that does not exist. */
  readonly hub: string | undefined;
}

export function membersOf({ workspaces }: WorldSpec): readonly Member[] {
  const ids = workspaces.map(
    ({ group }, index) =>
      `${groupOf(group)}/providers/Microsoft.MachineLearningServices/workspaces/Ws-${String(index)}`,
  );
  const firstHub = workspaces.findIndex(({ kind }) => kind === "Hub");
  const hubOf = ({ kind }: WorkspaceSpec): string | undefined =>
    kind === "Project" ? (ids[firstHub] ?? `${ids[0] ?? ""}-no-hub`) : undefined;
  return workspaces.map((spec, index) => {
    const id = ids[index] ?? "";
    const hub = hubOf(spec);
    const spelled = { asIs: id, upper: id.toUpperCase(), lower: id.toLowerCase() }[spec.casing];
    return { id, spelled, spec, hub, input: inputOf(id, spec, hub) };
  });
}

/** What the world has before anything is asked: registries, identities, workspaces that are not new. */
export function fixtureOf(spec: WorldSpec, members: readonly Member[]): Fixture {
  const properties = { adminUserEnabled: spec.adminUser };
  return {
    subscriptions: [{ subscriptionId }],
    resources: [
      { id: registries.legacy, properties },
      { id: registries.second, properties },
      { id: registries.abac, properties: { ...properties, roleAssignmentMode: "AbacRepositoryPermissions" } },
      { id: registries.forbidden, properties },
      ...members.flatMap(({ spec: { group } }) => [
        { id: storageIn(group) },
        ...identitiesIn(group).map((id) => ({ id })),
      ]),
      ...members.filter(({ spec: { isNew } }) => !isNew).map(({ input }) => input),
    ],
    roleDefinitions: [
      definition(pullingRole, "Puller", ["Microsoft.ContainerRegistry/*/pull/READ"], []),
      definition(crippledRole, "Everything else", ["*"], ["Microsoft.ContainerRegistry/registries/pull/*"]),
    ],
  };
}

/** What happens as soon as the world turns: new workspaces, and rights that somebody gives. */
export function begin({ world }: Azure, members: readonly Member[]): void {
  members.filter(({ spec: { isNew } }) => isNew).forEach(({ input }) => world.put(input));
  members.forEach(({ id, spec: { grants, group } }, index) => {
    const principalId = world.get(id)?.identity?.principalId;
    if (principalId === undefined) return;
    const groupId = `9a000000-0000-4000-8000-00000000000${String(index)}`;
    world.directory.addGroup(groupId, [principalId]);
    for (const { to, role, at, conditional } of grants) {
      world.grant({
        scope: scopeOf(at, group),
        role,
        ...(to === "group" ? { principalId: groupId, principalType: "Group" } : { principalId }),
        ...(conditional ? { condition } : {}),
      });
    }
  });
}

/** What was made right goes wrong again, at somebody else's hand. */
export function drift({ world }: Azure, members: readonly Member[]): void {
  for (const { id, hub, spec } of members) {
    const principalId = world.get(id)?.identity?.principalId;
    if (spec.drift === "roleRevoked" && principalId !== undefined)
      for (const scope of Object.values(registries)) world.revoke({ scope, principalId });
    if (spec.drift === "keyRotated") world.rotateStorageKey(storageIn(spec.group));
    if (spec.drift === "registryDetached" && hub === undefined && spec.attached === undefined)
      world.patch(id, { properties: { containerRegistry: undefined } });
  }
}

export function settingsOf({ settings }: WorldSpec): SettingsInput {
  return settings;
}

function inputOf(id: string, spec: WorkspaceSpec, hub: string | undefined): Member["input"] {
  const { group, location, kind, identity, attached, optOut, wanted, keysInSync, hasStorage, provisioningState } = spec;
  const [first = "", second = ""] = identitiesIn(group);
  const types = { system: "SystemAssigned", none: "None", user: "UserAssigned", both: "SystemAssigned,UserAssigned" };
  return {
    id,
    location,
    kind,
    keysInSync,
    tags: {
      ...(optOut === undefined ? {} : { "ACR-Remediation": optOut }),
      ...(wanted === undefined ? {} : { "acr-remediation-registry": wanted }),
    },
    identity: {
      type: identity === "primary" ? "SystemAssigned, UserAssigned" : types[identity],
      ...(identity === "system" || identity === "none"
        ? {}
        : { userAssignedIdentities: { [first.toUpperCase()]: {}, [second]: {} } }),
    },
    properties: {
      ...(hub === undefined ? {} : { hubResourceId: hub }),
      ...(attached === undefined || hub !== undefined ? {} : { containerRegistry: registries[attached] }),
      ...(hasStorage ? { storageAccount: storageIn(group) } : {}),
      ...(identity === "primary" ? { primaryUserAssignedIdentity: second.toLowerCase() } : {}),
      ...(provisioningState === undefined ? {} : { provisioningState }),
    },
  };
}

function identitiesIn(group: string): readonly string[] {
  return ["puller", "Other"].map(
    (name) => `${groupOf(group)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
  );
}

function storageIn(group: string): string {
  return `${groupOf(group)}/providers/Microsoft.Storage/storageAccounts/data`;
}

function scopeOf(at: WorkspaceSpec["grants"][number]["at"], group: string): string {
  switch (at) {
    case "legacy":
    case "abac":
      return registries[at];
    case "group":
      return groupOf(group);
    case "subscription":
      return subscription;
    case "everything":
      return "/";
  }
}

function definition(
  id: string,
  roleName: string,
  actions: string[],
  notActions: string[],
): NonNullable<Fixture["roleDefinitions"]>[number] {
  return { id, roleName, permissions: [{ actions, notActions }], assignableScopes: [subscription] };
}
