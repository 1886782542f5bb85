import { beforeAll, describe, expect, it } from "vitest";
import { canPull } from "../../local/azure/can-pull.ts";
import { until } from "../../local/until.ts";
import { principalOf, remediate, settled, type State, stateOf, useStack, writesFor } from "./app.ts";
import {
  enforcing,
  foreignSubscriptionId,
  groupId,
  otherSubscriptionId,
  platform,
  registryId,
  registryIdOf,
  subscriptionId,
  workspace,
  type WorkspaceShape,
  workspaceIdOf,
} from "./cast.ts";
import { deputyCast, hostileOwners } from "./deputy.suite.ts";

let ahead = 0;
const abacId = registryIdOf("abacml");
const north = "northeurope";
/** In a subscription that holds nearly as many role assignments as Azure allows. */
const crowdedId = registryId.replace(subscriptionId, otherSubscriptionId);
const crowded = "uksouth";
const nearId = `${groupId()}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/near`;
const rules = [
  { location: north, registryIds: [abacId] },
  { location: crowded, registryIds: [crowdedId] },
];

/** Azure itself grants nothing here, and keys are taken as they are: what is written, the app writes because somebody cannot pull. */
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [subscriptionId, otherSubscriptionId, foreignSubscriptionId].map((id) => ({ subscriptionId: id })),
      resources: [
        ...platform,
        { id: abacId, properties: { roleAssignmentMode: "AbacRepositoryPermissions" } },
        { id: crowdedId },
        { id: nearId },
        ...deputyCast,
      ],
    },
    settings: { platformGrants: false },
    now: () => Date.now() + ahead,
  },
  settings: { ...enforcing, REMEDIATOR_FIRST_SIGHT: "adopt", REMEDIATOR_REGISTRY_RULES: JSON.stringify(rules) },
});

const system = { type: "SystemAssigned" };
const userAssigned = (id: string) => ({ type: "UserAssigned", userAssignedIdentities: { [id]: {} } });

/** A workspace that is there before the app hears of it. */
function unheard(name: string, shape: WorkspaceShape = { attached: true }, more: object = {}): string {
  return stack.azure.world.put({ ...workspace(name, shape), ...more }, { event: false }).id;
}

/** One that is right, as the app knows. */
async function right(name: string, shape?: WorkspaceShape, more?: object): Promise<string> {
  const id = unheard(name, shape, more);
  expect((await asked(id)).outcome).toBe("remediated");
  return id;
}

async function asked(id: string): Promise<State> {
  expect((await remediate(stack.host, id)).status).toBe(200);
  return settled(stack.host, id);
}

function compute(workspaceId: string, name: string, identity: object = system): string {
  const properties = { computeType: "AmlCompute" };
  return stack.azure.world.put({ id: `${workspaceId}/computes/${name}`, identity, properties } as never).id;
}

/** Once everybody who pulls for it can, as the stand-in says, and the app says who they are. */
async function allPull(id: string, ...labels: string[]): Promise<State> {
  const state = await until(`${labels.join(", ")} to pull`, async () => {
    const found = await stateOf(stack.host, id);
    const names = found?.principals?.filter(({ canPull: can }) => can).map(({ label }) => label);
    return names?.join() === labels.join() && found?.outcome !== "waiting" && found;
  });
  expect(canPull(stack.azure.world, id)?.principals.map(({ right: can }) => can)).toEqual(labels.map(() => true));
  return state;
}

function rolesOf(principalId: string): string[] {
  const { roles } = stack.azure.world;
  return roles
    .assignments()
    .filter((one) => one.principalId === principalId)
    .map(({ roleId, scope }) => `${roles.definition(roleId)?.roleName ?? ""} on ${scope.split("/").at(-1) ?? ""}`);
}

describe("who pulls besides the workspace", () => {
  it("is heard of when it comes, granted without a key sync, and no longer counted when it is gone", async () => {
    const id = await right("growing");
    const before = writesFor(stack.azure, id).length;
    const gpu = compute(id, "gpu");
    await allPull(id, "workspace identity", "identity of the compute gpu");
    stack.azure.world.put({ id: `${id}/onlineEndpoints/scoring`, identity: userAssigned(nearId) });
    const state = await allPull(
      id,
      "workspace identity",
      "identity of the compute gpu",
      "user-assigned identity near of the online endpoint scoring",
    );
    expect(state.conditions.map(({ type, status }) => [type, status])).toContainEqual(["PullGranted", "True"]);
    expect(writesFor(stack.azure, id).slice(before)).toEqual(["PUT roleAssignments", "PUT roleAssignments"]);
    stack.azure.world.delete(gpu);
    await allPull(id, "workspace identity", "user-assigned identity near of the online endpoint scoring");
  });

  it("is waited for while its identity is late, named meanwhile, and then granted", async () => {
    const id = await right("hurried");
    stack.azure.settings.identityDelaySeconds = 3_600;
    compute(id, "late");
    const waiting = await until("the app to wait", async () => {
      const state = await stateOf(stack.host, id);
      return state?.reason === "IdentityNotReady" && state;
    });
    expect(waiting.message).toContain("Azure has not created the identity of the compute late yet.");
    ahead += 3_600_000;
    stack.azure.settings.identityDelaySeconds = 0;
    await allPull(id, "workspace identity", "identity of the compute late");
  });

  it("is granted on the hub's registry where it pulls for a project", async () => {
    const hub = await right("hub", { attached: true }, { kind: "Hub" });
    const project = unheard("project", {}, { kind: "Project", properties: { hubResourceId: hub } });
    const gpu = compute(project, "gpu");
    await allPull(project, "workspace identity", "identity of the compute gpu");
    expect(rolesOf(principalOf(stack.azure, gpu))).toEqual(["AcrPull on contosoml"]);
    expect(writesFor(stack.azure, project)).not.toContain("PATCH workspaces");
  });
});

