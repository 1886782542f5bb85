import { beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import { startHost, type Host } from "../../local/host/index.ts";
import { appRoot, whereabouts } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import {
  principalOf,
  remediate,
  settled,
  startAzureFor,
  stateOf,
  stoppedAtTheEnd,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { enforcing, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { storageAccount } from "../support/storage-account.ts";

const attaching = workspaceIdOf("attaching");
const syncing = workspaceIdOf("syncing");
const orphaned = workspaceIdOf("orphaned");
const workspaces = [workspace("attaching"), workspace("syncing", { attached: true }), workspace("orphaned")];

/** One look stays with an operation for 20 s; these take longer. */
const operationSeconds = 22;

const keep = stoppedAtTheEnd();
let azure: Azure;
let host: Host;

/** A process dies while Azure still attaches the registry of `orphaned`. Its successor inherits that, and begins the two others. */
beforeAll(async () => {
  const settings = { attachSeconds: operationSeconds, syncSeconds: operationSeconds, retryAfterSeconds: 3 };
  const fixture = { subscriptions: [{ subscriptionId }], resources: [...platform, ...workspaces] };
  const azurite = await storageAccount();
  azure = keep(await startAzureFor(enforcing, { fixture, settings }));
  const scope = registryId;
  azure.world.grant({ scope, role: "AcrPull", principalId: principalOf(azure, syncing) }, { event: false });
  const where = whereabouts(azure, azurite.connectionString);
  const env = { ...where, ...enforcing };

  // A message of a process that died comes back after ten minutes: here after six seconds.
  const doomed = await startHost({ appRoot, env: { ...env, REMEDIATOR_LEASE_SECONDS: "5" }, timeScale: 0.01 });
  await remediate(doomed, orphaned, "wait=0");
  await until("the operation to be remembered", async () => (await stateOf(doomed, orphaned))?.operation);
  await doomed.kill();

  host = await startHost({ appRoot, env });
  keep({ close: () => host.stop() });
  await Promise.all([remediate(host, attaching, "wait=0"), remediate(host, syncing, "wait=0")]);
  // Azure has answered, so it has decided how long they take.
  for (const id of [attaching, syncing])
    await until("both operations to be remembered", async () => (await stateOf(host, id))?.operation);
  // What begins from here on takes no time.
  Object.assign(azure.settings, { attachSeconds: 0, syncSeconds: 0 });
});

describe("an operation that outlasts a look is resumed, and its write is never sent again", () => {
  it.concurrent.each([
    ["attaching", attaching, "attach contosoml", wholeRemediation],
    ["syncing keys", syncing, "sync keys", ["POST resyncKeys"]],
  ])("(%s)", async (_what, id, description, writes) => {
    const { outcome, done, history } = await settled(host, id);
    expect(outcome).toBe("remediated");
    expect(done).toContain(description);
    expect(history.map((entry) => entry.outcome?.reason)).toContain("OperationInProgress");
    expect(writesFor(azure, id)).toEqual(writes);
    expect(azure.world.keysInSync(id)).toBe(true);
  });

  it.concurrent("by another process, when the one that began it died", async () => {
    expect((await settled(host, orphaned)).outcome).toBe("remediated");
    expect(writesFor(azure, orphaned)).toEqual(wholeRemediation);
    expect(azure.world.keysInSync(orphaned)).toBe(true);
  });
});

it("Azure is asked about an operation no sooner than it said", () => {
  expect(azure.requests.filter(({ early }) => early)).toEqual([]);
});
