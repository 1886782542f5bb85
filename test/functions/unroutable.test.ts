import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { idKey } from "../../src/core/arm-id.ts";
import { routedOperations, routedTypes, routeEvent } from "../../src/functions/event-routing.ts";
import { resourceUri, subscriptionId } from "./samples.ts";
import {
  acr,
  assignmentAt,
  computeUri,
  ml,
  policy,
  registryUri,
  routable,
  storageUri,
  subscriptionUri,
  successOf,
} from "./routing-samples.ts";

const written = successOf(`${ml}/write`, resourceUri);
const lower = (text: string): string => text.toLowerCase();
const rotate = "Microsoft.Storage/storageAccounts/regenerateKey/action";
const assignmentDelete = "Microsoft.Authorization/roleAssignments/delete";

describe("an event cannot be routed", () => {
  test.each([`${ml}/read`, "Microsoft.Resources/deployments/write", "roleAssignments/write", ""])(
    "because of its operation %j, and is told which ones have a route",
    (operation) => {
      expect(routeEvent({ ...written, operation }, policy)).toEqual({
        kind: "unroutable",
        reason: "UnknownOperation",
        message: `No route for the operation ${JSON.stringify(operation)}. Narrow the event subscription's filter to ${routedOperations.join(", ")}.`,
      });
    },
  );

  test.each(routable.map((event) => [event.operation, event] as const))(
    "when it tells of anything but the success of a %s, and is told which types do",
    (_operation, event) => {
      const [before = "", verb = ""] = /^(.*\.Resource)(.*)Success$/.exec(event.type)?.slice(1) ?? [];
      const wrong = ["Failure", "Cancel", ""].map((end) => `${before}${verb}${end}`);
      for (const type of [...wrong, ...routedTypes.filter((other) => other !== event.type)])
        expect(routeEvent({ ...event, type }, policy)).toEqual({
          kind: "unroutable",
          reason: "NotASuccess",
          message: `${JSON.stringify(type)} changes nothing; only ${event.type} leads to a look. Narrow the event subscription's event types to ${routedTypes.join(", ")}.`,
        });
    },
  );

  test.each([
    [`${ml}/write`, "", "it does not start with '/'"],
    [`${ml}/write`, resourceUri.replace(subscriptionId, "mine"), "is not a GUID"],
    [`${ml}/write`, resourceUri.replace("/alpha", "/al pha"), "cannot be the name of a resource"],
    [`${ml}/write`, computeUri, `is the id of a ${ml}/computes, not of a ${ml}`],
    [`${ml}/write`, registryUri, `is the id of a ${acr}, not of a ${ml}`],
    [`${ml}/computes/write`, resourceUri, `is the id of a ${ml}, not of something in a ${ml}`],
    [`${ml}/computes/write`, storageUri, `storageAccounts, not of something in a ${ml}`],
    [`${ml}/computes/write`, `${storageUri}/blobServices/default`, `blobServices, not of something in a ${ml}`],
    [`${acr}/write`, `${registryUri}/replications/west`, `is the id of a ${acr}/replications, not of a ${acr}`],
    [rotate, registryUri, `is the id of a ${acr}, not of a Microsoft.Storage/storageAccounts`],
    [rotate, `${storageUri}/blobServices/default`, "storageAccounts/blobServices, not of a Microsoft.Storage"],
    ["Microsoft.Resources/tags/write", "alpha", "is not the id of a subscription, a resource group or a resource"],
    [assignmentDelete, registryUri, "is not the id of one of the roleAssignments"],
    [assignmentDelete, assignmentAt("/subscriptions/mine"), "is not the id of a subscription, a resource group"],
    [assignmentDelete, assignmentAt(`${registryUri} `), "cannot be the name of a resource"],
    [assignmentDelete, `${assignmentAt(registryUri)}/more`, "is not the id of one of the roleAssignments"],
  ])("because a %s does not happen to %j, and is told why", (operation, uri, why) => {
    const route = routeEvent(successOf(operation, uri), policy);
    expect(route).toMatchObject({ kind: "unroutable", reason: "InvalidResourceId" });
    expect(route).toHaveProperty("message", expect.stringContaining(why));
  });

  test.each(["", "yesterday", "2026-13-01T00:00:00Z", "+999999-01-01T00:00:00Z"])(
    "because keys were rotated at %j, which is no time",
    (time) => {
      expect(routeEvent({ ...successOf(rotate, storageUri), time }, policy)).toEqual({
        kind: "unroutable",
        reason: "InvalidEventTime",
        message: `${JSON.stringify(time)} is not the time of an event, so it is not known when keys were rotated. Expected ISO 8601.`,
      });
      expect(routeEvent({ ...written, time }, policy).kind).toBe("workspace");
    },
  );

  test("because of its subscription, and is told which setting would change that", () => {
    const foreign = "99999999-9999-4999-8999-999999999999";
    for (const [operation, uri] of [
      [`${ml}/write`, resourceUri],
      [`${ml}/computes/delete`, computeUri],
      ["Microsoft.Resources/tags/write", resourceUri],
    ] as const)
      expect(routeEvent(successOf(operation, uri.replace(subscriptionId, foreign)), policy)).toEqual({
        kind: "unroutable",
        reason: "SubscriptionNotInPolicy",
        message: `The subscription ${foreign} is not among REMEDIATOR_SUBSCRIPTIONS, nor was it in REMEDIATOR_MANAGEMENT_GROUPS when these were last looked at. Add it to one of them, or remove the event subscription.`,
      });
  });
});

test("whatever an event says, it leads to a workspace of the policy, to a scope, or nowhere with a reason", () => {
  const uris = [...routable.map(({ resourceUri: uri }) => uri), subscriptionUri, "/", "__proto__"];
  const spoilt = fc
    .tuple(fc.constantFrom(...uris), fc.nat(300), fc.nat(3), fc.string({ unit: "binary", maxLength: 4 }))
    .map(([uri, from, length, put]) => uri.slice(0, from) + put + uri.slice(from + length));
  const anyEvent = fc.record({
    id: fc.string(),
    type: fc.oneof(fc.string(), fc.constantFrom(...routedTypes)),
    time: fc.oneof(fc.string(), fc.constantFrom(written.time)),
    operation: fc.oneof(fc.string(), fc.constantFrom(...routedOperations)),
    resourceUri: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...uris), spoilt),
  });
  const nearly = fc
    .tuple(fc.constantFrom(...routable), fc.oneof(fc.constantFrom(...uris), spoilt))
    .map(([event, uri]) => ({ ...event, resourceUri: uri }));
  fc.assert(
    fc.property(fc.oneof(anyEvent, nearly), (event) => {
      const route = routeEvent(event, policy);
      switch (route.kind) {
        case "workspace":
          expect(route.workspace.subscriptionId).toBe(subscriptionId);
          expect(lower(event.resourceUri)).toContain(
            lower(idKey(route.workspace).replace(/.*\/providers/, "/providers")),
          );
          return;
        case "fanOut":
          expect(lower(event.resourceUri)).toContain(lower(`/subscriptions/${route.scope.subscriptionId}`));
          return;
        default:
          expect(route.message).not.toBe("");
      }
    }),
    { numRuns: 1_000 },
  );
});
