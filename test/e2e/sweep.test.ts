import { describe, expect, it } from "vitest";
import { requestIdOf } from "../../src/core/sweep-record.ts";
import { openSweepResults } from "../../src/storage/sweep-results.ts";
import { startHost } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import {
  allWrites,
  principalOf,
  settled,
  stateOf,
  stoppedAtTheEnd,
  useStack,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import {
  enforcing,
  foreignSubscriptionId,
  otherSubscriptionId,
  platform,
  registryId,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";
import { forgetEverything, storageOf, sweep, sweepsOf } from "./stores.ts";

const unreadableSubscriptionId = "33333333-3333-4333-8333-333333333333";
const everything = ["*"];
const here = ["broken-1", "broken-2", "broken-3", "rightless", "doomed"].map((name) => workspaceIdOf(name));
const there = ["other-1", "other-2"].map((name) => workspaceIdOf(name, otherSubscriptionId));
const optedOut = workspaceIdOf("opted-out");
const other = { subscription: otherSubscriptionId };

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [subscriptionId, otherSubscriptionId, unreadableSubscriptionId, foreignSubscriptionId].map(
        (id) => {
          return { subscriptionId: id };
        },
      ),
      self: {
        permissions: [subscriptionId, otherSubscriptionId, foreignSubscriptionId].map((id) => {
          return { scope: `/subscriptions/${id}`, actions: everything };
        }),
      },
      resources: [
        ...platform,
        ...["broken-1", "broken-2", "broken-3"].map((name) => workspace(name)),
        workspace("rightless", { attached: true }),
        workspace("doomed", { attached: true }),
        workspace("opted-out", { tags: { "acr-remediation": "skip" } }),
        ...["other-1", "other-2"].map((name) => workspace(name, other)),
        workspace("unreadable", { subscription: unreadableSubscriptionId }),
        workspace("foreign", { subscription: foreignSubscriptionId }),
      ],
    },
    settings: { pageSize: 2 },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_SUBSCRIPTIONS: [subscriptionId, unreadableSubscriptionId, otherSubscriptionId].join(),
  },
  events: "none",
});
const keep = stoppedAtTheEnd();

