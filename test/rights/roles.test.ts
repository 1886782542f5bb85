import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import { documentedRoles } from "../../local/documented-rights.ts";
import { settingNames } from "../../src/settings.ts";
import { broken, registryId, storageId, subscriptionId, workspaceId } from "./scenarios.ts";
import { startWith } from "./told.ts";

const roles = Object.entries(documentedRoles);
const actions = roles.flatMap(([, role]) => [...role.actions, ...role.dataActions]);

describe("the roles of infra/roles", () => {
  it.each(actions)("name what they permit, one by one (%s)", (action) => {
    expect(action).toMatch(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+\/(read|write|delete|action)$/);
  });

  it("leave out whatever shows a secret", () => {
    expect(actions.filter((action) => /\/(list|regenerate)|keys\/read|credential|token|secret/i.test(action))).toEqual(
      [],
    );
  });

  it("permit to grant and to take away under a condition only", () => {
    const mighty = roles.filter(([, role]) =>
      role.actions.some((action) => /^Microsoft\.Authorization\/.*\/(write|delete)$/i.test(action)),
    );
    expect(mighty.map(([key]) => key)).toContain("grants");
    expect(mighty.filter(([, { condition, conditionVersion }]) => !condition || conditionVersion !== "2.0")).toEqual(
      [],
    );
  });

  it("that not everybody needs name the setting that asks for them", () => {
    const optIns = roles.flatMap(([, { optIn }]) => (optIn === null ? [] : [optIn]));
    expect(optIns.filter((name) => !settingNames.includes(name))).toEqual([]);
  });

  it("have names and descriptions that Azure takes", () => {
    expect(new Set(roles.map(([, { roleName }]) => roleName)).size).toBe(roles.length);
    for (const [, { roleName, description }] of roles) {
      expect(roleName.length).toBeLessThanOrEqual(128);
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });
});

describe("with these roles the app's identity", () => {
  const acrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
  const repositoryReader = "b93aa761-3e63-49ed-ac28-beffa264f7ac";
  const acrPush = "8311e382-0749-4cb8-b61a-304f252e45ec";
  const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
  const [puller, person, group] = ["1", "2", "3"].map((end) => `0f0f0f0f-0000-4000-8000-00000000000${end}`);
  const subscription = `/subscriptions/${subscriptionId}`;
  let azure: Azure;

  beforeAll(async () => {
    const fixture = {
      ...broken.fixture,
      users: [person ?? ""],
      groups: [{ id: group ?? "", members: [puller ?? ""] }],
    };
    ({ azure } = await startWith({ ...broken, fixture }, documentedRoles));
  });

  afterAll(() => azure.close());

  /** What the app would be answered. */
  async function send(method: string, path: string, apiVersion: string, body?: object, by = azure): Promise<number> {
    const headers = { authorization: `Bearer ${by.token()}` };
    const url = `${by.armEndpoint}${path}?api-version=${apiVersion}`;
    const text = body === undefined ? null : JSON.stringify(body);
    return (await fetch(url, { method, headers, body: text })).status;
  }

  it.each([
    ["AcrPull to a service principal", registryId, acrPull, puller, "ServicePrincipal", 201],
    ["Repository Reader to a service principal", registryId, repositoryReader, puller, "serviceprincipal", 201],
    ["AcrPull to what is not said to be one", registryId, acrPull, puller, undefined, 403],
    ["AcrPull to a person", registryId, acrPull, person, "User", 403],
    ["AcrPull to a group", registryId, acrPull, group, "Group", 403],
    ["AcrPush", registryId, acrPush, puller, "ServicePrincipal", 403],
    ["Owner", registryId, owner, puller, "ServicePrincipal", 403],
    ["AcrPull on a workspace", workspaceId, acrPull, puller, "ServicePrincipal", 403],
    ["AcrPull on a subscription", subscription, acrPull, puller, "ServicePrincipal", 403],
  ])("grants, or does not: %s", async (_what, scope, role, principalId, principalType, status) => {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const roleDefinitionId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    const properties = { roleDefinitionId, principalId, ...(principalType !== undefined && { principalType }) };
    expect(await send("PUT", path, "2022-04-01", { properties })).toBe(status);
  });

  it.each([
    ["delete a workspace", "DELETE", workspaceId, "2024-10-01"],
    ["delete a registry", "DELETE", registryId, "2025-11-01"],
    ["change a registry", "PATCH", registryId, "2025-11-01"],
    ["replace a registry's password", "POST", `${registryId}/regenerateCredential`, "2025-11-01"],
    ["import images", "POST", `${registryId}/importImage`, "2025-11-01"],
    ["read the keys of a storage account", "POST", `${storageId}/listKeys`, "2025-08-01"],
    ["read the password of a registry", "POST", `${registryId}/listCredentials`, "2025-11-01"],
    ["read the keys of a workspace", "POST", `${workspaceId}/listKeys`, "2024-10-01"],
  ])("cannot %s", async (_what, method, path, apiVersion) => {
    expect(await send(method, path, apiVersion)).toBe(403);
  });

  it("takes away no grant", async () => {
    expect(await takeAway({ scope: registryId, role: "AcrPull", principalId: group ?? "" })).toBe(403);
  });

  describe("and every opt-in besides", () => {
    let withOptIns: Azure;

    beforeAll(async () => {
      const optIns = {
        REMEDIATOR_PRUNE: "on",
        REMEDIATOR_REQUIRED_IMAGES: "[…]",
        REMEDIATOR_ADMIN_USER_REGISTRIES: registryId,
      };
      const fixture = { ...broken.fixture, users: [person ?? ""] };
      withOptIns = (await startWith({ ...broken, fixture, optIns }, documentedRoles)).azure;
    });

    afterAll(() => withOptIns.close());

    it.each([
      ["AcrPull of a service principal", registryId, "AcrPull", puller, "ServicePrincipal", 200],
      ["AcrPull of a person", registryId, "AcrPull", person, "User", 403],
      ["AcrPush of a service principal", registryId, "AcrPush", puller, "ServicePrincipal", 403],
      ["Owner of a service principal", registryId, "Owner", puller, "ServicePrincipal", 403],
      ["Owner of a person", registryId, "Owner", person, "User", 403],
      ["Owner of a person on the subscription", subscription, "Owner", person, "User", 403],
    ])("takes away, or does not: %s", async (_what, scope, role, principalId = "", principalType, status) => {
      expect(await takeAway({ scope, role, principalId, principalType }, withOptIns)).toBe(status);
    });

    it.each([
      ["the keys of a storage account", `${storageId}/listKeys`, "2025-08-01"],
      ["the password of a registry", `${registryId}/listCredentials`, "2025-11-01"],
      ["the keys of a workspace", `${workspaceId}/listKeys`, "2024-10-01"],
    ])("cannot read %s", async (_what, path, apiVersion) => {
      expect(await send("POST", path, apiVersion, undefined, withOptIns)).toBe(403);
    });
  });

  /** Somebody else grants a role; what the app is answered that removes that. */
  function takeAway(held: Parameters<Azure["world"]["grant"]>[0], from = azure): Promise<number> {
    const { name } = from.world.grant(held);
    const path = `${held.scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
    return send("DELETE", path, "2022-04-01", undefined, from);
  }
});
