/** The app's main journeys with the rights of infra/roles, and whether these are all it needs and nothing besides. */
import { describe, expect, it } from "vitest";
import { documentedRoles, withDocumentedRights } from "../../local/documented-rights.ts";
import { call, pathOf, principalOf, remediate, settled, useStack, wholeRemediation, writesFor } from "../e2e/app.ts";
import {
  enforcing,
  groupId,
  otherSubscriptionId,
  platform,
  registryId,
  storageId,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "../e2e/cast.ts";
import { sweep } from "../e2e/stores.ts";

const platformSubscriptionId = "33333333-3333-4333-8333-333333333333";
/** In a subscription and a group in which the app has nothing else to do. */
const elsewhere = `${groupId("images", platformSubscriptionId)}/providers/Microsoft.ContainerRegistry/registries/shared`;
const storageElsewhere = storageId.replace(subscriptionId, platformSubscriptionId);

const principalId = "0f0f0f0f-0000-4000-8000-00000000000a";

const settings = {
  ...enforcing,
  REMEDIATOR_SUBSCRIPTIONS: `${subscriptionId},${otherSubscriptionId}`,
  REMEDIATOR_REGISTRY_RULES: JSON.stringify([{ subscriptionId: otherSubscriptionId, registryIds: [elsewhere] }]),
};

const azure = {
  fixture: {
    subscriptions: [subscriptionId, otherSubscriptionId, platformSubscriptionId].map((id) => ({ subscriptionId: id })),
    resources: [
      ...platform,
      { id: elsewhere, properties: { roleAssignmentMode: "AbacRepositoryPermissions" } },
      { id: storageElsewhere },
      { ...workspace("asked"), identity: { type: "SystemAssigned", principalId } },
      workspace("swept", { attached: true }),
      {
        ...workspace("far", { subscription: otherSubscriptionId }),
        properties: { storageAccount: storageElsewhere },
      },
    ],
    // What this permits has to be looked up.
    roleAssignments: [{ scope: registryId, role: "AcrDelete", principalId }],
  },
  settings: { attachSeconds: 2, syncSeconds: 2, retryAfterSeconds: 1 },
};

const stack = useStack({ azure: withDocumentedRights(azure, settings), settings });

/** Of a workspace's identity: the roles it holds and where. */
function rolesOf(id: string): string[] {
  const { roles } = stack.azure.world;
  const held = roles.assignments().filter(({ principalId }) => principalId === principalOf(stack.azure, id));
  return held.map(({ roleId, scope }) => `${roles.definition(roleId)?.roleName ?? ""} on ${scope}`);
}

describe("with the documented rights", () => {
  it("a workspace is put right whose event came", async () => {
    const id = workspaceIdOf("created");
    stack.azure.world.put(workspace("created"));
    expect((await settled(stack.host, id)).outcome).toBe("remediated");
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
  });

  it("a workspace is put right that somebody asks for", async () => {
    const id = workspaceIdOf("asked");
    await remediate(stack.host, id, "wait=60");
    expect((await settled(stack.host, id)).outcome).toBe("remediated");
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    expect(rolesOf(id)).toEqual([`AcrDelete on ${registryId}`, `AcrPull on ${registryId}`]);
    expect(stack.azure.world.keysInSync(id)).toBe(true);
  });

  it("a sweep puts right what it finds, also where registry and storage account lie in another subscription", async () => {
    const [swept, far] = [workspaceIdOf("swept"), workspaceIdOf("far", otherSubscriptionId)];
    expect(await sweep(stack.host, stack.azurite)).toMatchObject({ errors: [] });
    expect((await settled(stack.host, swept)).outcome).toBe("remediated");
    expect((await settled(stack.host, far)).outcome).toBe("remediated");
    expect(writesFor(stack.azure, swept)).toEqual(["POST resyncKeys", "PUT roleAssignments"]);
    expect(writesFor(stack.azure, far)).toEqual(wholeRemediation);
    expect(rolesOf(far)).toEqual([`Container Registry Repository Reader on ${elsewhere}`]);
  });

  it("a workspace is diagnosed", async () => {
    const { status, body } = await call(stack.host, "GET", `${pathOf(workspaceIdOf("asked"))}/diagnosis`);
    expect(status).toBe(200);
    expect((body as { verdict: string }).verdict).toBe("No problem was found.");
  });

  it("nothing was refused", () => {
    expect(stack.azure.requests.filter(({ isSelf, status }) => isSelf && [401, 403].includes(status))).toEqual([]);
  });

  it("every one of them was used that no setting asks for", () => {
    const used = new Set(stack.azure.requests.filter(({ isSelf }) => isSelf).map(({ action }) => action));
    const held = Object.values(documentedRoles).filter(({ optIn }) => optIn === null);
    // Needs no role of its own: Resource Graph shows what its caller may read, and nothing else.
    used.delete("Microsoft.ResourceGraph/resources/read");
    expect(used).toEqual(new Set(held.flatMap(({ actions }) => actions)));
  });
});