describe("a sweep", () => {
  it("reaches every workspace of every page and subscription, one that cannot be read notwithstanding", async () => {
    const record = await sweep(stack.host, stack.azurite);
    expect(record).toMatchObject({ seen: 8, requested: 8, nominated: { NotRemembered: 8 } });
    expect(record.unreadable).toEqual([unreadableSubscriptionId]);
    expect(record.errors).toHaveLength(1);
    expect(record.errors[0]?.subject).toBe(`/subscriptions/${unreadableSubscriptionId}`);
    expect(record.errors[0]?.message).toContain(`list the workspaces of the subscription ${unreadableSubscriptionId}`);
    expect(record.errors[0]?.message).toContain(
      `our identity lacks Microsoft.MachineLearningServices/workspaces/read at /subscriptions/${unreadableSubscriptionId}`,
    );

    for (const id of [...here, ...there]) expect((await settled(stack.host, id)).outcome).toBe("remediated");
    expect((await settled(stack.host, optedOut)).outcome).toBe("exempt");
    for (const id of [...here.slice(0, 3), ...there]) expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    for (const id of here.slice(3))
      expect(writesFor(stack.azure, id)).toEqual(["POST resyncKeys", "PUT roleAssignments"]);
  });

  it("tells in the log, as an error, what could not be swept", () => {
    const [line] = stack.host.logs().filter(({ category }) => category === "Function.sweep.User");
    expect(line?.level).toBe("error");
    expect(line?.message).toMatch(
      /8 workspaces seen, 8 to be looked at \(8 NotRemembered\), 1 errors; \/subscriptions\/33333333/,
    );
  });

  it("over the same fleet asks for nothing, and reads nothing but the registry and what is shown of the fleet", async () => {
    const before = stack.azure.requests.length;
    expect(await sweep(stack.host, stack.azurite)).toMatchObject({ seen: 8, requested: 0, pending: 0 });
    const asked = stack.azure.requests.slice(before).map(({ path }) => path.split("/").at(-1));
    const queries = ["resources", "resources", "resources", "resources"];
    expect(asked.sort()).toEqual([...queries, registryId.split("/").at(-1) ?? "", "workspaces"].sort());
  });

  it("is on record with what became of the looks that it asked for", async () => {
    const record = await sweepsOf(stack.azurite).list(2);
    const results = openSweepResults(storageOf(stack.azurite));
    const counts = await Promise.all(record.map(({ id }) => results.counts(requestIdOf(id))));
    expect(counts).toEqual([{}, { remediated: 7, exempt: 1 }]);
  });

  it("repairs a role that was lost, and learns what no longer exists", async () => {
    const [lost = "", doomed = ""] = here.slice(3);
    const before = { all: allWrites(stack.azure), lost: writesFor(stack.azure, lost).length };
    stack.azure.world.revoke({ scope: registryId, principalId: principalOf(stack.azure, lost) }, { event: false });
    stack.azure.world.delete(doomed, { event: false });

    const { seen, requested, nominated } = await sweep(stack.host, stack.azurite);
    expect([seen, requested, nominated]).toEqual([7, 2, { PullNotGranted: 1, NotListed: 1 }]);
    expect(await stateOf(stack.host, lost)).toMatchObject({ outcome: "remediated" });
    expect(await stateOf(stack.host, doomed)).toMatchObject({ outcome: "gone" });
    expect(writesFor(stack.azure, lost)).toHaveLength(before.lost + 1);
    expect(allWrites(stack.azure)).toBe(before.all + 1);
  });

  it("asks no more for what is known to be gone", async () => {
    const { seen, requested } = await sweep(stack.host, stack.azurite);
    expect([seen, requested]).toEqual([7, 0]);
  });

  it("has asked nothing about a subscription that is not in the policy", () => {
    expect(stack.azure.requests.filter((one) => one.subscriptionId === foreignSubscriptionId)).toEqual([]);
  });
});

describe("after everything that was remembered is lost, a sweep over a fleet that is right", () => {
  const fleet = [...here.slice(0, 4), ...there];

  it("syncs the keys of each workspace once and writes nothing else (firstSight: sync)", async () => {
    const { host, azurite } = stack;
    await forgetEverything(azurite);
    const before = new Map(fleet.map((id) => [id, writesFor(stack.azure, id)]));
    const all = allWrites(stack.azure);
    await sweep(host, azurite);
    for (const id of fleet) {
      expect((await settled(host, id)).outcome).toBe("remediated");
      expect(writesFor(stack.azure, id)).toEqual([...(before.get(id) ?? []), "POST resyncKeys"].sort());
    }
    expect(allWrites(stack.azure)).toBe(all + fleet.length);
    await sweep(host, azurite);
    expect(allWrites(stack.azure)).toBe(all + fleet.length);
  });

  it("writes nothing and says that the keys were taken as found (firstSight: adopt)", async () => {
    const { azurite } = stack;
    await stack.host.stop();
    await forgetEverything(azurite);
    const host = await startHost({ appRoot, env: { ...stack.settings, REMEDIATOR_FIRST_SIGHT: "adopt" } });
    keep({ close: () => host.stop() });
    const all = allWrites(stack.azure);
    for (const round of ["first", "second"]) {
      await sweep(host, azurite);
      for (const id of fleet) {
        const state = await settled(host, id);
        expect(state.outcome, round).toBe("compliant");
        const keys = state.conditions.find(({ type }) => type === "KeysSynced");
        expect(keys).toMatchObject({ status: "Unknown", reason: "Adopted" });
      }
    }
    expect(allWrites(stack.azure)).toBe(all);
  });
});
