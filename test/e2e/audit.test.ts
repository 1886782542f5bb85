import { describe, expect, it } from "vitest";
import { runLine } from "../cli/a-terminal.ts";
import { allWrites, deliver, remediate, run, settled, type State, stateOf, useStack } from "./app.ts";
import { auditing, eventOf, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { sweep } from "./stores.ts";

const right = workspace("right", { attached: true });
const rightIdentity = "0f0f0f0f-0000-4000-8000-000000000001";

// The mode is audit until somebody sets another one: these settings name none.
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform,
        workspace("broken"),
        workspace("rightless", { attached: true }),
        workspace("skipped", { tags: { "acr-remediation": "skip" } }),
        { ...right, identity: { type: "SystemAssigned", principalId: rightIdentity } },
      ],
      roleAssignments: [{ scope: registryId, role: "AcrPull", principalId: rightIdentity }],
    },
  },
  settings: auditing,
});

describe("in audit mode", () => {
  it.concurrent.each([
    [
      "broken",
      /^Enforcing would attach contosoml, grant AcrPull on contosoml to the workspace identity \([\w-]+\), sync keys\. /,
    ],
    ["rightless", /^Enforcing would grant AcrPull on contosoml to the workspace identity \([\w-]+\), sync keys\. /],
  ])("drift (%s) is reported with the actions that would mend it", async (name, message) => {
    const { status, body } = await remediate(stack.host, workspaceIdOf(name));
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: "blocked", reason: "AuditMode" });
    expect((body as State).message).toMatch(message);
    expect((body as State).message).toMatch(/Nothing was changed, because the mode is audit\.$/);
  });

  it("the conditions tell what is wrong", async () => {
    const state = await stateOf(stack.host, workspaceIdOf("broken"));
    expect(state?.conditions.map(({ type, status, reason }) => `${type}: ${status} ${reason}`)).toEqual([
      "RegistryAttached: False NotAttached",
      "PullGranted: False NotGranted",
      "KeysSynced: Unknown FirstSight",
    ]);
  });

  it("a workspace that is right is compliant: a first key sync is caution, not drift", async () => {
    const { body } = await remediate(stack.host, workspaceIdOf("right"));
    expect(body).toMatchObject({ outcome: "compliant" });
  });

  it("a dry run says the same, and in which mode", async () => {
    const { body } = await remediate(stack.host, workspaceIdOf("broken"), "dryRun=true");
    expect(body).toMatchObject({ mode: "audit", wouldEndAs: { kind: "settled" } });
    expect((body as { wouldDo: string[] }).wouldDo).toHaveLength(3);
  });

  it.each([[], ["--yes"]])(
    "the command fix says what enforcing would do, asks nothing and has nothing done: %j",
    async (...more) => {
      const environment = { ACR_REMEDIATOR_APP: stack.host.url, ACR_REMEDIATOR_KEY: stack.host.functionKey };
      const before = await stateOf(stack.host, workspaceIdOf("broken"));
      const { code, out, err } = await runLine(["fix", workspaceIdOf("broken"), ...more], { environment });
      expect([code, err]).toEqual([2, ""]);
      expect(out).toContain("  enforcing would:\n    - attach contosoml\n");
      expect(out).toContain("Nothing was done: the app is in audit mode.");
      expect(await stateOf(stack.host, workspaceIdOf("broken"))).toEqual(before);
    },
  );

  it("nothing is written, whatever comes in", async () => {
    const created = workspaceIdOf("created");
    stack.azure.world.put(workspace("created"));
    for (const name of ["broken", "rightless", "right", "skipped"])
      expect((await deliver(stack.host, [eventOf(workspaceIdOf(name)), eventOf(workspaceIdOf(name))])).status).toBe(
        202,
      );
    await run(stack.host, "requests", JSON.stringify({ workspaceId: created, requestId: "forged" }));
    const record = await sweep(stack.host, stack.azurite);
    expect(record).toMatchObject({ seen: 5, errors: [] });
    expect(record.drift, "what enforcing would change").toEqual([
      { registryId, workspaces: 4, attachments: 2, grants: 3, keySyncs: 4 },
    ]);

    expect(await settled(stack.host, created)).toMatchObject({ outcome: "blocked", reason: "AuditMode" });
    expect(await settled(stack.host, workspaceIdOf("skipped"))).toMatchObject({ outcome: "exempt" });
    expect(allWrites(stack.azure)).toBe(0);
    const { roles, self } = stack.azure.world;
    expect(roles.assignments().filter(({ principalId }) => principalId !== self.principalId)).toHaveLength(1);
  });
});
