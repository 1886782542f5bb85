import { expect, it } from "vitest";
import { policyFor } from "../local/fixture-policy.ts";
import { loadConfig } from "../src/config.ts";

const listed = "1a1a1a1a-1111-4111-8111-1a1a1a1a1a1a";
const unlisted = "22222222-2222-4222-8222-222222222222";
const workspaceId = `/subscriptions/${unlisted}/resourceGroups/ml-team/providers/Microsoft.MachineLearningServices/workspaces/mine`;
const registryId = `/subscriptions/${listed.toUpperCase()}/resourceGroups/ml-platform/providers/Microsoft.ContainerRegistry/registries/contosoml`;
const resources = [{ id: workspaceId }, { id: registryId }];
const storage = { AzureWebJobsStorage: "UseDevelopmentStorage=true" };

it.each([
  ["lists one of its subscriptions", { subscriptions: [{ subscriptionId: listed }], resources }],
  ["lists no subscription", { resources }],
])("an app that looks after a fixture which %s looks after each once", (_what, fixture) => {
  const { policy } = loadConfig({ ...storage, ...policyFor(fixture) });
  expect([...policy.subscriptions].sort()).toEqual([listed, unlisted]);
  expect(policyFor(fixture)["REMEDIATOR_DEFAULT_REGISTRY"]).toBe(registryId);
});
