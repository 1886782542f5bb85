/** Worlds in which many identities pull: of workspaces, hubs and projects, of their computes and online endpoints. */
import fc from "fast-check";

import type { Fixture } from "../../local/azure/index.ts";
import { parseRegistryId } from "../../src/core/arm-id.ts";
import type { IdentityScope, Policy } from "../../src/core/policy.ts";
import { subscriptionId } from "./setting.ts";

const subscription = `/subscriptions/${subscriptionId}`;
export const groupOf = (name: string): string => `${subscription}/resourceGroups/${name}`;
const registryIn = (name: string): string =>
  `${groupOf("shared")}/providers/Microsoft.ContainerRegistry/registries/${name}`;
export const identityIn = (group: string, name = "puller"): string =>
  `${groupOf(group)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

export const registries = {
  legacy: registryIn("legacy"),
  abac: registryIn("abac"),
  forbidden: registryIn("forbidden"),
};
/** Which registry the policy allows for the workspaces of a group. */
export const registryOfGroup: Readonly<Record<string, string>> = { team: registries.legacy, Lab: registries.abac };

const pullingRole = "c0570000-0000-4000-8000-000000000001";
const crippledRole = "c0570000-0000-4000-8000-000000000002";

const mostly = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const child = fc.record({
  of: fc.constantFrom("computes", "onlineEndpoints"),
  computeType: mostly("AmlCompute", "ComputeInstance", "amlCOMPUTE", "Kubernetes", "DataFactory"),
  /** Which identities it carries; those named after a place lie in that resource group. */
  identity: fc.constantFrom("none", "system", "near", "near", "allowed", "foreign", "both", "two", "ghost"),
  state: mostly<string | undefined>(undefined, "Failed", "Deleting", "Canceled"),
  comesLater: fc.boolean(),
  isDeleted: mostly(false, true),
});

const workspace = fc.record({
  group: fc.constantFrom("team", "Lab"),
  kind: fc.constantFrom("Default", "Default", "Hub", "Project"),
  identity: mostly("system", "user", "both", "none"),
  attached: mostly<"own" | "forbidden" | undefined>("own", "forbidden", undefined, undefined),
  children: fc.array(child, { maxLength: 4 }),
});

const whose = fc.constantFrom("workspace", "child", "near", "allowed", "foreign");
const grant = fc.record({
  /** Of the workspace of this place, modulo their number. */
  index: fc.nat(2),
  whose,
  through: fc.constantFrom("itself", "itself", "group", "groupInGroup"),
  role: fc.constantFrom("AcrPull", "Reader", "Container Registry Repository Reader", pullingRole, crippledRole),
  at: fc.constantFrom("legacy", "abac", "shared", "subscription", "everything"),
  conditional: mostly(false, true),
  comesLater: fc.boolean(),
});

const denial = fc.record({
  index: fc.nat(2),
  meant: fc.constantFrom("everyone", "everyone", "group", "near", "workspace"),
  except: fc.constantFrom("nobody", "group", "near", "workspace"),
  at: fc.constantFrom("legacy", "abac", "shared", "subscription"),
  keepsToItself: fc.boolean(),
  takes: fc.constantFrom("everything", "everything", "pulling", "content", "writing", "allButPulling"),
  comesLater: fc.boolean(),
});

export const pullWorld = fc.record({
  workspaces: fc.array(workspace, { minLength: 1, maxLength: 3 }),
  grants: fc.array(grant, { maxLength: 4 }),
  denials: fc.array(denial, { maxLength: 2 }),
  /** Whether the mode of a registry changes half-way. */
  switched: mostly<"legacy" | "abac" | undefined>(undefined, "legacy", "abac"),
  revokes: fc.boolean(),
  attach: mostly<Policy["attach"]>("whenMissing", "replace", "never"),
  covers: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Policy["pullPrincipals"]>(["workspace", "compute", "endpoint"]) },
    { weight: 1, arbitrary: fc.subarray<Policy["pullPrincipals"][number]>(["workspace", "compute", "endpoint"]) },
  ),
  scopes: fc.constantFrom("default", "group", "identity", "subscription", "elsewhere"),
  settings: fc.record({
    identityDelaySeconds: mostly(0, 20, 200),
    directoryDelaySeconds: mostly(0, 45),
    pageSize: fc.constantFrom(1, 100),
    platformGrants: fc.boolean(),
  }),
});

export type PullWorld = typeof pullWorld extends fc.Arbitrary<infer Spec> ? Spec : never;
type ChildSpec = PullWorld["workspaces"][number]["children"][number];
type Input = NonNullable<Fixture["resources"]>[number];

export interface PullMember {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly spec: PullWorld["workspaces"][number];
  readonly hub: string | undefined;
  readonly children: readonly { readonly id: string; readonly spec: ChildSpec }[];
}

export function pullMembers({ workspaces }: PullWorld): readonly PullMember[] {
  const idOf = (group: string, index: number): string =>
    `${groupOf(group)}/providers/Microsoft.MachineLearningServices/workspaces/ws-${index}`;
  const hubAt = workspaces.findIndex(({ kind }) => kind === "Hub");
  const hub = workspaces[hubAt];
  return workspaces.map((spec, index) => {
    const id = idOf(spec.group, index);
    return {
      id,
      name: `ws-${index}`,
      group: spec.group,
      spec,
      hub: spec.kind !== "Project" ? undefined : hub === undefined ? `${id}-no-hub` : idOf(hub.group, hubAt),
      children: spec.children.map((one, place) => ({ id: `${id}/${one.of}/kid-${place}`, spec: one })),
    };
  });
}

export function scopesOf({ scopes }: PullWorld): readonly IdentityScope[] | undefined {
  const [, , , , resourceGroup = ""] = groupOf("allowed").split("/");
  switch (scopes) {
    case "default":
      return undefined;
    case "group":
      return [{ subscriptionId: subscriptionId.toUpperCase(), resourceGroup: resourceGroup.toUpperCase() }];
    case "identity": {
      const type = "Microsoft.ManagedIdentity/userAssignedIdentities";
      return [{ subscriptionId, resourceGroup, identity: { subscriptionId, resourceGroup, type, names: ["PULLER"] } }];
    }
    case "subscription":
      return [{ subscriptionId }];
    case "elsewhere":
      return [{ subscriptionId: "22222222-2222-4222-8222-222222222222" }];
  }
}

export const policyParts = {
  subscriptions: [subscriptionId],
  rules: [{ resourceGroup: "LAB", registries: [parseRegistryId(registries.abac)] }],
  defaultRegistry: parseRegistryId(registries.legacy),
};

export function fixtureOf(members: readonly PullMember[]): Fixture {
  const places = ["team", "Lab", "allowed", "foreign"];
  return {
    subscriptions: [{ subscriptionId }],
    resources: [
      { id: registries.legacy },
      { id: registries.abac, properties: { roleAssignmentMode: "AbacRepositoryPermissions" } },
      { id: registries.forbidden },
      ...places.map((place) => ({ id: identityIn(place) })),
      ...members.map(workspaceInput),
      ...members.flatMap((member) => member.children.filter(({ spec }) => !spec.comesLater).map(childInput(member))),
    ],
    roleDefinitions: [
      {
        id: pullingRole,
        roleName: "Puller",
        permissions: [
          {
            actions: ["Microsoft.ContainerRegistry/*/pull/READ"],
            dataActions: ["Microsoft.ContainerRegistry/registries/repositories/*"],
            notDataActions: ["*/write"],
          },
        ],
        assignableScopes: [subscription],
      },
      {
        id: crippledRole,
        roleName: "Everything else",
        permissions: [
          {
            actions: ["*"],
            notActions: ["*/registries/pull/*"],
            dataActions: ["*"],
            notDataActions: ["*/metadata/read"],
          },
        ],
        assignableScopes: [subscription],
      },
    ],
  };
}

function workspaceInput({ id, group, hub, spec: { kind, identity, attached } }: PullMember): Input {
  const registry = attached === "own" ? registryOfGroup[group] : attached && registries[attached];
  const types = { system: "SystemAssigned", user: "UserAssigned", both: "SystemAssigned,UserAssigned", none: "None" };
  const assigned = identity === "user" || identity === "both" ? [identityIn(group)] : [];
  return {
    id,
    kind,
    identity: {
      type: types[identity as keyof typeof types],
      ...(assigned.length === 0
        ? {}
        : { userAssignedIdentities: Object.fromEntries(assigned.map((one) => [one, {}])) }),
    },
    properties: {
      ...(hub === undefined ? {} : { hubResourceId: hub }),
      ...(registry === undefined || hub !== undefined ? {} : { containerRegistry: registry }),
      ...(identity === "both" ? { primaryUserAssignedIdentity: identityIn(group).toUpperCase() } : {}),
    },
  };
}

/** What a child carries, in Azure's order: the first counts where there is no system-assigned one. */
function identitiesOf({ group }: Pick<PullMember, "group">, { identity }: ChildSpec): readonly string[] {
  const carried: Readonly<Record<string, readonly string[]>> = {
    near: [identityIn(group)],
    allowed: [identityIn("allowed")],
    foreign: [identityIn("foreign")],
    both: [identityIn("foreign")],
    two: [identityIn(group), identityIn("foreign")],
    ghost: [identityIn(group, "ghost")],
  };
  return carried[identity] ?? [];
}

export function childInput(member: Pick<PullMember, "group">) {
  return ({ id, spec }: PullMember["children"][number]): Input => {
    const assigned = identitiesOf(member, spec);
    const hasSystem = spec.identity === "system" || spec.identity === "both";
    const type = [...(hasSystem ? ["SystemAssigned"] : []), ...(assigned.length > 0 ? ["UserAssigned"] : [])].join(",");
    return {
      id,
      ...(type === ""
        ? {}
        : { identity: { type, userAssignedIdentities: Object.fromEntries(assigned.map((one) => [one, {}])) } }),
      properties: {
        ...(spec.of === "computes" ? { computeType: spec.computeType } : {}),
        ...(spec.state === undefined ? {} : { provisioningState: spec.state }),
      },
    };
  };
}
