import { EventGridPublisherClient } from "@azure/eventgrid";
import { describe, expect, test } from "vitest";
import { SELF } from "../../local/azure/fixture.ts";
import type { Fixture } from "../../local/azure/index.ts";
import { publisherTo } from "../../src/notices/publisher.ts";
import { cloudEventOf } from "../../src/notices/cloud-event.ts";
import { blockedNews, publishing } from "../notices/samples.ts";
import { receiverOf } from "./receiver.ts";
import { azureOf, group, raw, type TestAzure } from "./stand-in.ts";

const topicId = `${group}/providers/Microsoft.EventGrid/topics/notices`;
const fixture: Fixture = { resources: [{ id: topicId }] };
const audience = "https://eventgrid.azure.net";
const path = "/topics/notices/api/events?api-version=2018-01-01";
const batch = "application/cloudevents-batch+json; charset=utf-8";
const event = { specversion: "1.0", id: "1", source: "urn:test", type: "Test.Happened", subject: "it", data: { a: 1 } };

/** Tokens as the platform hands them out, for whatever they are asked for. */
const credentialOf = (azure: TestAzure, asked: unknown[] = []) => ({
  getToken: (scopes: string | string[]) => {
    asked.push(scopes);
    const [scope = ""] = [scopes].flat();
    const token = azure.token(undefined, scope.replace("/.default", ""));
    return Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 });
  },
});

