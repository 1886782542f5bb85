import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import type { Azurite } from "../../local/azurite.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { appRoot, whereabouts } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import type { Row } from "../../src/storage/table.ts";
import {
  call,
  deliver,
  pathOf,
  remediate,
  run,
  settled,
  startAzureFor,
  stoppedAtTheEnd,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { enforcing, eventOf, platform, subscriptionId, workspace, workspaceIdOf, writeOperation } from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { queueLength, rowsOf } from "./stores.ts";
import { storageAccount } from "../support/storage-account.ts";
import { startStorageProxy, type StorageProxy } from "../support/storage-proxy.ts";

const keep = stoppedAtTheEnd();
let azurite: Azurite;
let azure: Azure;
let host: Host;
let proxies: StorageProxy[];

function storageIs(mode: StorageProxy["mode"]): void {
  for (const proxy of proxies) proxy.mode = mode;
}

/** What is in the inbox besides looks that the app scheduled itself. */
async function requestsWaiting(): Promise<Row[]> {
  return (await rowsOf(azurite, "Inbox")).filter(({ cause }) => cause !== "scheduled");
}

beforeAll(async () => {
  azurite = await storageAccount();
  const [table, queue] = await Promise.all([azurite.tableEndpoint, azurite.queueEndpoint].map(startStorageProxy));
  if (table === undefined || queue === undefined) throw new Error("A proxy is missing.");
  proxies = [table, queue];
  keep(table);
  keep(queue);
  const fixture = { subscriptions: [{ subscriptionId }], resources: [...platform, workspace("mid-way")] };
  azure = keep(await startAzureFor(enforcing, { fixture, settings: { timeScale: 0.01, attachSeconds: 1 } }));
  const account = azurite.connectionString
    .replace(azurite.tableEndpoint, table.url)
    .replace(azurite.queueEndpoint, queue.url);
  const env = {
    ...whereabouts(azure, account),
    ...enforcing,
    REMEDIATOR_LEASE_SECONDS: "5",
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:01",
  };
  host = await startHost({ appRoot, env });
  keep({ close: () => host.stop() });
  await azure.subscribe({ name: "all", endpoint: host.eventGridUrl("events"), operations: [writeOperation] });
});

afterEach(() => {
  storageIs("pass");
});

describe.each(["cut", "unavailable"] as const)("while storage does not answer (%s)", (mode) => {
  const id = workspaceIdOf(`unlucky-${mode}`);

  it("Event Grid is told to send again, and does so until the event is taken", async () => {
    storageIs(mode);
    const failed = azure.summary().events.failedAttempts;
    azure.world.put(workspace(`unlucky-${mode}`));
    await until("a delivery to fail", () => azure.summary().events.failedAttempts > failed);
    expect(writesFor(azure, id)).toEqual([]);

    storageIs("pass");
    expect((await settled(host, id)).outcome).toBe("remediated");
    expect(writesFor(azure, id)).toEqual(wholeRemediation);
    await azure.idle();
    await until("the look to be over", async () => (await requestsWaiting()).length === 0);
  });

  it("the webhook answers 500 without a word of what storage said", async () => {
    storageIs(mode);
    const { status, text } = await deliver(host, [eventOf(id)]);
    expect(status).toBe(500);
    expect(text).toBe("Exception while executing function: Functions.events");
  });

  it("an event that can never be routed is not acknowledged either, for it could not be kept", async () => {
    storageIs(mode);
    expect((await deliver(host, [{ not: "an event" }])).status).toBe(500);
  });

  it.each([
    ["POST", "/remediate"],
    ["GET", ""],
  ])("HTTP (%s) answers 503, and when to come again", async (method, end) => {
    storageIs(mode);
    const { status, headers, body } = await call(host, method, `${pathOf(id)}${end}`);
    expect(status).toBe(503);
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(headers.get("retry-after")).toBe("30");
    expect(body).toEqual({
      type: "about:blank",
      status: 503,
      code: "StorageUnavailable",
      title: "The app's storage cannot be reached.",
      detail:
        "It is not known whether the request was accepted; asking again does no harm. The log of this function says what storage answered.",
    });
  });

  it("a diagnosis is made all the same, but for what is remembered", async () => {
    storageIs(mode);
    const { status, body } = await call(host, "GET", `${pathOf(id)}/diagnosis`);
    expect(status).toBe(200);
    const { lines } = body as { lines: { check: string; status: string; found: string }[] };
    expect(lines.filter((line) => line.status === "unknown")).toMatchObject([
      {
        check: "keys",
        found: "What is remembered of the workspace cannot be read: the log of this function says why.",
      },
    ]);
  });

  it("a sweep fails, and the log says why", async () => {
    storageIs(mode);
    const before = host.logs().length;
    await run(host, "sweep");
    const line = await until("the sweep to fail", () =>
      host
        .logs()
        .slice(before)
        .find(({ category, level }) => category === "Function.sweep" && level === "error"),
    );
    expect(line.message).toMatch(/StorageUnavailableError: Azure Storage is not available at http/);
  });

  it("nothing of that was stored or queued", async () => {
    expect(await requestsWaiting()).toEqual([]);
    expect(await rowsOf(azurite, "Rejected")).toEqual([]);
  });
});

it("a look that loses its storage half-way is taken again, and repeats neither attaching nor granting", async () => {
  const id = workspaceIdOf("mid-way");
  await remediate(host, id, "wait=0");
  await until("the attach to begin", () => writesFor(azure, id).includes("PATCH workspaces"));
  const before = proxies.reduce((sum, { faults }) => sum + faults, 0);
  storageIs("unavailable");
  await until("the look to meet the outage", () => proxies.reduce((sum, { faults }) => sum + faults, 0) > before + 2);
  storageIs("pass");

  expect((await settled(host, id)).outcome).toMatch(/remediated|compliant/);
  const writes = writesFor(azure, id);
  expect(writes.filter((write) => write !== "POST resyncKeys")).toEqual(["PATCH workspaces", "PUT roleAssignments"]);
  expect(azure.world.keysInSync(id)).toBe(true);
  expect(await queueLength(azurite, "requests-poison")).toBe(0);
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn({ azure, azurite, host })).toEqual([]);
});
