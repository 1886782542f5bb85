import { expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import { azureOf, raw, resourceGraph, subscriptionId, type TestAzure, workspaceId } from "./stand-in.ts";

const other = "22222222-2222-4222-8222-222222222222";
const query =
  "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | order by id asc | project subscriptionId, name, state = tostring(properties.state)";

const fixture: Fixture = {
  self: { permissions: [] },
  subscriptions: [
    { subscriptionId, displayName: "contoso-ml" },
    { subscriptionId: other, state: "Disabled" },
  ],
  managementGroups: [
    { name: "Root" },
    { name: "platform", parent: "Root", subscriptions: [subscriptionId] },
    { name: "sandbox", parent: "Root", subscriptions: [other.toUpperCase()] },
  ],
  resources: [{ id: workspaceId }],
};

async function subscriptionsOf(azure: TestAzure, ...managementGroups: string[]): Promise<unknown> {
  return (await resourceGraph(azure).resources({ query, managementGroups })).data;
}

test("the subscriptions of management groups are shown with name and state, to whoever may read them", async () => {
  const azure = await azureOf(fixture);
  const { principalId } = azure.world.self;
  azure.world.grant({ scope: workspaceId, role: "AcrPull", principalId });
  expect(await subscriptionsOf(azure, "root")).toEqual([]);
  azure.world.grant({ scope: "/providers/Microsoft.Management/managementGroups/root", role: "Reader", principalId });
  const [ours, theirs] = [
    { subscriptionId, name: "contoso-ml", state: "Enabled" },
    { subscriptionId: other, name: other, state: "Disabled" },
  ];
  expect(await subscriptionsOf(azure, "platform")).toEqual([ours]);
  expect(await subscriptionsOf(azure, "root")).toEqual([ours, theirs]);
  const { body } = await raw(azure, `/subscriptions/${other}?api-version=2022-12-01`);
  expect(body).toMatchObject({ state: "Disabled" });
});

test("a subscription names the groups above it, the nearest first, and moves", async () => {
  const azure = await azureOf({ ...fixture, self: {} });
  const chain = async (id: string): Promise<unknown> => {
    const text = `resourcecontainers | where subscriptionId == '${id}' | project chain = properties.managementGroupAncestorsChain`;
    return (await resourceGraph(azure).resources({ query: text })).data;
  };
  const of = (...names: string[]): unknown => [{ chain: names.map((name) => ({ name, displayName: name })) }];
  expect(await chain(other)).toEqual(of("sandbox", "Root"));
  azure.world.moveSubscription(other, "PLATFORM");
  expect(await chain(other)).toEqual(of("platform", "Root"));
  expect(await subscriptionsOf(azure, "platform")).toHaveLength(2);
  azure.world.moveSubscription(other);
  expect(await chain(other)).toEqual(of());
  expect(() => {
    azure.world.moveSubscription(other, "nowhere");
  }).toThrow("there is no 'nowhere'");
});
