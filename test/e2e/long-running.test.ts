import { beforeAll, describe, expect, it } from "vitest";
import { startAzurite } from "../../local/azurite.ts";
import { startHost, type Host } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { until } from "../support/until.ts";
import {
  principalOf,
  remediate,
  settled,
  stateOf,
  stoppedAtTheEnd,
  useStack,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { enforcing, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";

const attaching = workspaceIdOf("attaching");
const syncing = workspaceIdOf("syncing");
const orphaned = workspaceIdOf("orphaned");

/** One reconcile stays with an operation for 20 s; these take longer. */
const operationSeconds = 22;
const settings = { ...enforcing, REMEDIATOR_LEASE_SECONDS: "5" };

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [...platform, workspace("attaching"), workspace("syncing", { attached: true }), workspace("orphaned")],
    },
    settings: { attachSeconds: operationSeconds, syncSeconds: operationSeconds, retryAfterSeconds: 3 },
  },
  settings,
  events: "none",
});
const keep = stoppedAtTheEnd();
let heir: Host;

/** All three operations begin; those that begin later take no time. The process that works on `orphaned` dies, and another one inherits. */
beforeAll(async () => {
  const azurite = keep(await startAzurite());
  const env = { ...stack.settings, AzureWebJobsStorage: azurite.connectionString };
  // A message of a process that died comes back after ten minutes, here six seconds.
  const doomed = await startHost({ appRoot, env, timeScale: 0.01 });
  keep({ close: () => doomed.kill() });
  const { azure, host } = stack;
  azure.world.grant({ scope: registryId, role: "AcrPull", principalId: principalOf(azure, syncing) }, { event: false });
  await Promise.all([
    remediate(host, attaching, "wait=0"),
    remediate(host, syncing, "wait=0"),
    remediate(doomed, orphaned, "wait=0"),
  ]);
  await until("all three to be accepted", () => {
    const begun = [attaching, syncing, orphaned].flatMap((id) => writesFor(azure, id));
    return begun.filter((write) => write !== "PUT roleAssignments").length === 3;
  });
  await until("the orphan's operation to be remembered", async () => (await stateOf(doomed, orphaned))?.operation);
  Object.assign(azure.settings, { attachSeconds: 0, syncSeconds: 0 });
  await doomed.kill();
  heir = await startHost({ appRoot, env, timeScale: 0.01 });
  keep({ close: () => heir.stop() });
});

describe("an operation that outlasts a look is resumed, and its write is never sent again", () => {
  it.concurrent.each([
    ["attaching", attaching, "attach contosoml", wholeRemediation],
    ["syncing keys", syncing, "sync keys", ["POST resyncKeys"]],
  ])("(%s)", async (_what, id, description, writes) => {
    const { outcome, done, history } = await settled(stack.host, id, 60);
    expect(outcome).toBe("remediated");
    expect(done).toContain(description);
    expect(history.map((entry) => entry.outcome?.reason)).toContain("OperationInProgress");
    expect(writesFor(stack.azure, id)).toEqual(writes);
    expect(stack.azure.world.keysInSync(id)).toBe(true);
  });

  it.concurrent("by another process, when the one that began it died", async () => {
    const { outcome } = await settled(heir, orphaned, 60);
    expect(outcome).toBe("remediated");
    expect(writesFor(stack.azure, orphaned)).toEqual(wholeRemediation);
    expect(stack.azure.world.keysInSync(orphaned)).toBe(true);
  });
});

it("is asked about no sooner than Azure said", () => {
  expect(stack.azure.requests.filter(({ early }) => early)).toEqual([]);
});
