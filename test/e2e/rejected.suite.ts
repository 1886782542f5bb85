import { describe, expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { accept } from "../../src/core/work.ts";
import { openStorage } from "../../src/storage/connection.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import { deliver, eventually } from "./app.ts";
import {
  cloudEventOf,
  deleteOperation,
  eventOf,
  foreignSubscriptionId,
  registryId,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";
import { queueLength, rejectedSince, rowsOf, sendRaw } from "./stores.ts";

/** Whatever comes here must lead to nothing, so the workspace that the bodies name is one that needs everything. */
const id = workspaceIdOf("victim");

type Json = Record<string, unknown>;

function event(changes: Json): Json {
  return { ...eventOf(id), ...changes };
}

function withData(changes: Json): Json {
  return event({ data: { ...eventOf(id).data, ...changes } });
}

function about(resourceUri: unknown): Json {
  return withData({ resourceUri });
}

function without(name: string, from: Json = eventOf(id)): Json {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
}

const withoutData = (name: string): Json => event({ data: without(name, eventOf(id).data) });
const group = `/subscriptions/${subscriptionId}/resourceGroups/ml-team`;
const provider = "Microsoft.MachineLearningServices/workspaces";

/** What is wrong, the body, the reason it is kept with, and what the message names. */
const table: readonly (readonly [what: string, body: Json, reason: string, names: string])[] = [
  ["nothing in it", {}, "Unreadable", "id"],
  ["no id", without("id"), "Unreadable", "id"],
  ["an empty id", event({ id: "" }), "Unreadable", "id"],
  ["a number for its id", event({ id: 7 }), "Unreadable", "id"],
  ["an id of a hundred thousand characters", event({ id: "x".repeat(100_000) }), "Unreadable", "id"],
  ["no type", without("eventType"), "Unreadable", "eventType"],
  ["null for its type", event({ eventType: null }), "Unreadable", "eventType"],
  ["no time", without("eventTime"), "Unreadable", "eventTime"],
  ["no data", without("data"), "Unreadable", "data"],
  ["null for its data", event({ data: null }), "Unreadable", "data"],
  ["text for its data", event({ data: JSON.stringify(eventOf(id).data) }), "Unreadable", "data"],
  ["an array for its data", event({ data: [eventOf(id).data] }), "Unreadable", "data"],
  ["no operation", withoutData("operationName"), "Unreadable", "data.operationName"],
  ["a number for its operation", withData({ operationName: 1 }), "Unreadable", "data.operationName"],
  ["no resource", withoutData("resourceUri"), "Unreadable", "data.resourceUri"],
  ["an object for its resource", about({ id }), "Unreadable", "data.resourceUri"],
  ["an empty resource", about(""), "Unreadable", "data.resourceUri"],
  ["a resource of a hundred thousand characters", about(`${id}${"x".repeat(100_000)}`), "Unreadable", "resourceUri"],
  ["a later version of CloudEvents", { ...cloudEventOf(id), specversion: "2.0" }, "Unreadable", "specversion"],
  ["a CloudEvent's envelope without a type", without("type", cloudEventOf(id)), "Unreadable", "type"],
  ["a CloudEvent's envelope without a time", without("time", cloudEventOf(id)), "Unreadable", "time"],
  ["a CloudEvent's envelope without data", without("data", cloudEventOf(id)), "Unreadable", "data"],
  [
    "the operation of a compute",
    withData({ operationName: `${provider}/computes/write` }),
    "UnknownOperation",
    "computes/write",
  ],
  ["the operation of nobody", withData({ operationName: "__proto__" }), "UnknownOperation", "__proto__"],
  [
    "a failed write",
    event({ eventType: "Microsoft.Resources.ResourceWriteFailure" }),
    "NotASuccess",
    "ResourceWriteFailure",
  ],
  [
    "a cancelled write",
    event({ eventType: "Microsoft.Resources.ResourceWriteCancel" }),
    "NotASuccess",
    "ResourceWriteCancel",
  ],
  [
    "a delete whose type is that of a write",
    withData({ operationName: deleteOperation }),
    "NotASuccess",
    "ResourceWriteSuccess",
  ],
  [
    "a workspace of a foreign subscription",
    about(workspaceIdOf("victim", foreignSubscriptionId)),
    "SubscriptionNotInPolicy",
    "REMEDIATOR_SUBSCRIPTIONS",
  ],
  ["the id of a registry", about(registryId), "InvalidResourceId", "Microsoft.ContainerRegistry/registries"],
  ["the id of a compute", about(`${id}/computes/cpu`), "InvalidResourceId", "computes"],
  ["the id of a resource group", about(group), "InvalidResourceId", "segment 5"],
  ["the id of a subscription", about(`/subscriptions/${subscriptionId}`), "InvalidResourceId", "segment 3"],
  ["a name instead of an id", about("victim"), "InvalidResourceId", "does not start with '/'"],
  ["a URL instead of an id", about(`https://management.azure.com${id}`), "InvalidResourceId", "start with '/'"],
  [
    "a subscription that is no GUID",
    about(id.replace(subscriptionId, "production")),
    "InvalidResourceId",
    "not a GUID",
  ],
  ["an id that climbs out of its group", about(`${group}/../../..${id}`), "InvalidResourceId", "segment 5"],
  ["an id with an empty segment", about(id.replace("/providers/", "//providers/")), "InvalidResourceId", "segment 5"],
  ["escaped slashes in a name", about(`${group}/providers/${provider}/a%2F..%2Fvictim`), "InvalidResourceId", "name"],
  ["a query in a name", about(`${id}?api-version=2020-01-01`), "InvalidResourceId", "name"],
  ["a line break in a name", about(`${id}\nX-Injected: 1`), "InvalidResourceId", "name"],
  ["a null character in a name", about(`${id}\u0000`), "InvalidResourceId", "name"],
  ["a quote in a name", about(`${id}' or '1' eq '1`), "InvalidResourceId", "name"],
  ["a name that is the parent", about(`${group}/providers/${provider}/..`), "InvalidResourceId", "name"],
  ["a resource group that is the parent", about(id.replace("ml-team", "..")), "InvalidResourceId", "resource group"],
];

/** What this suite needs in the stand-in for Azure. */
export const rejectedCast = [workspace("victim"), workspace("foreign", { subscription: foreignSubscriptionId })];

/** What nobody can read or route changes nothing and is kept. To run first: it proves that nothing at all was looked at. */
export function rejections(stack: Stack): void {
  describe("an event with", () => {
    it.each(table)("%s is acknowledged and kept with its reason", async (_what, body, reason, names) => {
      const sent = new Date();
      expect((await deliver(stack.host, [body])).status).toBe(202);

      const kept = await rejectedSince(stack.azurite, sent);
      expect(kept).toHaveLength(1);
      expect(kept[0]).toMatchObject({ source: "event", reason });
      expect(kept[0]?.message).toContain(names);
      expect(kept[0]?.body).toBe(JSON.stringify(body).slice(0, 32_000));
      expect(kept[0]?.bodyLength).toBe(JSON.stringify(body).length);
    });
  });

  it("keeps what came in one batch side by side, and a redelivery of it once", async () => {
    const sent = new Date();
    const batch = [about("first"), about("second"), event({ eventType: 1 })];
    expect((await deliver(stack.host, batch)).status).toBe(202);
    expect((await deliver(stack.host, batch)).status).toBe(202);
    const kept = await rejectedSince(stack.azurite, sent);
    expect(kept.map(({ reason }) => reason).sort()).toEqual(["InvalidResourceId", "InvalidResourceId", "Unreadable"]);
  });

  it.each([
    ["text that is no JSON", "{not json", "Notification", 500],
    ["nothing", "", "Notification", 500],
    ["a number", "7", "Notification", 500],
    ["an array of numbers and arrays", "[7, []]", "Notification", 500],
    ["an event under another aeg-event-type", JSON.stringify([eventOf(id)]), "Carnival", 400],
    ["an event under no aeg-event-type", JSON.stringify([eventOf(id)]), "", 400],
  ])("%s is answered by the host, and never reaches the app", async (_what, body, eventType, status) => {
    const sent = new Date();
    const answer = await deliver(stack.host, body, eventType);
    expect(answer.status).toBe(status);
    expect(await rejectedSince(stack.azurite, sent)).toEqual([]);
  });

  describe("a queue message", () => {
    const request = { workspaceId: id, requestId: "event-1" };
    const shape = "A message is a JSON object with the texts workspaceId and requestId.";

    it.each([
      ["that is no JSON", "look at the victim", shape],
      ["that is a number", "7", shape],
      ["that is null", "null", shape],
      ["that is an array", JSON.stringify([request]), shape],
      ["without a workspace", JSON.stringify(without("workspaceId", request)), shape],
      ["without a request", JSON.stringify(without("requestId", request)), shape],
      ["with a number for its workspace", JSON.stringify({ ...request, workspaceId: 7 }), shape],
      [
        "with a name for its workspace",
        JSON.stringify({ ...request, workspaceId: "victim" }),
        "does not start with '/'",
      ],
      ["for a registry", JSON.stringify({ ...request, workspaceId: registryId }), "Microsoft.ContainerRegistry"],
      ["for a compute", JSON.stringify({ ...request, workspaceId: `${id}/computes/cpu` }), "computes"],
      ["for the parent", JSON.stringify({ ...request, workspaceId: `${group}/providers/${provider}/..` }), "name"],
    ])("%s is kept with its reason and acknowledged", async (_what, text, names) => {
      const sent = new Date();
      await sendRaw(stack.azurite, text);
      const [kept] = await eventually("the message to be kept", async () => {
        const items = await rejectedSince(stack.azurite, sent);
        return items.length > 0 && items;
      });
      expect(kept).toMatchObject({ source: "message", reason: "Unreadable", body: text });
      expect(kept?.message).toContain(names);
      await eventually("the queue to be empty", async () => (await queueLength(stack.azurite)) === 0);
    });

    it("whose request nobody remembers is acknowledged: an earlier look covered it", async () => {
      const sent = new Date();
      await sendRaw(stack.azurite, JSON.stringify(request));
      await eventually("the queue to be empty", async () => (await queueLength(stack.azurite)) === 0);
      expect(await rejectedSince(stack.azurite, sent)).toEqual([]);
    });

    it("for a subscription that left the policy since is kept, and nothing in it is touched", async () => {
      const sent = new Date();
      const storage = openStorage({ kind: "connectionString", connectionString: stack.azurite.connectionString });
      const foreign = parseWorkspaceId(workspaceIdOf("foreign", foreignSubscriptionId));
      const look = { id: "look-earlier", cause: "scheduled", acceptedAt: Date.now() } as const;
      await accept(foreign, look, { inbox: openInbox(storage), queue: openRequestQueue(storage, { now: Date.now }) });
      const [kept] = await eventually("the message to be kept", async () => {
        const items = await rejectedSince(stack.azurite, sent);
        return items.length > 0 && items;
      });
      expect(kept).toMatchObject({ source: "message", reason: "SubscriptionNotInPolicy" });
      expect(kept?.message).toContain(`${foreignSubscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS`);
      await openInbox(storage).remove(foreign, [look.id]);
    });

    it("never ends on the poison queue", async () => {
      expect(await queueLength(stack.azurite, "requests-poison")).toBe(0);
    });
  });

  it("of all that, nothing was looked at, asked of Azure, queued or remembered", async () => {
    expect(stack.azure.requests).toEqual([]);
    expect(await rowsOf(stack.azurite, "Workspaces")).toEqual([]);
    expect(await rowsOf(stack.azurite, "Inbox")).toEqual([]);
    expect(await rowsOf(stack.azurite, "History")).toEqual([]);
    expect(await queueLength(stack.azurite)).toBe(0);
  });
}
