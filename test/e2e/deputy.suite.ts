import { expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { deliver, remediate, settled, type State } from "./app.ts";
import { eventOf, foreignSubscriptionId, groupId, registryId, registryIdOf, workspace, workspaceIdOf } from "./cast.ts";

/** Exists, and is allowed to nobody. */
const theirs = registryIdOf("theirs");
const identityIn = (group: string): string =>
  `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/privileged`;
const foreignIdentity = identityIn(groupId("finance"));
/** In a subscription of nobody's policy. */
const outsideIdentity = identityIn(groupId("finance", foreignSubscriptionId));
const outsideWorkspace = workspaceIdOf("outside", foreignSubscriptionId);
const system = { type: "SystemAssigned" };
const as = (id: string) => ({ type: "UserAssigned", userAssignedIdentities: { [id]: {} } });

/** Computes and endpoints that pull for a workspace, all of which it has from the beginning. */
function pullersOf(name: string, identity: object) {
  const id = workspaceIdOf(name);
  return [
    { id: `${id}/computes/gpu`, identity, properties: { computeType: "AmlCompute" } },
    { id: `${id}/onlineEndpoints/scoring`, identity },
  ];
}

/** What this suite needs in the stand-in for Azure. */
export const deputyCast = [
  { id: theirs },
  { id: foreignIdentity },
  { id: outsideIdentity },
  workspace("outside", { subscription: foreignSubscriptionId, attached: true }),
  workspace("tags-theirs", { tags: { "acr-remediation-registry": theirs } }),
  ...pullersOf("tags-theirs", system),
  workspace("attaches-theirs", { attached: theirs }),
  ...pullersOf("attaches-theirs", system),
  workspace("borrows", { attached: true }),
  ...pullersOf("borrows", as(foreignIdentity)),
  workspace("borrows-outside", { attached: true }),
  ...pullersOf("borrows-outside", as(outsideIdentity)),
  { ...workspace("their-hub", { attached: theirs }), kind: "Hub" },
  { ...workspace("under-their-hub"), kind: "Project", properties: { hubResourceId: workspaceIdOf("their-hub") } },
  ...pullersOf("under-their-hub", system),
] as const;

/** No grant is made anywhere that the policy does not allow for a workspace, whatever its owner does with it. */
export function hostileOwners(stack: Stack, victim: string): void {
  async function askFor(name: string): Promise<State> {
    const id = workspaceIdOf(name);
    expect((await deliver(stack.host, [eventOf(id)])).status).toBe(202);
    expect((await remediate(stack.host, id)).status).toBe(200);
    return settled(stack.host, id);
  }

  it.each([
    ["tags-theirs", `asks for "${theirs}"`],
    ["attaches-theirs", `is attached to ${theirs}`],
    ["their-hub", `is attached to ${theirs}`],
    ["under-their-hub", `inherits from its hub ${theirs}`],
  ])("who points at another registry (%s) is told that it is not allowed", async (name, how) => {
    const state = await askFor(name);
    expect(state).toMatchObject({ outcome: "blocked", reason: "RegistryNotAllowed" });
    expect(state.message).toContain(how);
  });

  it.each([
    ["borrows", foreignIdentity],
    ["borrows-outside", outsideIdentity],
  ])("who gives a compute and an endpoint another's identity (%s) gets nothing for it", async (name, identity) => {
    const state = await askFor(name);
    expect(state).toMatchObject({ outcome: "blocked", reason: "IdentityNotAllowed" });
    for (const whose of ["compute gpu", "online endpoint scoring"])
      expect(state.message?.toLowerCase()).toContain(`user-assigned identity privileged of the ${whose}`);
    expect(state.message).toContain(identity);
    expect(state.message).toContain("REMEDIATOR_ALLOWED_IDENTITY_SCOPES");
  });

  it("who forges events that name what is not theirs moves nothing", async () => {
    const forged = (resourceUri: string, operationName: string, verb = "Write") => {
      const event = eventOf(resourceUri);
      const eventType = `Microsoft.Resources.Resource${verb}Success`;
      return { ...event, eventType, data: { ...event.data, operationName, resourceUri } };
    };
    const ml = "Microsoft.MachineLearningServices/workspaces";
    const before = stack.azure.requests.length;
    const { status } = await deliver(stack.host, [
      eventOf(outsideWorkspace),
      forged(`${outsideWorkspace}/computes/gpu`, `${ml}/computes/write`),
      forged(`${victim}/computes/${encodeURIComponent("../../../..")}${theirs}`, `${ml}/computes/write`),
      forged(`${victim}/onlineEndpoints/x/providers${theirs}`, `${ml}/onlineEndpoints/write`),
      forged(theirs, `${ml}/computes/write`),
      forged(theirs, "Microsoft.ContainerRegistry/registries/write"),
      forged(foreignIdentity, `${ml}/write`),
      forged(
        `${theirs}/providers/Microsoft.Authorization/roleAssignments/x`,
        "Microsoft.Authorization/roleAssignments/delete",
        "Delete",
      ),
      forged(
        `/subscriptions/${foreignSubscriptionId}/providers/Microsoft.Authorization/roleDefinitions/x`,
        "Microsoft.Authorization/roleDefinitions/write",
      ),
    ]);
    expect(status).toBe(202);
    // Whatever they led to has been looked at once this has.
    expect((await remediate(stack.host, victim)).status).toBe(200);
    const sent = stack.azure.requests.slice(before).filter(({ isSelf }) => isSelf);
    expect(sent.filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(
      sent.filter(({ path }) => path.includes(foreignSubscriptionId) || path.includes("registries/theirs")),
    ).toEqual([]);
  });

  it("has got nothing on another's registry, and nothing for another's identity", () => {
    const { roles, self } = stack.azure.world;
    const made = roles.assignments().filter(({ createdBy }) => createdBy === self.principalId);
    const scopes = new Set(made.map(({ scope }) => scope));
    expect([...scopes]).toContain(registryId);
    expect([...scopes].filter((scope) => scope.includes("theirs") || !scope.includes("/registries/"))).toEqual([]);
    const others = [foreignIdentity, outsideIdentity].map(
      (id) => stack.azure.world.get(id)?.properties["principalId"] as string,
    );
    expect(made.filter(({ principalId }) => others.includes(principalId))).toEqual([]);
  });
}
