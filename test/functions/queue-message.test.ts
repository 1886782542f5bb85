import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import type { FanOutMessage, Message } from "../../src/core/ports.ts";
import { type ReadMessage, readMessage } from "../../src/functions/queue-message.ts";
import { having, resourceUri, subscriptionId } from "./samples.ts";

const policy = { subscriptions: [subscriptionId] };
const look = { workspaceId: resourceUri, requestId: "event-1" };
const sweep = { sweep: "overdue since 2026-03-01" };
const scope = { subscriptionId, resourceGroup: "shared", name: "contoso" };
const fanOut: FanOutMessage = {
  fanOut: { index: "registry", scope },
  request: { id: "event-1", cause: "event", acceptedAt: 1_800_000_000_000 },
};

/** Why a message is rejected. */
function complaintAbout(body: unknown): string {
  const read = readMessage(body, policy);
  if (read.kind !== "rejected") throw new Error("It was read.");
  expect(read.reason).toBe("Unreadable");
  return read.message;
}

test("a message for a look is read, with its workspace", () => {
  const expected = { kind: "look", workspace: parseWorkspaceId(resourceUri), message: look };
  expect(readMessage(look, policy)).toEqual(expected);
  expect(readMessage({ ...look, dueAt: "2026-03-01T12:00:00Z", tomorrow: [1] }, policy)).toEqual(expected);
});

test("what asked for it is told beside a message, unless that is malformed", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const message of [look, sweep, fanOut]) {
    const plain = readMessage(message, policy);
    expect(readMessage({ ...message, traceparent }, policy)).toEqual({ ...plain, askedBy: traceparent });
    for (const malformed of ["", "00-x", 17, null, {}, [traceparent], `${traceparent}-more`, "00-".repeat(9_999)])
      expect(readMessage({ ...message, traceparent: malformed }, policy)).toEqual(plain);
  }
});

test("a message for a sweep is read", () => {
  expect(readMessage({ ...sweep, dueAt: "2026-03-01T12:00:00Z" }, policy)).toEqual({ kind: "sweep", message: sweep });
});

describe("a message to fan out", () => {
  const whole: FanOutMessage = {
    fanOut: { index: "storageAccount", scope: { subscriptionId }, after: "0a-1b" },
    request: {
      ...fanOut.request,
      evidence: { operation: "x/write", actor: "Ada", eventId: "1", eventTime: "2026-03-01T12:00:00Z" },
      changedAt: Date.parse("0001-01-01T00:00:00Z"),
      fresh: true,
      confirm: false,
      rotated: { of: "storageAccount", at: 1_800_000_000_000 },
    },
  };

  test("is read in full, and without what it may leave out", () => {
    for (const message of [fanOut, whole]) expect(readMessage(message, policy)).toEqual({ kind: "fanOut", message });
  });

  test("may have a scope outside the policy's subscriptions, for registries may lie there", () => {
    const foreign = { ...scope, subscriptionId: "99999999-9999-4999-8999-999999999999" };
    expect(readMessage(having(fanOut, "fanOut.scope", foreign), policy).kind).toBe("fanOut");
  });

  test.each<[field: string, value: unknown, complaint: string]>([
    ["fanOut", "registry", "fanOut: expected an object"],
    ["fanOut.index", "workspace", "fanOut.index: expected registry or storageAccount"],
    ["fanOut.scope", undefined, "fanOut.scope: expected an object"],
    ["fanOut.scope", `/subscriptions/${subscriptionId}`, "fanOut.scope: expected an object"],
    ["fanOut.scope", {}, "fanOut.scope.subscriptionId: expected a text"],
    ["fanOut.scope.subscriptionId", "production", "fanOut.scope.subscriptionId: expected a GUID"],
    ["fanOut.scope.subscriptionId", `${subscriptionId}'`, "fanOut.scope.subscriptionId: expected a GUID"],
    ["fanOut.scope.resourceGroup", undefined, "fanOut.scope: expected a resourceGroup where there is a name"],
    ["fanOut.scope.resourceGroup", 7, "fanOut.scope.resourceGroup: expected a text"],
    ["fanOut.scope.name", "", "fanOut.scope.name: expected a text"],
    ["fanOut.after", 200, "fanOut.after: expected a text"],
    ["request", undefined, "request: expected an object"],
    ["request.id", 7, "request.id: expected a text"],
    ["request.cause", "curiosity", "request.cause: expected event, sweep, http or scheduled"],
    ["request.acceptedAt", "2026-03-01", "request.acceptedAt: expected milliseconds since the epoch"],
    ["request.acceptedAt", 1e300, "request.acceptedAt: expected milliseconds since the epoch"],
    ["request.changedAt", -1e300, "request.changedAt: expected milliseconds since the epoch"],
    ["request.evidence", ["Ada"], "request.evidence: expected an object"],
    ["request.evidence", { actor: { name: "Ada" } }, "request.evidence.actor: expected a text"],
    ["request.fresh", "yes", "request.fresh: expected true or false"],
    ["request.rotated", { of: "tenant", at: 1 }, "request.rotated.of: expected registry or storageAccount"],
    ["request.rotated", { of: "registry" }, "request.rotated.at: expected milliseconds since the epoch"],
  ])("whose %s is %j is rejected, and told so", (field, value, complaint) => {
    expect(complaintAbout(having(fanOut, field, value))).toBe(
      `Not a message that asks for looks at what depends on a resource: ${complaint}.`,
    );
  });
});

