import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { seen, startFixture } from "./fixture.ts";

let host: Host;
let url: string;
beforeAll(async () => {
  host = await startFixture();
  url = host.eventGridUrl("events");
});
afterAll(() => host.stop());

let before = 0;
beforeEach(() => {
  before = seen(host, "events").length;
});

interface Seen {
  readonly event: unknown;
  readonly metadata: unknown;
}
/** What the function was given since the test began; a log line may come after the answer that it precedes. */
const seenNow = (count: number): Promise<Seen[]> =>
  until(`${count} events`, () => {
    const now = seen<Seen>(host, "events").slice(before);
    return now.length >= count && now;
  });

const event = { id: "1", subject: "/s", eventType: "T", data: { resourceUri: "/r" } };
const cloudEvent = { id: "2", source: "/s", specversion: "1.0", type: "T", subject: "/r", data: { ok: true } };
const failing = { ...event, data: { fail: true } };

const post = (
  body: unknown,
  eventType = "Notification",
  to = url,
  contentType = "application/json",
): Promise<Response> =>
  fetch(to, {
    method: "POST",
    headers: { "content-type": contentType, ...(eventType === "" ? {} : { "aeg-event-type": eventType }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("status", () => {
  const wrongKey = (): string => url.replace(/code=.*/, "code=wrong");
  const cases: [what: string, send: () => Promise<Response>, status: number, body: string][] = [
    ["all events succeed", () => post([event, event]), 202, ""],
    ["one event, bare", () => post(event), 202, ""],
    ["an empty array", () => post([]), 202, ""],
    ["one of several fails", () => post([event, failing]), 500, "Exception while executing function: Functions.events"],
    ["an element is no object", () => post([1]), 500, "Exception while executing function: Functions.events"],
    ["the body is no JSON", () => post("{"), 500, ""],
    ["the body is a JSON string", () => post('"text"'), 500, ""],
    ["unsubscribe", () => post([], "Unsubscribe"), 202, ""],
    ["another aeg-event-type", () => post([event], "Surprise"), 400, ""],
    ["no aeg-event-type", () => post([event], ""), 400, ""],
    [
      "no such function",
      () => post([event], "Notification", host.eventGridUrl("none")),
      404,
      "cannot find function: 'none'",
    ],
    ["the wrong key", () => post([event], "Notification", wrongKey()), 401, ""],
    [
      "a key that is not enough",
      () => post([event], "Notification", url.replace(/code=.*/, `code=${host.functionKey}`)),
      403,
      "",
    ],
    ["a verb the host does not route", () => fetch(url, { method: "PATCH" }), 405, ""],
  ];

  test.each(cases)("%s", async (_what, send, status, body) => {
    const response = await send();
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test("a header value is compared without case", async () => {
    expect((await post([event], "notification")).status).toBe(202);
  });
});

describe("dispatch", () => {
  test("the function gets the event as sent, and its data as metadata", async () => {
    await post([event]);
    expect(await seenNow(1)).toEqual([{ event, metadata: { data: event.data } }]);
  });

  test("one failure does not keep the others from running", async () => {
    await post([failing, event, cloudEvent]);
    expect((await seenNow(3)).map((it) => it.event)).toEqual([failing, event, cloudEvent]);
  });

  test("the events of one delivery run at the same time", async () => {
    const together = { ...event, data: { meet: 3 } };
    expect((await post([together, together, together])).status).toBe(202);
  });

  test.each([
    ["structured", cloudEvent, "application/cloudevents+json; charset=utf-8"],
    ["batched", [cloudEvent], "application/cloudevents-batch+json; charset=utf-8"],
  ])("CloudEvents, %s", async (_mode, body, contentType) => {
    expect((await post(body, "Notification", url, contentType)).status).toBe(202);
    expect((await seenNow(1)).map((it) => it.event)).toEqual([cloudEvent]);
  });

  test("an event without data has no metadata", async () => {
    await post({ id: "3" });
    expect(await seenNow(1)).toEqual([{ event: { id: "3" }, metadata: {} }]);
  });
});

describe("handshakes", () => {
  test("a validation event's code is echoed and does not reach the function", async () => {
    const response = await post([{ data: { validationCode: "abc" } }], "SubscriptionValidation");
    expect([response.status, await response.json()]).toEqual([200, { validationResponse: "abc" }]);
    await post([event]);
    expect((await seenNow(1)).map((it) => it.event)).toEqual([event]);
  });

  test("as a CloudEvent its data is JSON in a string", async () => {
    const response = await post({ data: JSON.stringify({ validationCode: "abc" }) }, "SubscriptionValidation");
    expect(await response.json()).toEqual({ validationResponse: "abc" });
  });

  test("a validation without a code is 500", async () => {
    expect((await post([{ data: {} }], "SubscriptionValidation")).status).toBe(500);
  });

  test.each([
    ["eventgrid.azure.net", "eventgrid.azure.net"],
    ["eventgrid.azure.us", "eventgrid.azure.us"],
    ["evil.example", "eventgrid.azure.net"],
  ])("OPTIONS from %s allows %s", async (origin, allowed) => {
    const response = await fetch(url, { method: "OPTIONS", headers: { "WebHook-Request-Origin": origin } });
    expect([response.status, response.headers.get("WebHook-Allowed-Origin")]).toEqual([200, allowed]);
  });

  test("OPTIONS wants the key too", async () => {
    expect((await fetch(url.replace(/code=.*/, ""), { method: "OPTIONS" })).status).toBe(401);
  });
});