it("what a registry honours is granted, and granted anew when the registry honours something else", async () => {
  const id = await right("modern", { attached: abacId, location: north });
  expect(rolesOf(principalOf(stack.azure, id))).toEqual(["Container Registry Repository Reader on abacml"]);
  stack.azure.world.patch(abacId, { properties: { roleAssignmentMode: "LegacyRegistryPermissions" } });
  await until("the right to be there again", () => canPull(stack.azure.world, id)?.principals[0]?.right);
  expect(rolesOf(principalOf(stack.azure, id))).toContain("AcrPull on abacml");
});

describe("what was decided by somebody else", () => {
  it("a deny assignment blocks, names itself, and nothing is granted against it", async () => {
    const id = unheard("denied");
    stack.azure.world.deny({
      denyAssignmentName: "locked by a stack",
      scope: groupId("ml-platform"),
      permissions: [{ actions: ["*"], dataActions: ["*"] }],
      principals: [{ id: principalOf(stack.azure, id), type: "ServicePrincipal" }],
    });
    const state = await asked(id);
    expect(state).toMatchObject({ outcome: "blocked", reason: "DenyAssignment" });
    expect(state.message).toContain("The workspace identity cannot (the deny assignment 'locked by a stack' at");
    expect(writesFor(stack.azure, id)).toEqual([]);
  });

  it("a grant to a group that the identity is in is enough", async () => {
    const id = unheard("teammate");
    const team = "9a000000-0000-4000-8000-000000000001";
    const everybody = "9a000000-0000-4000-8000-000000000002";
    stack.azure.world.directory.addGroup(team, [principalOf(stack.azure, id)]);
    stack.azure.world.directory.addGroup(everybody, [team]);
    stack.azure.world.grant({ scope: registryId, role: "AcrPull", principalId: everybody, principalType: "Group" });
    expect(await asked(id)).toMatchObject({ outcome: "compliant" });
    expect(writesFor(stack.azure, id)).toEqual([]);
  });

  it("a grant with a condition is left as it is", async () => {
    const id = unheard("restricted");
    const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";
    stack.azure.world.grant({
      scope: registryId,
      role: "AcrPull",
      principalId: principalOf(stack.azure, id),
      condition,
    });
    const state = await asked(id);
    expect(state).toMatchObject({ outcome: "blocked", reason: "ConditionalGrant" });
    expect(state.message).toContain("Somebody restricted the workspace identity");
    expect(writesFor(stack.azure, id)).toEqual([]);
  });

  it("a workspace without an identity is told to get one", async () => {
    const id = unheard("nobody", { attached: true }, { identity: { type: "None" } });
    expect(await asked(id)).toMatchObject({ outcome: "blocked", reason: "NoIdentity" });
    expect(writesFor(stack.azure, id)).toEqual([]);
  });

  it("an identity of the workspace that may pull and not build is compliant, with a warning", async () => {
    const id = unheard("cannot-build", { attached: true }, { identity: userAssigned(nearId) });
    const { principalId } = stack.azure.world.get(nearId)?.properties as { principalId: string };
    if (!rolesOf(principalId).includes("AcrPull on contosoml"))
      stack.azure.world.grant({ scope: registryId, role: "AcrPull", principalId });
    const state = await asked(id);
    expect(state).toMatchObject({ outcome: "compliant", warnings: [{ reason: "CannotBuildImages" }] });
    expect(writesFor(stack.azure, id)).toEqual([]);
  });
});

describe("a subscription that holds nearly as many role assignments as it may", () => {
  const fill = (wanted: number): void => {
    const { world } = stack.azure;
    for (let held = world.roles.countIn(otherSubscriptionId); held < wanted; held += 1) {
      const principalId = `f0000000-0000-4000-8000-${String(held).padStart(12, "0")}`;
      world.grant({ scope: crowdedId, role: "AcrDelete", principalId }, { event: false });
    }
  };

  beforeAll(() => {
    stack.azure.settings.pageSize = 1_000;
  });

  it("is warned of, and still granted to", async () => {
    fill(3_650);
    const id = unheard("near-limit", { attached: crowdedId, location: crowded });
    expect(await asked(id)).toMatchObject({ outcome: "remediated", warnings: [{ reason: "AssignmentsNearLimit" }] });
    expect(writesFor(stack.azure, id)).toEqual(["PUT roleAssignments"]);
  });

  it("and is full, stops everything before the first write", async () => {
    fill(4_000);
    const id = unheard("at-limit", { location: crowded });
    const state = await asked(id);
    expect(state).toMatchObject({ outcome: "blocked", reason: "RoleAssignmentLimit" });
    expect(state.message).toContain("holds 4000 of 4000 role assignments, and 1 more are needed");
    expect(writesFor(stack.azure, id)).toEqual([]);
  });
});

describe("an owner of a workspace who is after somebody else's registry or identity", () => {
  hostileOwners(stack, workspaceIdOf("growing"));
});