describe("a message is rejected", () => {
  const kinds =
    "A message is a JSON object with the texts workspaceId and requestId, with the text sweep, or with fanOut";

  test.each([
    undefined,
    null,
    "",
    "look at alpha",
    7,
    true,
    [],
    [look],
    {},
    { requestId: "event-1" },
    { fanout: scope },
  ])("that is of no kind: %j", (body) => {
    expect(complaintAbout(body)).toContain(kinds);
  });

  test("whose kind is only inherited", () => {
    expect(complaintAbout(JSON.parse(`{"__proto__": ${JSON.stringify(look)}}`))).toContain(kinds);
    expect(complaintAbout(Object.create(look))).toContain(kinds);
  });

  test.each([
    [{ workspaceId: resourceUri }, "Not a message that asks for a look: requestId: expected a text."],
    [{ ...look, requestId: "" }, "Not a message that asks for a look: requestId: expected a text."],
    [{ ...look, workspaceId: 7 }, "Not a message that asks for a look: workspaceId: expected a text."],
    [{ ...look, workspaceId: "alpha" }, "it does not start with '/'"],
    [{ ...look, workspaceId: `${resourceUri}/computes/gpu` }, "not of a Microsoft.MachineLearningServices/workspaces."],
    [{ sweep: true }, "Not a message that asks for a sweep: sweep: expected a text."],
    [{ sweep: "" }, "Not a message that asks for a sweep: sweep: expected a text."],
    [{ ...look, sweep: null }, "Not a message that asks for a sweep: sweep: expected a text."],
  ])("that is not what its kind asks for: %j", (body, complaint) => {
    expect(complaintAbout(body)).toContain(complaint);
  });

  test("for a subscription that left the policy, and says when the workspace is looked at again", () => {
    const foreign = "99999999-9999-4999-8999-999999999999";
    expect(readMessage({ ...look, workspaceId: resourceUri.replace(subscriptionId, foreign) }, policy)).toMatchObject({
      kind: "rejected",
      reason: "SubscriptionNotInPolicy",
      message: `The subscription ${foreign} is not among REMEDIATOR_SUBSCRIPTIONS, nor was it in REMEDIATOR_MANAGEMENT_GROUPS when these were last looked at, so nothing in it is looked at or changed. Once it is there again, the next sweep asks for this workspace.`,
    });
  });
});

test("whatever JSON comes, it is read as what the app itself could have sent, or rejected with a reason", () => {
  const sample = fc.constantFrom<object>(look, sweep, fanOut);
  const field = fc.constantFrom("workspaceId", "requestId", "sweep", "fanOut", "request", "__proto__", "constructor");
  const nearly = fc.tuple(sample, field, fc.jsonValue()).map(([message, name, value]) => having(message, name, value));
  const sent = (read: Exclude<ReadMessage, { kind: "rejected" }>): Message => read.message;
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue({ maxDepth: 4 }), nearly), (body) => {
      const read = readMessage(body, policy);
      if (read.kind === "rejected") {
        expect(read.message).not.toBe("");
        return;
      }
      expect(readMessage(JSON.parse(JSON.stringify(sent(read))), policy)).toEqual(read);
      if (read.kind === "look") expect(formatId(read.workspace)).toContain(subscriptionId);
    }),
    { numRuns: 500 },
  );
});
