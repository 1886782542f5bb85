import { beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import type { Azurite } from "../../local/azurite.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { appRoot, whereabouts } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { accept } from "../../src/core/work.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import {
  call,
  deliver,
  pathOf,
  run,
  settled,
  startAzureFor,
  stoppedAtTheEnd,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { enforcing, eventOf, platform, subscriptionId, workspace, workspaceIdOf, writeOperation } from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { queueLength, storageOf } from "./stores.ts";
import { storageAccount } from "../support/storage-account.ts";

const queued = workspaceIdOf("queued-before");
const told = workspaceIdOf("told-meanwhile");

/** Each wrong in its own way; the registry and the client id are given, but not as ids. */
const wrong = {
  REMEDIATOR_MODE: "on",
  REMEDIATOR_SUBSCRIPTIONS: "production",
  REMEDIATOR_DEFAULT_REGISTRY: "contosoml.azurecr.io",
  REMEDIATOR_REGISTRY_RULES: "[{}]",
  REMEDIATOR_WAIT_SCALE: "fast",
  REMEDIATOR_SWEEP_SCHEDULE: "every night",
  AZURE_CLIENT_ID: "our-identity",
};

const keep = stoppedAtTheEnd();
let azurite: Azurite;
let azure: Azure;
let host: Host;

beforeAll(async () => {
  const fixture = { subscriptions: [{ subscriptionId }], resources: [...platform, workspace("queued-before")] };
  const options = { fixture, settings: { timeScale: 0.01 } };
  [azurite, azure] = await Promise.all([storageAccount(), startAzureFor(enforcing, options)]);
  keep(azure);
  const storage = storageOf(azurite);
  const request = { id: "sweep-1", cause: "sweep", acceptedAt: Date.now() } as const;
  const ports = { inbox: openInbox(storage), queue: openRequestQueue(storage, { now: Date.now }) };
  await accept(parseWorkspaceId(queued), request, ports);
  host = await start(wrong);
  await azure.subscribe({ name: "all", endpoint: host.eventGridUrl("events"), operations: [writeOperation] });
});

/** A host with these settings; the second one takes the place of the first: port and keys are the same. */
async function start(settings: Record<string, string>, before?: Host): Promise<Host> {
  const env = {
    ...enforcing,
    ...whereabouts(azure, azurite.connectionString),
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:02",
    ...settings,
  };
  const place = before === undefined ? {} : { port: Number(new URL(before.url).port), keys: before };
  const started = await startHost({ appRoot, env, ...place });
  keep({ close: () => started.stop() });
  return started;
}

describe("while settings are wrong", () => {
  it.each([
    ["GET", "/api/health"],
    ["GET", "/api/health/ready"],
    ["GET", pathOf(queued)],
    ["GET", `${pathOf(queued)}/diagnosis`],
    ["POST", `${pathOf(queued)}/remediate`],
    ["POST", `${pathOf(queued)}/remediate?dryRun=true`],
  ])("%s %s is answered 503, and where the list of them is", async (method, path) => {
    const { status, headers, body } = await call(host, method, path);
    expect(status).toBe(503);
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: "about:blank",
      status: 503,
      code: "InvalidSettings",
      title: "The app's settings are wrong, so nothing is done.",
      detail: "The log of this function lists every wrong setting with what is allowed.",
    });
  });

  it("an event is not acknowledged, so that Event Grid sends it again", async () => {
    const { status, text } = await deliver(host, [eventOf(queued)]);
    expect(status).toBe(500);
    expect(text).toBe("Exception while executing function: Functions.events");
    azure.world.put(workspace("told-meanwhile"));
    await until("a delivery to fail", () => azure.summary().events.failedAttempts > 0);
  });

  it.each(["health", "workspace", "remediate", "events", "requests", "sweep"])(
    "the log of the function %s lists all of them, with what was found and what is allowed",
    async (name) => {
      if (name === "sweep") await run(host, "sweep");
      const list = await until(`${name} to complain`, () =>
        host
          .logs()
          .filter(({ functionName, level }) => functionName === name && level === "error")
          .map(({ message }) => message)
          .find((message) => message.includes("problem(s) in the app settings")),
      );
      expect(list).toContain(`${Object.keys(wrong).length} problem(s) in the app settings`);
      for (const [setting, value] of Object.entries(wrong))
        expect(list).toContain(`- ${setting}: found ${JSON.stringify(value)}. Allowed: `);
      expect(list).toContain('REMEDIATOR_MODE: found "on". Allowed: audit or enforce.');
      expect(list).toContain('subscription ids, separated by commas ("production" is not a GUID)');
      expect(list).toContain('REMEDIATOR_WAIT_SCALE: found "fast". Allowed: a number from 0.001 to 10.');
    },
  );

  it("nothing is asked of Azure, and no secret is in the log, in storage or in an answer", async () => {
    expect(azure.requests).toEqual([]);
    expect(await leaksIn({ azure, azurite, host })).toEqual([]);
  });
});

it("once they are right, what came meanwhile is done: nothing was lost", async () => {
  await host.stop();
  const right = await start({}, host);
  for (const id of [queued, told]) {
    expect((await settled(right, id)).outcome).toBe("remediated");
    expect(writesFor(azure, id)).toEqual(wholeRemediation);
  }
  expect(await queueLength(azurite, "requests-poison")).toBe(0);
});