function sent(azure: TestAzure, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof raw> {
  const authorization = `Bearer ${azure.token(undefined, audience)}`;
  return raw(azure, path, {
    method: "POST",
    headers: { authorization, "content-type": batch, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("a custom topic", () => {
  test("takes CloudEvents from the SDK, with a token for Event Grid, and delivers them as they came", async () => {
    const [azure, receiver] = await Promise.all([azureOf(fixture), receiverOf()]);
    const { endpoint } = receiver;
    await azure.subscribe({ name: "people", topicId, endpoint, schema: "CloudEventSchemaV1_0" });
    const asked: unknown[] = [];
    const credential = credentialOf(azure, asked);
    const client = new EventGridPublisherClient(azure.topicEndpoint("notices"), "CloudEvent", credential);
    const { specversion, ...given } = event;
    await client.send([{ ...given, time: new Date("2026-03-01T12:00:00Z") }]);
    await azure.idle();
    expect(asked).toEqual([["https://eventgrid.azure.net/.default"]]);
    const came = { ...event, specversion, time: "2026-03-01T12:00:00.000Z", datacontenttype: "application/json" };
    expect(receiver.events()).toEqual([came]);
    expect(azure.topicEvents).toEqual([{ topicId, type: "Test.Happened", cloudEvent: came }]);
    expect((await raw(azure, "/_local/topic-requests")).body).toMatchObject([{ topicId, status: 200, events: 1 }]);
    expect((await raw(azure, "/_local/topic-events")).body).toEqual(azure.topicEvents);
  });

  test("delivers to its own subscriptions only, by their types, again until it is taken", async () => {
    const [azure, receiver, other] = await Promise.all([
      azureOf(fixture, { timeScale: 0.0001 }),
      receiverOf(),
      receiverOf(),
    ]);
    const schema = "CloudEventSchemaV1_0";
    const eventTypes = ["Test.Happened"];
    await azure.subscribe({ name: "people", topicId, endpoint: receiver.endpoint, schema, eventTypes });
    await azure.subscribe({ name: "resources", endpoint: other.endpoint, schema });
    receiver.statuses.push(500);
    await sent(azure, [event, { ...event, id: "2", type: "Test.Other" }]);
    await azure.idle();
    expect(receiver.events()).toEqual([event, event]);
    expect(other.events()).toEqual([]);
    azure.world.put({ id: `${group}/providers/Microsoft.ContainerRegistry/registries/images` });
    await azure.idle();
    expect([receiver.events().length, other.events().length]).toEqual([2, 1]);
    const wrong = { name: "x", topicId, endpoint: receiver.endpoint };
    await expect(azure.subscribe(wrong)).rejects.toThrow("delivers them as they came");
  });

  test.each([
    ["no JSON", "{", "it is not JSON"],
    ["one where there should be several", event, "it is no array"],
    ["no object", [7], "an event is no object"],
    ["another version", [{ ...event, specversion: "0.3" }], "specversion is not 1.0"],
    ["no id", [{ ...event, id: "" }], "id is not a text"],
    ["no source", [{ ...event, source: undefined }], "source is not a text"],
    ["no type", [{ ...event, type: 7 }], "type is not a text"],
    ["a subject that is none", [{ ...event, subject: null }], "subject is not a text"],
    ["a time that is none", [{ ...event, time: "yesterday" }], "time is no timestamp"],
    ["an extension with a capital", [{ ...event, traceParent: "x" }], "traceParent is no name of an attribute"],
    ["the other schema", [{ id: "1", eventType: "x", subject: "x", eventTime: "x", dataVersion: "1" }], "specversion"],
  ])("refuses %s", async (_what, body, why) => {
    const azure = await azureOf(fixture);
    const { status, code, message } = await sent(azure, body);
    expect([status, code]).toEqual([400, "BadRequest"]);
    expect(message).toContain(why);
    expect(azure.topicEvents).toEqual([]);
  });

  test("refuses more than a megabyte, another content type, another version, another topic", async () => {
    const azure = await azureOf(fixture);
    const large = [{ ...event, data: "x".repeat(1024 * 1024) }];
    expect(await sent(azure, large)).toMatchObject({ status: 413, code: "PayloadTooLarge" });
    expect(await sent(azure, [event], { "content-type": "application/json" })).toMatchObject({ status: 415 });
    const authorization = `Bearer ${azure.token(undefined, audience)}`;
    const init = { method: "POST", headers: { authorization, "content-type": batch }, body: JSON.stringify([event]) };
    expect(await raw(azure, path.replace("2018-01-01", "2017-01-01"), init)).toMatchObject({ status: 400 });
    expect(await raw(azure, path.replace("notices", "nowhere"), init)).toMatchObject({ status: 404 });
    const single = "application/cloudevents+json";
    expect(await sent(azure, event, { "content-type": single })).toMatchObject({ status: 200 });
  });

  test("refuses who has no token, one for something else, or not the role; ARM and registries refuse its tokens", async () => {
    const azure = await azureOf({ ...fixture, self: { permissions: [] } });
    const as = (token: string): ReturnType<typeof raw> => sent(azure, [event], { authorization: `Bearer ${token}` });
    expect(await sent(azure, [event], { authorization: "" })).toMatchObject({ status: 401, code: "Unauthorized" });
    expect(await as("x")).toMatchObject({ status: 401 });
    expect((await as(azure.token())).message).toContain("another audience");
    const ours = azure.token(undefined, audience);
    expect((await as(ours)).message).toContain(`does not have permission to send data to ${topicId}`);
    azure.world.grant({ scope: group, role: "EventGrid Data Sender", principalId: SELF });
    expect(await as(ours)).toMatchObject({ status: 200 });
    const headers = { authorization: `Bearer ${ours}` };
    const arm = await raw(azure, `${group}?api-version=2022-09-01`, { headers });
    expect(arm).toMatchObject({ status: 401, code: "InvalidAuthenticationTokenAudience" });
  });
});

describe("the app's publisher", () => {
  const notice = cloudEventOf(blockedNews, publishing);
  const publish = (azure: TestAzure, attemptMs = 5_000): Promise<void> =>
    publisherTo(azure.topicEndpoint("notices"), credentialOf(azure), { attemptMs, beforeRetryMs: 0 })([notice]);
  const statuses = (azure: TestAzure): unknown[] => azure.topicRequests.map(({ status }) => status);

  test("sends an event that a topic takes", async () => {
    const azure = await azureOf(fixture);
    await publish(azure);
    expect(azure.topicEvents).toMatchObject([
      { cloudEvent: { id: notice.id, data: { portalUrl: notice.data.portalUrl } } },
    ]);
  });

  test.each([
    ["5xx", { respond: { status: 503, headers: { "retry-after": "3600" } } }, 503],
    ["429", { respond: { status: 429 } }, 429],
    ["a lost connection", { reset: true }, 0],
  ])("tries once more after %s, and no more than that", async (_what, fault, status) => {
    const azure = await azureOf(fixture);
    azure.setFaults([{ match: { path: "^/topics/" }, times: 1, ...fault }]);
    await publish(azure);
    expect(statuses(azure)).toEqual([status, 200]);
    azure.setFaults([{ match: { path: "^/topics/" }, ...fault }]);
    await expect(publish(azure)).rejects.toThrow();
    expect(statuses(azure)).toHaveLength(4);
  });

  test("does not try again what would be refused again", async () => {
    const azure = await azureOf({ ...fixture, self: { permissions: [] } });
    await expect(publish(azure)).rejects.toThrow("does not have permission to send data");
    expect(statuses(azure)).toEqual([401]);
  });

  test("waits no longer than it may for a topic, or a token, that never answers", async () => {
    const azure = await azureOf(fixture);
    azure.setFaults([{ match: { path: "^/topics/" }, delayMs: 3_600_000 }]);
    await expect(publish(azure, 100)).rejects.toThrow("no answer within 100 ms");
    const silent = { getToken: () => new Promise<never>(() => undefined) };
    const patience = { attemptMs: 100, beforeRetryMs: 0 };
    await expect(publisherTo(azure.topicEndpoint("notices"), silent, patience)([notice])).rejects.toThrow("no answer");
  });
});
