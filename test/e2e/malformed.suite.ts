import { beforeAll, describe, expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { accept } from "../../src/core/work.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { longestBody } from "../../src/storage/rejected.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import type { RejectedRecord } from "../support/rejected-records.ts";
import { answered, call, deliver, type Problem } from "./app.ts";
import { eventOf, foreignSubscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { about, event, malformedEvents, unparseable, victim } from "./malformed-events.ts";
import { malformedBodies, malformedPaths, malformedQueries, path, unrouted } from "./malformed-http.ts";
import { lookMessage, malformedMessages } from "./malformed-messages.ts";
import { queueLength, rejectedSince, rowsOf, sendRaw, storageOf } from "./stores.ts";

/** What this suite needs in the stand-in for Azure. */
export const malformedCast = [workspace("victim"), workspace("foreign", { subscription: foreignSubscriptionId })];

/** What nobody can read or route changes nothing and is kept. To run first: it proves that nothing at all was looked at. */
export function malformedInput(stack: Stack): void {
  describe.each(Object.entries(malformedEvents))("an event that is kept as %s, for it has", (reason, table) => {
    it.each(table)("%s", async (_what, body, names) => {
      const sent = new Date();
      expect((await deliver(stack.host, [body])).status).toBe(202);

      const kept = await rejectedSince(stack.azurite, sent);
      expect(kept).toHaveLength(1);
      expect(kept[0]).toMatchObject({ source: "event", reason });
      expect(kept[0]?.message).toContain(names);
      const text = JSON.stringify(body);
      expect(kept[0]).toMatchObject({ body: text.slice(0, longestBody).toWellFormed(), bodyLength: text.length });
    });
  });

  it("what came in one batch is kept side by side, and a redelivery of it once", async () => {
    const sent = new Date();
    const batch = [about("first"), about("second"), event({ eventType: 1 })];
    expect((await deliver(stack.host, batch)).status).toBe(202);
    expect((await deliver(stack.host, batch)).status).toBe(202);
    const kept = await rejectedSince(stack.azurite, sent);
    expect(kept.map(({ reason }) => reason).sort()).toEqual(["InvalidResourceId", "InvalidResourceId", "Unreadable"]);
  });

  it.each(unparseable)("%s is answered by the host, and never reaches the app", async (_what, body, type, status) => {
    const sent = new Date();
    expect((await deliver(stack.host, body, type)).status).toBe(status);
    expect(await rejectedSince(stack.azurite, sent)).toEqual([]);
  });

  it("of a field that comes twice the last one counts", async () => {
    const sent = new Date();
    const twice = `${JSON.stringify(eventOf(victim)).slice(0, -1)}, "data": null}`;
    expect((await deliver(stack.host, `[${twice}]`)).status).toBe(202);
    expect((await rejectedSince(stack.azurite, sent)).map(({ reason }) => reason)).toEqual(["Unreadable"]);
  });

  describe("a queue message", () => {
    let kept: readonly RejectedRecord[] = [];
    beforeAll(async () => {
      const sent = new Date();
      for (const [, text] of malformedMessages) await sendRaw(stack.azurite, text);
      await until("every message to be taken", async () => (await queueLength(stack.azurite)) === 0);
      kept = await rejectedSince(stack.azurite, sent);
    });

    it.each(malformedMessages)("%s is kept with its reason and acknowledged", (_what, text, names) => {
      const found = kept.filter(({ message, bodyLength }) => message.includes(names) && bodyLength > 0);
      expect(found.map(({ body }) => body)).toContain(keptAs(text));
      for (const { source, reason } of found)
        expect([source, reason]).toEqual([
          "message",
          names.startsWith("REMEDIATOR") ? "SubscriptionNotInPolicy" : "Unreadable",
        ]);
    });

    it("leaves nothing unsaid: each is kept, and once", () => {
      expect(kept).toHaveLength(malformedMessages.length);
    });

    it("whose request nobody remembers is acknowledged: an earlier look covered it", async () => {
      const sent = new Date();
      await sendRaw(stack.azurite, JSON.stringify({ ...lookMessage, schemaVersion: 99 }));
      await until("the queue to be empty", async () => (await queueLength(stack.azurite)) === 0);
      expect(await rejectedSince(stack.azurite, sent)).toEqual([]);
    });

    it("for a subscription that left the policy since is kept, and nothing in it is touched", async () => {
      const sent = new Date();
      const storage = storageOf(stack.azurite);
      const foreign = parseWorkspaceId(workspaceIdOf("foreign", foreignSubscriptionId));
      const look = { id: "look-earlier", cause: "scheduled", acceptedAt: Date.now() } as const;
      await accept(foreign, look, { inbox: openInbox(storage), queue: openRequestQueue(storage, { now: Date.now }) });
      const [record] = await until("the message to be kept", async () => {
        const items = await rejectedSince(stack.azurite, sent);
        return items.length > 0 && items;
      });
      expect(record).toMatchObject({ source: "message", reason: "SubscriptionNotInPolicy" });
      expect(record?.message).toContain(`${foreignSubscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS`);
      await openInbox(storage).remove(foreign, [look.id]);
    });
  });

  describe("over HTTP", () => {
    it.each(malformedPaths)("the path %s names no workspace", async (wrong, names) => {
      for (const [method, target] of [
        ["GET", wrong],
        ["GET", `${wrong}/diagnosis`],
        ["POST", `${wrong}/remediate`],
        ["POST", `${wrong}/remediate?dryRun=true`],
      ] as const)
        expectProblem(await call(stack.host, method, target), "InvalidWorkspacePath", names);
    });

    it.each(malformedQueries)("the query %s is not understood", async (query, names) => {
      expectProblem(await call(stack.host, "POST", `${path}/remediate?${query}`), "InvalidQuery", names);
    });

    it.each(malformedBodies)("a body is not taken: %s", async (_what, body, contentType) => {
      for (const query of ["", "?dryRun=true"]) {
        const response = await fetch(`${stack.host.url}${path}/remediate${query}`, {
          method: "POST",
          headers: { "x-functions-key": stack.host.functionKey, "content-type": contentType },
          body,
        });
        const text = await response.text();
        answered.push(text);
        const names = "What is asked for goes into the query: dryRun and wait.";
        const { status, headers: answeredHeaders } = response;
        expectProblem({ status, headers: answeredHeaders, body: JSON.parse(text) }, "UnexpectedBody", names);
      }
    });

    it.each(unrouted)("%s %s leads to no function", async (method, target) => {
      const { status, body } = await call(stack.host, method, target);
      expect([status, body]).toEqual([404, undefined]);
    });
  });

  it("of all that, nothing was looked at, asked of Azure, queued or remembered, and nothing is poison", async () => {
    expect(stack.azure.requests).toEqual([]);
    for (const table of ["Workspaces", "Inbox", "History", "Index"] as const)
      expect(await rowsOf(stack.azurite, table), table).toEqual([]);
    expect(await queueLength(stack.azurite)).toBe(0);
    expect(await queueLength(stack.azurite, "requests-poison")).toBe(0);
  });
}

/** A text as it is kept: the host reads what is JSON, and the app writes it again. */
function keptAs(text: string): string {
  try {
    const json: unknown = JSON.parse(text);
    return (typeof json === "string" ? json : JSON.stringify(json)).slice(0, longestBody).toWellFormed();
  } catch {
    return text;
  }
}

function expectProblem({ status, headers, body }: Awaited<ReturnType<typeof call>>, code: string, names: string): void {
  expect(status).toBe(400);
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ type: "about:blank", status: 400, code });
  expect((body as Problem).detail).toContain(names);
}
