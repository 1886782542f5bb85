import { request as rawRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { seen, startFixture, withoutStorage } from "./fixture.ts";

let host: Host;
beforeAll(async () => {
  host = await startFixture();
});
afterAll(() => host.stop());

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(`${host.url}${path}`, init);
const status = async (path: string, init?: RequestInit): Promise<number> => (await call(path, init)).status;
const withKey = (key: string): RequestInit => ({ headers: { "x-functions-key": key } });

describe("routes", () => {
  test("fill parameters, decoding all but an encoded slash, and leave out the optional one that is absent", async () => {
    expect(await (await call("/api/echo/a%20b%2Fc?x=1&x=2")).json()).toMatchObject({
      method: "GET",
      url: "/api/echo/a%20b%2Fc?x=1&x=2",
      params: { name: "a b%2Fc" },
      query: { x: "1,2" },
    });
    expect(await (await call("/api/echo/a/z")).json()).toMatchObject({ params: { name: "a", tail: "z" } });
  });

  test("compare without case, prefer literals, and take the function's name when there is no route", async () => {
    expect(await (await call("/API/Echo/FIXED/tail")).text()).toBe("literal");
    expect(await (await call("/api/files/a/b/c")).json()).toEqual({ path: "a/b/c" });
    expect(await (await call("/api/unrouted")).text()).toBe("unrouted");
  });

  test.each([
    ["an unknown path", "/api/nowhere", "GET"],
    ["a path without the prefix", "/unrouted", "GET"],
    ["a method the route does not name", "/api/echo/a", "DELETE"],
    ["HEAD where only GET is named", "/api/echo/a", "HEAD"],
    ["a disabled function", "/api/disabled", "GET"],
    ["a segment too many", "/api/echo/a/b/c", "GET"],
  ])("answer 404 to %s", async (_what, path, method) => {
    expect(await status(path, { method })).toBe(404);
  });
});

describe("keys", () => {
  test("open a function by header or query; the header wins", async () => {
    expect(await status("/api/guarded")).toBe(401);
    expect(await status("/api/guarded", withKey("wrong"))).toBe(401);
    expect(await status(`/api/guarded?code=${host.functionKey}`)).toBe(200);
    expect(await status("/api/guarded", withKey(host.functionKey))).toBe(200);
    expect(await status("/api/guarded", withKey(host.masterKey))).toBe(200);
    expect(await status(`/api/guarded?code=${host.functionKey}`, withKey("wrong"))).toBe(401);
    expect(await status("/api/guarded", withKey(host.eventGridKey))).toBe(401);
  });

  test("level admin wants the master key", async () => {
    expect(await status("/api/admins", withKey(host.functionKey))).toBe(401);
    expect(await status("/api/admins", withKey(host.masterKey))).toBe(200);
  });

  test("an anonymous function minds no wrong key", async () => {
    expect(await status("/api/unrouted", withKey("wrong"))).toBe(200);
  });

  test("the host's endpoints tell an unknown key from one that is not enough", async () => {
    expect(await status("/admin/host/status")).toBe(401);
    expect(await status("/admin/host/status", withKey(host.functionKey))).toBe(403);
    const response = await call("/admin/host/status", withKey(host.masterKey));
    expect(await response.json()).toMatchObject({ state: "Running" });
  });
});

describe("requests and responses", () => {
  test("status, headers, cookies and body come back", async () => {
    const response = await call("/api/echo/a?status=418", { method: "POST", body: "hello" });
    expect(response.status).toBe(418);
    expect(response.headers.get("x-answer")).toBe("yes");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.getSetCookie()).toEqual(["crumb=a%20b; max-age=60; path=/; samesite=Lax; httponly"]);
    expect(await response.json()).toMatchObject({ method: "POST", body: "hello" });
  });

  test("repeated headers are joined, and HTTP functions get no trigger metadata", async () => {
    await new Promise((resolve) => {
      const options = { headers: { "x-twice": ["1", "2"] } };
      rawRequest(`${host.url}/api/echo/headers`, options, (response) => response.resume().on("end", resolve)).end();
    });
    const last = await until("the echo's log", () =>
      seen(host, "echo").find((it) => JSON.stringify(it).includes("headers")),
    );
    expect(last).toMatchObject({ twice: "1,2", triggerMetadata: null, retry: null });
  });

  test("a body without Content-Length does not reach the function, as in the real host", async () => {
    const body = new Blob(["chunked"]).stream();
    const response = await call("/api/echo/a", { method: "POST", body, duplex: "half" });
    expect(await response.json()).toMatchObject({ body: "" });
  });

  test("HEAD answers without a body, nothing returned is 204", async () => {
    const head = await call("/api/heads", { method: "HEAD" });
    expect([head.status, head.headers.get("x-head"), await head.text()]).toEqual([200, "1", ""]);
    expect(await status("/api/nothing")).toBe(204);
  });

  test.each(["fails", "text-instead"])("%s is 500 with an empty body", async (name) => {
    const response = await call(`/api/${name}`);
    expect([response.status, await response.text()]).toEqual([500, ""]);
    await until("the failure's log", () => host.logs().some((it) => it.functionName === name && it.level === "error"));
  });

  test("a preInvocation hook may replace inputs", async () => {
    expect(await (await call("/api/hooked")).text()).toBe("replaced by a hook");
  });
});

describe("the process", () => {
  test("sees its settings, PATH and nothing else", async () => {
    expect(await (await call("/api/env")).json()).toEqual(["PATH", ...Object.keys(withoutStorage)].sort());
  });

  test("logs with category, function, invocation and what the app prints", async () => {
    await call("/api/prints");
    const printed = await until("printed lines", () => {
      const lines = host.logs().filter(({ message }) => message.startsWith("printed"));
      return lines.length === 2 && lines;
    });
    expect(printed).toMatchObject([
      { level: "information", category: "Host.Function.Console", message: "printed" },
      { level: "error", category: "Host.Function.Console", message: "printed loudly" },
    ]);
    const executed = host.logs().find(({ message }) => message.startsWith("Executed 'Functions.prints' (Succeeded"));
    expect(executed).toMatchObject({ category: "Function.prints", functionName: "prints" });
    expect(executed?.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("ends when the app leaves a rejection unhandled", async () => {
    const fragile = await startFixture();
    expect(fragile.masterKey).not.toBe(host.masterKey);
    await fetch(`${fragile.url}/api/crashes`).catch(() => undefined);
    expect(await fragile.exited).toBe(1);
    const message = expect.stringContaining("nobody waits for me") as string;
    expect(fragile.logs().at(-1)).toMatchObject({ level: "critical", message });
  });

  test("takes given keys, fails what exceeds functionTimeout, runs the appTerminate hooks when stopped", async () => {
    const keys = { functionKey: "f", masterKey: "m", eventGridKey: "e" };
    const other = await startFixture({
      keys,
      env: { ...withoutStorage, AzureFunctionsJobHost__functionTimeout: "00:00:01" },
    });
    expect(other).toMatchObject(keys);
    expect(await status("/api/guarded", withKey("m"))).toBe(401);
    expect((await fetch(`${other.url}/api/guarded?code=f`)).status).toBe(200);
    expect((await fetch(`${other.url}/api/hangs`)).status).toBe(500);
    await other.stop();
    expect(other.logs().some(({ message }) => message === "appTerminate hook ran")).toBe(true);
  });
});
