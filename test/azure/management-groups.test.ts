import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { managementGroupReads } from "../../src/azure/fleet-reads.ts";
import type { KnownPolicy } from "../../src/core/fleet.ts";
import { policyNow } from "../../src/policy-now.ts";
import { policyOf, Remediator } from "./remediator.ts";
import { armOf, registry, registryId, subscriptionId as ours, workspaceId } from "./setting.ts";

const [added, outer] = ["2", "3"].map((digit) => `${digit.repeat(8)}-2222-4222-8222-222222222222`) as [string, string];
const [own, theirs] = [workspaceId, workspaceId.replace(ours, added)];
const groupOf = (name: string): string => `/providers/Microsoft.Management/managementGroups/${name}`;

let remediator: Remediator;
let found: () => Promise<KnownPolicy>;

beforeEach(async () => {
  const policy = policyOf({ subscriptions: [], defaultRegistry: registry });
  remediator = await Remediator.start(policy, {
    subscriptions: [ours, added, outer].map((subscriptionId) => ({ subscriptionId })),
    managementGroups: [
      { name: "root" },
      { name: "ml", parent: "root" },
      { name: "teams", parent: "ml", subscriptions: [ours] },
      { name: "other", parent: "root", subscriptions: [added, outer] },
    ],
    resources: [{ id: registryId }, { id: own }, { id: theirs }],
  });
  const rows = new Map<string, readonly string[]>();
  const now = policyNow(policy, ["ml"], {
    clock: remediator.clock,
    subscriptionsIn: managementGroupReads(armOf(remediator.azure, remediator.clock), remediator.clock),
    store: {
      all: () => Promise.resolve(rows),
      put: (group, ids) => Promise.resolve(void rows.set(group, ids)),
    },
  });
  found = () => now.found();
});

afterEach(() => remediator.azure.close());

/** A night passes, and a sweep with what it asks for. */
async function night() {
  await remediator.pass(24 * 3_600_000);
  const { policy, problems } = await found();
  remediator.policy = policy;
  const record = await remediator.sweep(problems);
  await remediator.pass(3_600_000);
  return record;
}

describe("over a management group, a sweep", () => {
  test("looks after what lies below it, and after a subscription that came since", async () => {
    expect(await night()).toMatchObject({ seen: 1, requested: 1, errors: [] });
    expect(remediator.outcomeOf(own)?.kind).toBe("compliant");
    expect(remediator.outcomeOf(theirs)).toBeUndefined();
    remediator.azure.world.moveSubscription(added, "ml");
    expect(await night()).toMatchObject({ seen: 2, nominated: { NotRemembered: 1 }, errors: [] });
    expect(remediator.outcomeOf(theirs)?.kind).toBe("compliant");
  });

  test("leaves alone what left it", async () => {
    remediator.azure.world.moveSubscription(added, "teams");
    expect(await night()).toMatchObject({ seen: 2 });
    remediator.azure.world.moveSubscription(added, "other");
    remediator.azure.world.patch(theirs, { properties: { containerRegistry: null } });
    expect(await night()).toMatchObject({ seen: 1, requested: 0, unreadable: [], errors: [] });
    expect(remediator.policy.subscriptions).toEqual([ours]);
  });

  test("goes on with what is known of a group that is refused as no scope to ask in, and tells of it", async () => {
    await night();
    const details = [{ code: "NoValidSubscriptionsInQueryRequest", message: "There must be one." }];
    const match = { method: "POST", path: "/resources$" };
    remediator.azure.setFaults([{ match, times: 1, respond: { status: 400, code: "BadRequest", details } }]);
    const { errors } = await night();
    expect(errors).toMatchObject([{ subject: groupOf("ml") }]);
    expect(remediator.policy.subscriptions).toEqual([ours]);
  });

  test("goes on with what is known of a group that our identity cannot see, and tells of it", async () => {
    await night();
    const reads = { scope: `/subscriptions/${outer}`, actions: ["*"] };
    remediator.azure.world.setPermissions([reads]);
    const { errors, unreadable } = await night();
    expect(errors.map(({ subject }) => subject)).toContain(groupOf("ml"));
    expect(errors.map(({ message }) => message).join()).toContain(
      `our identity lacks Microsoft.Resources/subscriptions/read at ${groupOf("ml")}`,
    );
    expect(unreadable).toEqual([ours]);
  });
});
