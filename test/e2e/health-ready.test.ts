import { TableClient } from "@azure/data-tables";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import type { Azurite } from "../../local/azurite.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { appRoot, whereabouts } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { call, startAzureFor, stoppedAtTheEnd } from "./app.ts";
import { enforcing, platform, subscriptionId } from "./cast.ts";
import { givenUp, type Running } from "./poison.suite.ts";
import { leaksIn } from "./secrets.ts";
import { queueOf, rowsOf } from "./stores.ts";
import { storageAccount } from "../support/storage-account.ts";
import { startStorageProxy, type StorageProxy } from "../support/storage-proxy.ts";

const keep = stoppedAtTheEnd();
let azurite: Azurite;
let azure: Azure;
let tables: StorageProxy;
let queues: StorageProxy;
/** Both without anybody who takes messages; later one that does. */
let idle: readonly Host[];
let working: Host;

/** How far the app keeps up, as `GET /api/health/ready` tells. */
interface Ready {
  readonly status: string;
  readonly lastSweep: Readonly<Record<string, string | number | null>>;
  readonly oldestRequest: { readonly ageSeconds: number } | null;
  readonly problems: readonly string[];
}

async function ready(
  host: Host,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Ready }> {
  const { status, headers, body } = await call(host, "GET", "/api/health/ready", {});
  return { status, headers, body: body as Ready };
}

// Waits take a thousandth: a sweep may be late by 3.6 s, a message may wait for 0.9 s.
async function start(settings: Record<string, string>): Promise<Host> {
  const account = azurite.connectionString
    .replace(azurite.tableEndpoint, tables.url)
    .replace(azurite.queueEndpoint, queues.url);
  const env = {
    ...whereabouts(azure, account),
    ...enforcing,
    REMEDIATOR_WAIT_SCALE: "0.001",
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:01",
    AzureFunctionsJobHost__extensions__queues__maxDequeueCount: "2",
    ...settings,
  };
  const host = await startHost({ appRoot, env });
  keep({ close: () => host.stop() });
  return host;
}

beforeAll(async () => {
  const fixture = { subscriptions: [{ subscriptionId }], resources: platform };
  const options = { fixture, settings: { timeScale: 0.01 } };
  [azurite, azure] = await Promise.all([storageAccount(), startAzureFor(enforcing, options)]);
  keep(azure);
  [tables, queues] = await Promise.all([
    startStorageProxy(azurite.tableEndpoint),
    startStorageProxy(azurite.queueEndpoint),
  ]);
  keep(tables);
  keep(queues);
  idle = await Promise.all([1, 2].map(() => start({ "AzureWebJobs.requests.Disabled": "true" })));
});

afterEach(() => {
  tables.mode = "pass";
  queues.mode = "pass";
});

function anIdleHost(): Host {
  const [host] = idle;
  if (host === undefined) throw new Error("No host runs.");
  return host;
}

/** The names of the sweeps that were asked for and that nobody has taken yet. */
async function sweepsAskedFor(): Promise<string[]> {
  const { peekedMessageItems } = await queueOf(azurite).peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.flatMap(({ messageText }) => {
    const { sweep } = JSON.parse(Buffer.from(messageText, "base64").toString("utf8")) as { sweep?: string };
    return sweep ?? [];
  });
}

describe("GET /api/health/ready", () => {
  it("answers 200 without a key after a fresh start, though nothing was swept yet", async () => {
    const { status, body } = await ready(anIdleHost());
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "ready", oldestRequest: null, problems: [] });
    expect(Object.keys(body.lastSweep).sort()).toEqual(["ageSeconds", "dueBy", "neverSince"]);
    expect(await sweepsAskedFor()).toEqual([]);
  });

  it.each(["tables", "queues"])("answers 503 and when to come again while its %s are away", async (which) => {
    Object.assign(which === "tables" ? tables : queues, { mode: "cut" });
    const { status, headers, body } = await ready(anIdleHost());
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("30");
    expect(body).toMatchObject({ code: "StorageUnavailable", title: "The app's storage cannot be reached." });
  });

  it("answers 503 and since when it is behind, once a sweep is overdue", async () => {
    // The last leap day of the schedule that no sweep kept.
    const at = "2019-06-01T00:00:00.000Z";
    const table = TableClient.fromConnectionString(azurite.connectionString, "Sweeps", {
      allowInsecureConnection: true,
    });
    await table.upsertEntity({ partitionKey: "start", rowKey: "first", at }, "Replace");
    const { status, body } = await ready(anIdleHost());
    expect(status).toBe(503);
    expect(body.status).toBe("behind");
    expect(body.lastSweep).toMatchObject({ neverSince: at, dueBy: "2020-02-29T00:00:03.600Z" });
    expect(body.problems[0]).toMatch(
      /^The last finished sweep began never, and the app first started \d+ s ago; the next one should be over by now\. Any trigger starts one\.$/,
    );
  });

  it("and meanwhile one of all who notice asks for that sweep", async () => {
    await until("a sweep to be asked for", async () => {
      await Promise.all([...idle, ...idle, ...idle].map(ready));
      return (await sweepsAskedFor()).length > 0;
    });
    await Promise.all([...idle, ...idle].map(ready));
    const asked = await sweepsAskedFor();
    // One for each period of grace, however long this took.
    expect(new Set(asked).size).toBe(asked.length);
    for (const name of asked) expect(name).toMatch(/^overdue since 2020-02-29T00:00:03\.600Z, \d+$/);
    const claims = (await rowsOf(azurite, "Sweeps")).filter(({ partitionKey }) => partitionKey === "claim");
    expect(claims.map(({ what }) => what)).toEqual(expect.arrayContaining(asked));
    const told = idle.flatMap((host) => host.logs()).filter(({ message }) => message.includes("A sweep is overdue"));
    expect(told.length).toBe(claims.length);
  });

  it("answers 503 once a message waits longer than it should", async () => {
    const { body } = await until("the message to wait too long", async () => {
      const answer = await ready(anIdleHost());
      return answer.body.problems.length > 1 && answer;
    });
    expect(body.oldestRequest?.ageSeconds).toBeGreaterThan(0);
    expect(body.problems[1]).toBe(
      "The oldest request waits longer than it should. See the log of the function requests.",
    );
  });

  it("answers 200 again once somebody takes the messages: the sweep that was asked for is done", async () => {
    for (const host of idle) await host.stop();
    working = await start({});
    const { body } = await until("the app to keep up", async () => {
      const answer = await ready(working);
      return answer.status === 200 && answer;
    });
    expect(body).toMatchObject({ status: "ready", problems: [] });
    expect(body.lastSweep["startedAt"]).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(body.lastSweep["dueBy"]).toMatch(/-02-29T00:00:03\.600Z$/);
  });
});

describe("a message that no attempt can process", () => {
  givenUp((): Running => ({ azurite, azure, tables, host: working }));
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn({ azure, azurite, host: working })).toEqual([]);
});
