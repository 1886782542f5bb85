import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { routedOperations, routedTypes } from "../../src/functions/event-routing.ts";
import { app, platformSubscriptionId } from "./cast.ts";
import { everything, onboarded, onboardedHome } from "./deployments.ts";
import { evaluate, type Evaluated, homeSubscriptionId, root } from "./templates.ts";

const EVENT_SUBSCRIPTIONS = "Microsoft.EventGrid/systemTopics/eventSubscriptions";
const TOPICS = "Microsoft.EventGrid/systemTopics";

/** Azure allows one topic for the events of a subscription, so there may be one already. */
const existingTopicId = `/subscriptions/${homeSubscriptionId}/resourceGroups/governance/providers/${TOPICS}/activity`;

function filterOf(deployment: Evaluated): {
  readonly includedEventTypes: readonly string[];
  readonly advancedFilters: readonly object[];
} {
  return deployment.the(EVENT_SUBSCRIPTIONS).properties["filter"] as ReturnType<typeof filterOf>;
}

describe.each([
  ["in the subscription of the app", onboardedHome, homeSubscriptionId],
  ["in another subscription", onboarded, homeSubscriptionId],
  ["with a package, in one deployment", everything, homeSubscriptionId],
])("%s", (_where, deployment, subscriptionId) => {
  it("Event Grid lets through what the app routes, and nothing else", () => {
    const { includedEventTypes, advancedFilters } = filterOf(deployment);
    expect([...includedEventTypes].sort()).toEqual([...routedTypes].sort());
    expect(advancedFilters).toEqual([
      { operatorType: "StringIn", key: "data.operationName", values: routedOperations },
    ]);
  });

  it("within what Event Grid takes: 25 filters and 25 values in all", () => {
    expect(routedOperations.length).toBeLessThanOrEqual(25);
  });

  it("to the function that main.ts registers, one event at a time", () => {
    const { destination, eventDeliverySchema } = deployment.the(EVENT_SUBSCRIPTIONS).properties;
    expect(readFileSync(`${root}src/main.ts`, "utf8")).toContain('functions.eventGrid("events"');
    expect(destination).toMatchObject({ endpointType: "AzureFunction", properties: { maxEventsPerBatch: 1 } });
    expect((destination as { properties: { resourceId: string } }).properties.resourceId).toMatch(
      /\/sites\/func-acr-remediator-\w+\/functions\/events$/,
    );
    expect(eventDeliverySchema).toBe("EventGridSchema");
  });

  it("what cannot be delivered for a day is kept, by the identity for that", () => {
    expect(deployment.the(EVENT_SUBSCRIPTIONS).properties).toMatchObject({
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
      deadLetterWithResourceIdentity: {
        identity: { type: "UserAssigned" },
        deadLetterDestination: { endpointType: "StorageBlob", properties: { blobContainerName: "dead-letters" } },
      },
    });
  });

  it("the topic is that of the subscription, which is global", () => {
    const { location, properties } = deployment.the(TOPICS);
    expect(location).toBe("global");
    expect(properties).toEqual({
      source: `/subscriptions/${subscriptionId}`,
      topicType: "Microsoft.Resources.Subscriptions",
    });
  });
});

it("the app's own resource group is not made anew, another one is", () => {
  expect(onboardedHome.ofType("Microsoft.Resources/resourceGroups")).toEqual([]);
  expect(onboarded.the("Microsoft.Resources/resourceGroups").name).toBe(app.resourceGroup);
  expect(platformSubscriptionId).not.toBe(homeSubscriptionId);
});

it("the app's own resource group is known whatever the casing in which it is named", async () => {
  const resourceGroupName = app.resourceGroup.toUpperCase();
  const named = { ...app, subscriptionId: homeSubscriptionId.toUpperCase() };
  const deployment = await evaluate("onboard.bicep", { app: named, resourceGroupName });
  expect(deployment.ofType("Microsoft.Resources/resourceGroups")).toEqual([]);
});

it("a topic that is there already is used where it lies, without dead letters where it has no identity for them", async () => {
  const deployment = await evaluate("onboard.bicep", {
    app,
    existingTopicId,
    keepsDeadLetters: false,
  });
  expect(deployment.ofType(TOPICS)).toEqual([]);
  const { id, properties } = deployment.the(EVENT_SUBSCRIPTIONS);
  expect(id).toBe(`${existingTopicId}/eventSubscriptions/${app.name}`);
  expect(properties["deadLetterWithResourceIdentity"] ?? null).toBeNull();
});

it("in one deployment events come after the code, and the code after the app", () => {
  const { resources } = JSON.parse(readFileSync(`${root}azuredeploy.json`, "utf8")) as {
    readonly resources: Readonly<
      Record<string, { readonly dependsOn?: readonly string[]; readonly condition?: unknown }>
    >;
  };
  expect(resources["onboarding"]?.dependsOn).toContain("code");
  expect(resources["code"]?.dependsOn).toContain("app");
  expect(resources["onboarding"]?.condition).toBe("[not(empty(parameters('packageUri')))]");
});
