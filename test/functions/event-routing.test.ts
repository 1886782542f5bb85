import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import type { AzureEvent } from "../../src/functions/event-parsing.ts";
import { eventRoutes, routeEvent } from "../../src/functions/event-routing.ts";
import { resourceUri, subscriptionId } from "./samples.ts";

const policy = { subscriptions: [subscriptionId] };
const written: AzureEvent = {
  id: "1",
  type: "Microsoft.Resources.ResourceWriteSuccess",
  time: "2026-03-01T12:00:00Z",
  operation: "Microsoft.MachineLearningServices/workspaces/write",
  resourceUri,
};
const deleted: AzureEvent = {
  ...written,
  type: "Microsoft.Resources.ResourceDeleteSuccess",
  operation: "Microsoft.MachineLearningServices/workspaces/delete",
};
const shouted = (event: AzureEvent): AzureEvent => ({
  ...event,
  type: event.type.toUpperCase(),
  operation: event.operation.toUpperCase(),
  resourceUri: event.resourceUri.toUpperCase(),
});

describe("an event that leads to a workspace", () => {
  test.each([
    ["its write", written],
    ["its deletion", deleted],
  ])("is %s, in any casing", (_what, event) => {
    expect(routeEvent(event, policy)).toEqual({ kind: "workspace", workspace: parseWorkspaceId(resourceUri) });
    expect(routeEvent(shouted(event), policy)).toEqual({
      kind: "workspace",
      workspace: parseWorkspaceId(resourceUri.toUpperCase()),
    });
  });

  test("has a row of its own in the table, which names an operation once", () => {
    const operations = eventRoutes.map(({ operation }) => operation.toLowerCase());
    expect(new Set(operations).size).toBe(operations.length);
  });
});

describe("an event that leads nowhere", () => {
  test.each([
    "Microsoft.MachineLearningServices/workspaces/read",
    "Microsoft.MachineLearningServices/workspaces/computes/write",
    "Microsoft.Resources/deployments/write",
    "",
  ])("because of its operation %j says which ones have a route", (operation) => {
    const route = routeEvent({ ...written, operation }, policy);
    expect(route).toMatchObject({ kind: "unroutable", reason: "UnknownOperation" });
    expect(route).toHaveProperty(
      "message",
      `No route for the operation ${JSON.stringify(operation)}. Narrow the event subscription's filter to ` +
        "Microsoft.MachineLearningServices/workspaces/write, Microsoft.MachineLearningServices/workspaces/delete.",
    );
  });

  test.each([
    ["a write", "ResourceWriteFailure"],
    ["a write", "ResourceWriteCancel"],
    ["a write", "ResourceDeleteSuccess"],
    ["a deletion", "ResourceDeleteFailure"],
    ["a deletion", "ResourceWriteSuccess"],
  ])("because %s is told of as a %s says which type tells of its success", (what, kind) => {
    const event = what === "a write" ? written : deleted;
    const type = `Microsoft.Resources.${kind}`;
    const route = routeEvent({ ...event, type }, policy);
    expect(route).toMatchObject({ kind: "unroutable", reason: "NotASuccess" });
    expect(route).toHaveProperty(
      "message",
      expect.stringContaining(`"${type}" changes nothing; only ${event.type} leads`),
    );
  });

  test.each([
    ["", "it does not start with '/'"],
    [resourceUri.replace(subscriptionId, "mine"), "is not a GUID"],
    [resourceUri.replace("workspaces/alpha", "workspaces/al pha"), "cannot be the name of a resource"],
    [`${resourceUri}/computes/cpu`, "not of a Microsoft.MachineLearningServices/workspaces"],
    [
      resourceUri.replace("MachineLearningServices/workspaces", "ContainerRegistry/registries"),
      "is the id of a Microsoft.C",
    ],
  ])("because of the resource it names (%j) says what is wrong with it", (uri, why) => {
    const route = routeEvent({ ...written, resourceUri: uri }, policy);
    expect(route).toMatchObject({ kind: "unroutable", reason: "InvalidResourceId" });
    expect(route).toHaveProperty("message", expect.stringContaining(why));
  });

  test("because of its subscription says which setting would change that", () => {
    const foreign = "99999999-9999-4999-8999-999999999999";
    const route = routeEvent({ ...written, resourceUri: resourceUri.replace(subscriptionId, foreign) }, policy);
    expect(route).toEqual({
      kind: "unroutable",
      reason: "SubscriptionNotInPolicy",
      message: `The subscription ${foreign} is not among REMEDIATOR_SUBSCRIPTIONS. Add it there, or remove the event subscription.`,
    });
  });
});

test("any event leads to a workspace of the policy's subscriptions, or nowhere with a reason", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(written.type, deleted.type, written.operation, deleted.operation, resourceUri, "__proto__"),
  );
  fc.assert(
    fc.property(fc.record({ id: text, type: text, time: text, operation: text, resourceUri: text }), (event) => {
      const route = routeEvent(event, policy);
      if (route.kind === "workspace") expect(route.workspace.subscriptionId).toBe(subscriptionId);
      else expect(route.message).not.toBe("");
    }),
    { numRuns: 500 },
  );
});
