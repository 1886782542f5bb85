import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { endings, seen, startFixture, withoutStorage } from "./fixture.ts";

interface Tick {
  readonly timer: { readonly isPastDue: boolean; readonly schedule: object; readonly scheduleStatus: object | null };
  readonly metadata: unknown;
}

let host: Host;
beforeAll(async () => {
  host = await startFixture();
});
afterAll(() => host.stop());

function run(name: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${host.url}/admin/functions/${name}`, {
    method: "POST",
    headers: { "x-functions-key": host.masterKey, "content-type": "application/json" },
    body: "{}",
    ...init,
  });
}

describe("the admin endpoint", () => {
  test("runs a timer now, whatever its schedule", async () => {
    expect((await run("tick")).status).toBe(202);
    const [tick] = await until("the tick", () => seen<Tick>(host, "tick").length > 0 && seen<Tick>(host, "tick"));
    expect(tick).toEqual({
      timer: {
        schedule: { adjustForDST: true },
        scheduleStatus: {
          last: "0001-01-01T00:00:00+00:00",
          next: expect.stringMatching(/^\d{4}-\d\d-\d\dT02:30:00\+00:00$/) as string,
          lastUpdated: "0001-01-01T00:00:00+00:00",
        },
        isPastDue: false,
      },
      metadata: null,
    });
  });

  test("finds a function without regard to case, and runs an Event Grid one with the given event", async () => {
    const event = { id: "by hand" };
    expect((await run("EVENTS", { body: JSON.stringify({ input: JSON.stringify(event) }) })).status).toBe(202);
    await until("the event", () =>
      seen<{ event: unknown }>(host, "events").some((it) => JSON.stringify(it.event) === JSON.stringify(event)),
    );
  });

  test.each([
    ["no such function", "none", "application/json", "{}", 404],
    ["no JSON content type", "tick", "text/plain", "{}", 415],
    ["no body", "tick", "application/json", "", 400],
    ["an HTTP function", "echo", "application/json", "{}", 501],
  ])("%s", async (_what, name, contentType, body, status) => {
    const headers = { "content-type": contentType, "x-functions-key": host.masterKey };
    expect((await run(name, { headers, body })).status).toBe(status);
  });

  test("wants the master key", async () => {
    expect((await run("tick", { headers: { "x-functions-key": host.functionKey } })).status).toBe(403);
    expect((await run("tick", { headers: {} })).status).toBe(401);
  });
});

describe("the schedule", () => {
  test("runs on startup where asked to, then again and again; below a minute there is no status", async () => {
    const env = { ...withoutStorage, SCHEDULE: "* * * * * *", RUN_ON_STARTUP: "true" };
    const busy = await startFixture({ env });
    await until("two ticks", () => endings(busy, "tick").length >= 2);
    expect(seen<Tick>(busy, "tick")[0]?.timer).toMatchObject({ scheduleStatus: null, isPastDue: false });
    await busy.stop();
  });

  test("an expression that is none stops the host from starting", async () => {
    const start = startFixture({ env: { ...withoutStorage, SCHEDULE: "every day" } });
    await expect(start).rejects.toThrow("The schedule expression 'every day' was not recognized");
  });

  test("a setting that is missing is named", async () => {
    const env = Object.fromEntries(Object.entries(withoutStorage).filter(([name]) => name !== "SCHEDULE"));
    await expect(startFixture({ env })).rejects.toThrow("'%SCHEDULE%' does not resolve to a value");
  });
});
