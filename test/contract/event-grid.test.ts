import { expect, test } from "vitest";

import { azureOf, group, machineLearning, raw, registryId, subscriptionId, workspaceId } from "./stand-in.ts";
import { receiverOf } from "./receiver.ts";

const write = "Microsoft.MachineLearningServices/workspaces/write";
const fast = { timeScale: 0.0001 };
const idOf = (name: string): string => workspaceId.replace(/alpha$/, name);

test("the Event Grid schema: the code is asked back, then events come one to an array", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  expect(receiver.received[0]).toMatchObject({
    method: "POST",
    headers: { "aeg-event-type": "SubscriptionValidation", "aeg-subscription-name": "APP" },
    body: [{ eventType: "Microsoft.EventGrid.SubscriptionValidationEvent" }],
  });
  await machineLearning(azure).workspaces.beginUpdateAndWait("ml", "alpha", { containerRegistry: registryId });
  await azure.idle();
  const { principalId, clientId } = azure.world.self;
  expect(receiver.received[1]).toMatchObject({
    headers: {
      "aeg-event-type": "Notification",
      "aeg-delivery-count": "0",
      "content-type": "application/json; charset=utf-8",
    },
    body: [
      {
        topic: `/subscriptions/${subscriptionId}`,
        subject: workspaceId,
        eventType: "Microsoft.Resources.ResourceWriteSuccess",
        dataVersion: "2",
        metadataVersion: "1",
        data: {
          operationName: write,
          status: "Succeeded",
          subscriptionId,
          resourceProvider: "Microsoft.MachineLearningServices",
          resourceUri: workspaceId.replace("resourceGroups", "resourcegroups"),
          correlationId: azure.requests[0]?.correlationId,
          authorization: { scope: workspaceId, action: write },
          claims: {
            appid: clientId,
            "http://schemas.microsoft.com/identity/claims/objectidentifier": principalId,
          },
        },
      },
    ],
  });
});

test("CloudEvents: the origin is asked for with OPTIONS, then events come as bare objects", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint, schema: "CloudEventSchemaV1_0" });
  expect(receiver.received[0]).toMatchObject({
    method: "OPTIONS",
    headers: { "webhook-request-origin": "eventgrid.azure.net" },
  });
  azure.world.put({ id: idOf("beta") });
  await azure.idle();
  expect(receiver.received[1]).toMatchObject({
    headers: { "aeg-event-type": "Notification", "content-type": "application/cloudevents+json; charset=utf-8" },
    body: {
      specversion: "1.0",
      source: `/subscriptions/${subscriptionId}`,
      type: "Microsoft.Resources.ResourceWriteSuccess",
      subject: idOf("beta"),
      data: { operationName: write },
    },
  });
});

test("a destination that does not agree gets no event subscription", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  receiver.agrees = false;
  await expect(azure.subscribe({ name: "app", endpoint: receiver.endpoint })).rejects.toThrow(/404/);
  const cloudEvents = { name: "app", endpoint: receiver.endpoint, schema: "CloudEventSchemaV1_0" } as const;
  await expect(azure.subscribe(cloudEvents)).rejects.toThrow(/WebHook-Allowed-Origin/);
});

test("an event subscription of the fixture may wait for its destination to come up", async () => {
  const receiver = await receiverOf();
  receiver.agrees = false;
  const azure = await azureOf({ eventSubscriptions: [{ name: "app", endpoint: receiver.endpoint }] }, fast);
  azure.world.put({ id: idOf("beta") });
  await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
  receiver.agrees = true;
  await azure.idle();
  expect(receiver.events()).toHaveLength(1);
});

