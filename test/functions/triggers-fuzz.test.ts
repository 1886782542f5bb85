import { InvocationContext } from "@azure/functions";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { App } from "../../src/app.ts";
import type { Policy } from "../../src/core/policy.ts";
import { onEvent } from "../../src/functions/events.ts";
import { onPoison } from "../../src/functions/poison.ts";
import { readMessage } from "../../src/functions/queue-message.ts";
import { onMessage } from "../../src/functions/queue.ts";
import { silence } from "../../src/notices/telling.ts";
import { fixedPolicy } from "../../src/policy-now.ts";
import { type RejectedItem } from "../../src/storage/rejected.ts";
import { UnreadableRowError } from "../../src/storage/storage-error.ts";
import { silent } from "../../src/telemetry/telemetry.ts";
import { cloudEvent, eventGridEvent, having, resourceUri, subscriptionId } from "./samples.ts";
import { policy, routable, tagsOf } from "./routing-samples.ts";

const self = "5e1f0000-0000-4000-8000-000000000001";

/** What an app of the triggers is left with. Nobody's look ever comes to pass: its state cannot be read. */
class Left {
  readonly rejected: RejectedItem[] = [];
  readonly sent: object[] = [];
  readonly stored: string[] = [];
  readonly logged: string[] = [];

  readonly app = {
    policyNow: fixedPolicy({ ...policy, waits: { blockedRecheckMs: 1 } } as unknown as Policy),
    ownObjectId: () => Promise.resolve(self),
    notices: silence,
    rejected: { put: (item: RejectedItem) => this.#done(() => this.rejected.push(item)) },
    telemetry: silent,
    ports: {
      newId: () => "id",
      clock: { now: () => 1_800_000_000_000 },
      inbox: {
        put: (_: unknown, { id }: { id: string }) => this.#done(() => this.stored.push(id)),
        has: () => Promise.resolve(false),
        list: () => Promise.resolve([]),
      },
      queue: { send: (message: object) => this.#done(() => this.sent.push(message)) },
      index: { page: () => Promise.resolve({ workspaceIds: [resourceUri, "no id"] }) },
      leases: { acquire: () => Promise.reject(new UnreadableRowError("Written by a newer version.")) },
    },
    // Another is under way.
    sweepPorts: () => Promise.resolve({ newId: () => "sweep", records: { hold: () => Promise.resolve(undefined) } }),
  } as unknown as App;

  readonly context = new InvocationContext({
    functionName: "fuzzed",
    logHandler: (_level, ...texts) => this.logged.push(texts.join(" ")),
  });

  #done(what: () => unknown): Promise<void> {
    what();
    return Promise.resolve();
  }
}

const texts = fc.oneof(
  fc.constantFrom(...routable.flatMap(({ operation, type, resourceUri: uri }) => [operation, type, uri])),
  fc.constantFrom(tagsOf(`/subscriptions/${subscriptionId}`), self, "__proto__", "2026-03-01T12:00:00Z", "\ud800", ""),
  fc.string({ unit: "binary", maxLength: 3_000 }),
);
const field = fc.constantFrom("id", "eventType", "type", "eventTime", "time", "specversion", "subject", "data.status");
const inData = fc.constantFrom("data.operationName", "data.resourceUri", "data.claims.name", "data.claims");
const objectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/** Events as each operation has them, with up to three fields that are something else. */
const events = fc
  .tuple(
    fc.constantFrom<object>(eventGridEvent, cloudEvent),
    fc.constantFrom(...routable),
    fc.array(fc.tuple(fc.oneof(field, inData), fc.oneof({ weight: 3, arbitrary: texts }, fc.jsonValue())), {
      maxLength: 3,
    }),
    fc.constantFrom(undefined, self, self.toUpperCase(), "x".repeat(5_000)),
  )
  .map(([sample, { type, operation, resourceUri: uri }, changes, actor]) => {
    const claims = { name: "n".repeat(5_000), ...(actor === undefined ? {} : { [objectId]: actor }) };
    const data = { operationName: operation, resourceUri: uri, claims, status: "Succeeded" };
    const event = { ...sample, data, ...("specversion" in sample ? { type } : { eventType: type }) };
    return changes.reduce<object>((changed, [name, value]) => having(changed, name, value), event);
  });

describe("whatever event comes", () => {
  test("it is rejected with its reason, or asks for looks by one message that is read again, or is nobody's", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: events }, fc.jsonValue()), async (body) => {
        const left = new Left();
        await onEvent(left.app, body, left.context);
        expect(left.rejected.length + left.sent.length).toBeLessThanOrEqual(1);
        for (const { source, reason, message } of left.rejected) {
          expect([source, reason === "", message === ""]).toEqual(["event", false, false]);
          expect(left.stored).toEqual([]);
        }
        for (const message of left.sent) {
          const json = JSON.stringify(message);
          expect(readMessage(JSON.parse(json), policy).kind).not.toBe("rejected");
          expect(Buffer.from(json).toString("base64").length).toBeLessThan(64 * 1024);
        }
        if (left.rejected.length + left.sent.length === 0)
          expect(left.logged.join("\n")).toMatch(/tells of our own doing|concerns no workspace/);
      }),
      { numRuns: 500 },
    );
  });
});

test("an event whose every text is as long as can be, and takes most room as JSON, still fits into a queue message", async () => {
  const endless = "\u0001".repeat(2_048);
  const [registryWrite] = routable.filter(({ operation }) => operation.endsWith("registries/write"));
  const left = new Left();
  const event = {
    id: endless,
    eventType: registryWrite?.type,
    eventTime: endless,
    data: {
      operationName: registryWrite?.operation,
      resourceUri: registryWrite?.resourceUri,
      claims: { name: "\u0001".repeat(50_000), [objectId]: "\u0001".repeat(50_000) },
    },
  };
  await onEvent(left.app, event, left.context);
  const lengths = left.sent.map((message) => Buffer.from(JSON.stringify(message)).toString("base64").length);
  expect(lengths).toHaveLength(1);
  expect(Math.max(...lengths)).toBeLessThan(64 * 1024);
});

const request = { id: "event-1", cause: "event", acceptedAt: 1_800_000_000_000 };
const messages = [
  { workspaceId: resourceUri, requestId: "event-1" },
  { sweep: "overdue" },
  { fanOut: { index: "registry", scope: { subscriptionId, resourceGroup: "ml", name: "contoso" } }, request },
];
const places = fc.constantFrom("workspaceId", "requestId", "sweep", "fanOut", "request", "__proto__", "toString");
const bodies = fc.oneof(
  fc.jsonValue(),
  texts,
  fc
    .tuple(fc.constantFrom<object>(...messages), places, fc.oneof(texts, fc.jsonValue()))
    .map((parts) => having(...parts)),
  fc.constantFrom(...messages),
);

describe("whatever message comes", () => {
  test("it is worked on, or kept and acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const left = new Left();
        await onMessage(left.app, body, left.context);
        const isRejected = readMessage(body, policy).kind === "rejected";
        expect(left.rejected.map(({ source }) => source)).toEqual(isRejected ? ["message"] : []);
        expect(left.logged).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("from the poison queue, it is kept, and the handler does not throw", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const left = new Left();
        await onPoison(left.app, body, left.context);
        expect(left.rejected).toMatchObject([{ source: "message", reason: "RepeatedlyFailed" }]);
        // The inbox of these tests is empty: a look that nobody waits for is not asked for again.
        expect(left.sent.length).toBe(readMessage(body, policy).kind === "fanOut" ? 1 : 0);
      }),
      { numRuns: 500 },
    );
  });
});
