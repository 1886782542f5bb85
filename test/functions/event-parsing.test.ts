import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseEvent, UnreadableEventError } from "../../src/functions/event-parsing.ts";
import { actor, cloudEvent, eventGridEvent, having, resourceUri } from "./samples.ts";

const objectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
const schemas = [
  ["the Event Grid schema", eventGridEvent, { type: "eventType", time: "eventTime" }],
  ["CloudEvents 1.0", cloudEvent, { type: "type", time: "time" }],
] as const;

function complaintAbout(body: unknown): string {
  try {
    parseEvent(body);
  } catch (error) {
    if (error instanceof UnreadableEventError) return error.message;
    throw error;
  }
  throw new Error("It was read.");
}

describe.each(schemas)("an event in %s", (schema, sample, names) => {
  test("is read", () => {
    expect(parseEvent(sample)).toEqual({
      id: "c91a1b8e-0000-4000-8000-000000000001",
      type: "Microsoft.Resources.ResourceWriteSuccess",
      time: "2026-03-01T12:00:00.1234567Z",
      operation: "Microsoft.MachineLearningServices/workspaces/write",
      resourceUri,
      actor,
      actorName: "Ada",
    });
  });

  test.each(["id", names.type, names.time, "data", "data.operationName", "data.resourceUri"])(
    "without %s is refused, and the field is named",
    (field) => {
      const complaint = complaintAbout(having(sample, field, undefined));
      expect(complaint).toContain(`Not an event in ${schema}: ${field}: `);
    },
  );

  test.each(["id", names.type, names.time, "data.operationName", "data.resourceUri"])(
    "whose %s is no text, empty or endless is refused, and told what is expected",
    (field) => {
      for (const wrong of [7, null, {}, "", "x".repeat(2_049)])
        expect(complaintAbout(having(sample, field, wrong))).toBe(
          `Not an event in ${schema}: ${field}: expected a text of 1 to 2048 characters.`,
        );
    },
  );

  test("with several faults names them all, in one line of bounded length", () => {
    const complaint = complaintAbout(
      having(having(sample, "id", undefined), "data", { resourceUri: "x".repeat(99_999) }),
    );
    for (const field of ["id", "data.operationName", "data.resourceUri"]) expect(complaint).toContain(`${field}: `);
    expect(complaint).not.toContain("\n");
    expect(complaint.length).toBeLessThan(500);
  });

  test.each([
    ["no claims", "data.claims", undefined],
    ["claims that are a text", "data.claims", "none"],
    ["no object id among its claims", "data.claims", { appid: "x" }],
    ["an object id that is no text", "data.claims", { [objectId]: 7 }],
  ])("with %s has no actor, and is read", (_what, field, value) => {
    const event = parseEvent(having(sample, field, value));
    expect(event).not.toHaveProperty("actor");
    expect(event.resourceUri).toBe(resourceUri);
  });

  test.each([
    ["the name of a person", { name: "Ada", [upn]: "ada@contoso.com", appid: "app-1" }, "Ada"],
    ["else the name a person signs in with", { [upn]: "ada@contoso.com", appid: "app-1" }, "ada@contoso.com"],
    ["else the id of an application", { appid: "app-1" }, "app-1"],
    ["the first of them that is a text", { name: 7, [upn]: "", appid: "app-1" }, "app-1"],
    ["none of them", { tid: "x" }, undefined],
  ])("calls who did it by %s", (_which, claims, actorName) => {
    expect(parseEvent(having(sample, "data.claims", claims)).actorName).toBe(actorName);
  });

  test("keeps of a claim no more than names somebody, so that what is asked for fits into a message", () => {
    const event = parseEvent(
      having(sample, "data.claims", { name: "n".repeat(99_999), [objectId]: "o".repeat(99_999) }),
    );
    expect([event.actorName, event.actor]).toEqual(["n".repeat(256), "o".repeat(256)]);
  });

  test("may have fields that nobody knows", () => {
    expect(parseEvent({ ...sample, tomorrow: { nested: [1] } })).toEqual(parseEvent(sample));
  });
});

test("a CloudEvent of another version is refused as that, whatever else it has", () => {
  expect(complaintAbout(having({ ...eventGridEvent, ...cloudEvent }, "specversion", "0.3"))).toBe(
    'Not an event in CloudEvents 1.0: specversion: expected "1.0".',
  );
});

test.each([
  [null, "null"],
  [undefined, "undefined"],
  ["text", "string"],
  [7, "number"],
  [true, "boolean"],
  [[eventGridEvent], "an array"],
])("%s is no event, and is told what it is", (body, found) => {
  expect(complaintAbout(body)).toBe(`An event is a JSON object; found ${found}.`);
});

test("anything that JSON can say is read or refused with a reason, never with another error", () => {
  const anyJson = fc.jsonValue({ maxDepth: 5 });
  const nearly = fc
    .tuple(
      fc.constantFrom<object>(eventGridEvent, cloudEvent),
      fc.constantFrom(
        "id",
        "type",
        "eventType",
        "time",
        "eventTime",
        "specversion",
        "data",
        "data.claims",
        "data.resourceUri",
      ),
      anyJson,
    )
    .map(([sample, field, value]) => having(sample, field, value));
  fc.assert(
    fc.property(fc.oneof(anyJson, nearly), (body) => {
      try {
        expect(parseEvent(body)).toMatchObject({
          id: expect.any(String) as unknown,
          resourceUri: expect.any(String) as unknown,
        });
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableEventError);
        expect((error as Error).message).not.toBe("");
      }
    }),
    { numRuns: 500 },
  );
});

test("names that mean something to JavaScript mean nothing in an event", () => {
  const hostile = JSON.parse(
    '{"__proto__": {"id": "x"}, "constructor": {"prototype": {"polluted": true}}, "data": {"claims": {"__proto__": {"polluted": true}}}}',
  ) as unknown;
  expect(complaintAbout(hostile)).toContain("id: ");
  expect({}).not.toHaveProperty("polluted");
});
