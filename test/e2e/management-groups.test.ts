/** An app that looks after a management group: which subscriptions that are it finds out by itself. */
import { describe, expect, it } from "vitest";
import { call, deliver, pathOf, settled, stateOf, useStack } from "./app.ts";
import {
  enforcing,
  eventOf,
  foreignSubscriptionId,
  otherSubscriptionId,
  platform,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";
import { rejectedSince, sweep } from "./stores.ts";

const [ours, coming] = [workspaceIdOf("ours"), workspaceIdOf("coming", otherSubscriptionId)];
const begun = new Date();

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [subscriptionId, otherSubscriptionId, foreignSubscriptionId].map((id) => ({ subscriptionId: id })),
      managementGroups: [
        { name: "Landing-Zones" },
        { name: "ml", parent: "Landing-Zones", subscriptions: [subscriptionId] },
        { name: "sandbox", subscriptions: [otherSubscriptionId, foreignSubscriptionId] },
      ],
      resources: [...platform, workspace("ours"), workspace("coming", { subscription: otherSubscriptionId })],
    },
  },
  settings: { ...enforcing, REMEDIATOR_SUBSCRIPTIONS: "", REMEDIATOR_MANAGEMENT_GROUPS: "landing-zones" },
  events: "none",
});

function graphQueries(): number {
  return stack.azure.requests.filter(({ path }) => path.includes("Microsoft.ResourceGraph")).length;
}

describe("with a management group for its scope, the app", () => {
  it("puts a workspace below it right when its event comes, before any sweep, and finds out once what lies there", async () => {
    expect((await deliver(stack.host, eventOf(ours))).status).toBe(202);
    expect((await settled(stack.host, ours)).outcome).toBe("remediated");
    expect(graphQueries()).toBe(1);
  });

  it("keeps away from what lies elsewhere, whoever asks", async () => {
    expect(await call(stack.host, "POST", `${pathOf(coming)}/remediate`)).toMatchObject({
      status: 403,
      body: { code: "SubscriptionNotInPolicy" },
    });
    await deliver(stack.host, eventOf(coming));
    const rejected = await rejectedSince(stack.azurite, begun);
    expect(rejected).toMatchObject([{ source: "event", reason: "SubscriptionNotInPolicy" }]);
    expect(rejected[0]?.message).toContain("nor was it in REMEDIATOR_MANAGEMENT_GROUPS");
    expect(graphQueries()).toBe(1);
  });

  it("looks after a subscription from the sweep on that finds it there", async () => {
    stack.azure.world.moveSubscription(otherSubscriptionId, "ml");
    expect(await sweep(stack.host, stack.azurite)).toMatchObject({ seen: 2, errors: [] });
    expect((await settled(stack.host, coming)).outcome).toBe("remediated");
  });

  it("leaves a subscription alone from the sweep on that does not find it there any more", async () => {
    stack.azure.world.moveSubscription(otherSubscriptionId, "sandbox");
    expect(await stateOf(stack.host, coming)).toBeDefined();
    expect(await sweep(stack.host, stack.azurite)).toMatchObject({ seen: 1, errors: [] });
    expect((await call(stack.host, "GET", pathOf(coming))).status).toBe(403);
    expect((await stateOf(stack.host, ours))?.outcome).toMatch(/remediated|compliant/);
  });
});