test("what fails is delivered again, counting the attempts, until it is taken", async () => {
  const [azure, receiver] = await Promise.all([azureOf(undefined, fast), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  receiver.statuses.push(500, 503, 404);
  azure.world.put({ id: idOf("beta") });
  await azure.idle();
  const attempts = receiver.received.slice(1).map(({ headers }) => headers["aeg-delivery-count"]);
  expect(attempts).toEqual(["0", "1", "2", "3"]);
  expect(azure.summary().events).toEqual({ published: 1, delivered: 1, failedAttempts: 3, dropped: 0, pending: 0 });
});

test.each([400, 403, 413])("%i is final: the event is dead-lettered without another attempt", async (status) => {
  const [azure, receiver] = await Promise.all([azureOf(undefined, fast), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  receiver.statuses.push(status);
  azure.world.put({ id: idOf("beta") });
  await azure.idle();
  expect(receiver.events()).toHaveLength(1);
  const { body } = await raw(azure, "/_local/dead-letters");
  expect(body).toMatchObject([
    { subscription: "app", lastStatus: status, attempts: 1, event: { operationName: write } },
  ]);
});

test("only what the filters name is delivered, whatever its casing", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  await azure.subscribe({
    name: "app",
    endpoint: receiver.endpoint,
    subscriptionId: subscriptionId.toUpperCase(),
    operations: [write.toUpperCase()],
    eventTypes: ["Microsoft.Resources.ResourceWriteSuccess"],
  });
  azure.world.put({ id: idOf("beta") });
  azure.world.put({ id: idOf("beta").replace(subscriptionId, "22222222-2222-4222-8222-222222222222") });
  azure.world.put({ id: `${registryId}2` });
  azure.world.put({ id: idOf("gamma") }, { event: false });
  azure.world.delete(idOf("beta"));
  await azure.idle();
  expect(receiver.events()).toMatchObject([{ subject: idOf("beta"), data: { operationName: write } }]);
});

test("every write becomes an event of its kind, those that fail too, and those of grants", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  const { workspaces } = machineLearning(azure);
  await workspaces.beginResyncKeysAndWait("ml", "alpha");
  await expect(workspaces.beginUpdate("ml", "gone", { containerRegistry: registryId })).rejects.toThrow();
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: azure.world.self.principalId });
  azure.world.revoke({ scope: registryId, principalId: azure.world.self.principalId });
  await workspaces.beginDeleteAndWait("ml", "alpha");
  await azure.idle();
  const seen = receiver.events() as { eventType: string; data: { operationName: string } }[];
  const kinds = seen.map(
    ({ eventType, data }) => `${eventType.replace("Microsoft.Resources.", "")} ${data.operationName}`,
  );
  expect(kinds.sort()).toEqual([
    "ResourceActionSuccess Microsoft.MachineLearningServices/workspaces/resynckeys/action",
    "ResourceDeleteSuccess Microsoft.Authorization/roleAssignments/delete",
    "ResourceDeleteSuccess Microsoft.MachineLearningServices/workspaces/delete",
    "ResourceWriteFailure Microsoft.MachineLearningServices/workspaces/write",
    "ResourceWriteSuccess Microsoft.Authorization/roleAssignments/write",
  ]);
});

test("the event of a long operation comes when the operation has ended", async () => {
  const [azure, receiver] = await Promise.all([azureOf(undefined, { attachSeconds: 30 }), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  await machineLearning(azure).workspaces.beginUpdate("ml", "alpha", { containerRegistry: registryId });
  await azure.idle();
  expect(receiver.events()).toHaveLength(0);
  azure.pass(30);
  azure.world.settle();
  await azure.idle();
  expect(receiver.events()).toHaveLength(1);
});

test("deliveries can be doubled, turned round, late or lost", async () => {
  const [azure, receiver] = await Promise.all([azureOf(undefined, fast), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint, maxEventsPerBatch: 10 });
  const faults = async (deliveryFaults: object): Promise<unknown> =>
    raw(azure, "/_local/settings", { method: "PATCH", body: JSON.stringify({ deliveryFaults }) });
  const subjects = (): unknown[] =>
    (receiver.events() as { subject: string }[]).splice(0).map(({ subject }) => subject);

  await faults({ duplicates: 1, reorder: true, delaySeconds: 5 });
  azure.world.put({ id: idOf("first") });
  azure.world.put({ id: idOf("second") });
  await azure.idle();
  expect(subjects()).toEqual([idOf("second"), idOf("second"), idOf("first"), idOf("first")]);
  await faults({ drop: true });
  azure.world.put({ id: idOf("third") });
  await azure.idle();
  expect(receiver.events()).toHaveLength(4);
  expect(azure.summary().events.dropped).toBe(1);
});

test("a deleted resource group takes its workspaces with it, an event for each", async () => {
  const [azure, receiver] = await Promise.all([azureOf(), receiverOf()]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  await raw(azure, `${group}?api-version=2022-09-01`, { method: "DELETE" });
  await azure.idle();
  expect(receiver.events()).toHaveLength(4);
});
