/** What the app does only where a setting asks for it. */
import { describe, expect, it } from "vitest";
import { until } from "../../local/until.ts";
import { principalOf, remediate, stateOf, useStack } from "./app.ts";
import { enforcing, platform, registryId, workspace, workspaceIdOf } from "./cast.ts";

const everybody = { id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" };
const pull = "Microsoft.ContainerRegistry/registries/pull/read";
const guarded = registryId.replace(/[^/]+$/, "guarded");
const [denied, gone] = ["denied", "gone"].map((name) => workspaceIdOf(name)) as [string, string];

const stack = useStack({
  azure: {
    fixture: {
      resources: [
        ...platform,
        { id: guarded },
        { ...workspace("denied"), properties: { containerRegistry: guarded } },
        workspace("gone"),
      ],
      denyAssignments: [
        { denyAssignmentName: "guard", scope: guarded, permissions: [{ actions: [pull] }], principals: [everybody] },
      ],
    },
    settings: { registrySeconds: 2 },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_REGISTRY_RULES: JSON.stringify([{ registryIds: [registryId, guarded] }]),
    REMEDIATOR_ADMIN_USER_REGISTRIES: guarded,
    REMEDIATOR_PRUNE: "on",
  },
});

const writesOf = (method: string, pattern: RegExp): readonly string[] =>
  stack.azure.requests
    .filter((request) => request.isSelf && request.method === method && pattern.test(request.path))
    .map(({ path }) => path);

describe("the admin user, allowed for a registry", () => {
  it("stands in for a grant that a deny assignment makes useless, with a warning and the oracle's consent", async () => {
    const { body } = await remediate(stack.host, denied);
    expect(body).toMatchObject({ outcome: "remediated", warnings: [{ reason: "AdminUserInUse" }] });
    expect(writesOf("PATCH", /registries\/guarded$/)).toHaveLength(1);
    expect(writesOf("PUT", /roleAssignments/).filter((path) => path.startsWith(guarded))).toEqual([]);
    expect(stack.azure.world.get(guarded)?.properties.adminUserEnabled).toBe(true);
    const found = stack.azure.world.get(denied);
    expect(found !== undefined && stack.azure.world.keySync.hasAdminPassword(found)).toBe(true);
    const { history = [] } = (await stateOf(stack.host, denied)) ?? {};
    expect(JSON.stringify(history)).toContain("secret");
  });
});

describe("pruning, switched on", () => {
  it("removes the grant that was made for a workspace once it is gone for certain", async () => {
    expect((await remediate(stack.host, gone)).body).toMatchObject({ outcome: "remediated" });
    const principalId = principalOf(stack.azure, gone);
    const held = (): number =>
      stack.azure.world.roles.assignments().filter((one) => one.principalId === principalId).length;
    expect(held()).toBe(1);
    stack.azure.world.delete(gone);
    await until("its grant to be removed", () => held() === 0);
    expect(writesOf("DELETE", /roleAssignments/)).toHaveLength(1);
    expect(await stateOf(stack.host, gone)).toMatchObject({ outcome: "gone" });
  });
});
