import { beforeAll, describe, expect, it } from "vitest";
import { type Host, startHost } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { principalOf, remediate, settled, type State, stoppedAtTheEnd, useStack, writesFor } from "./app.ts";
import {
  enforcing,
  groupId,
  platform,
  registryId,
  registryIdOf,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";

/** Exists, and is allowed to nobody. */
const theirs = registryIdOf("theirs");
const identityId = `${groupId("identities")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared`;
const system = { type: "SystemAssigned" };
const compute = (workspaceName: string, identity: object = system) => {
  const id = `${workspaceIdOf(workspaceName)}/computes/gpu`;
  return { id, identity, properties: { computeType: "ComputeInstance" } };
};

/** The first app replaces registries and looks after workspaces alone; the second never attaches, and grants to identities elsewhere. */
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform,
        { id: theirs },
        { id: identityId },
        workspace("elsewhere", { attached: theirs }),
        compute("elsewhere"),
        workspace("bare"),
        workspace("borrows", { attached: true }),
        compute("borrows", { type: "UserAssigned", userAssignedIdentities: { [identityId.toUpperCase()]: {} } }),
      ],
    },
  },
  settings: { ...enforcing, REMEDIATOR_ATTACH: "replace", REMEDIATOR_PULL_PRINCIPALS: "workspace" },
  events: "none",
});

async function asked(host: Host, name: string): Promise<State> {
  const id = workspaceIdOf(name);
  expect((await remediate(host, id)).status).toBe(200);
  return settled(host, id);
}

describe("with REMEDIATOR_ATTACH=replace and REMEDIATOR_PULL_PRINCIPALS=workspace", () => {
  it("a registry that is not allowed makes way, and keys are synced for the new one", async () => {
    const state = await asked(stack.host, "elsewhere");
    expect(state.outcome).toBe("remediated");
    expect(state.done).toContain("attach contosoml in place of theirs");
    expect(writesFor(stack.azure, state.id)).toEqual(["PATCH workspaces", "POST resyncKeys", "PUT roleAssignments"]);
    expect(stack.azure.world.get(state.id)?.properties["containerRegistry"]).toBe(registryId);
    expect(stack.azure.world.keysInSync(state.id)).toBe(true);
  });

  it("its computes are neither asked for nor granted anything", () => {
    const { azure } = stack;
    expect(azure.requests.filter(({ path }) => /computes|onlineEndpoints/i.test(path))).toEqual([]);
    const principalId = principalOf(azure, `${workspaceIdOf("elsewhere")}/computes/gpu`);
    expect(azure.world.roles.assignments().filter((one) => one.principalId === principalId)).toEqual([]);
  });
});

describe("with REMEDIATOR_ATTACH=never and REMEDIATOR_ALLOWED_IDENTITY_SCOPES", () => {
  const keep = stoppedAtTheEnd();
  let host: Host;

  beforeAll(async () => {
    await stack.host.stop();
    const rest = Object.entries(stack.settings).filter(([name]) => name !== "REMEDIATOR_PULL_PRINCIPALS");
    const settings = { REMEDIATOR_ATTACH: "never", REMEDIATOR_ALLOWED_IDENTITY_SCOPES: groupId("Identities") };
    host = await startHost({ appRoot, env: { ...Object.fromEntries(rest), ...settings } });
    keep({ close: () => host.stop() });
  });

  it("a workspace without a registry is told which one to attach, and nothing is written", async () => {
    const state = await asked(host, "bare");
    expect(state).toMatchObject({ outcome: "blocked", reason: "NotAttached" });
    expect(state.message).toContain(
      `Attach contosoml yourself: az ml workspace update --name bare --resource-group ml-team --subscription ${subscriptionId} --container-registry ${registryId} --update-dependent-resources`,
    );
    expect(writesFor(stack.azure, state.id)).toEqual([]);
  });

  it("an identity that lies where the setting says is granted, once, whatever the casing", async () => {
    const state = await asked(host, "borrows");
    expect(state.outcome).toBe("remediated");
    const { principalId } = stack.azure.world.get(identityId)?.properties as { principalId: string };
    const granted = stack.azure.world.roles.assignments().filter((one) => one.principalId === principalId);
    expect(granted.map(({ scope }) => scope)).toEqual([registryId]);
  });
});
