import { beforeAll, expect, it } from "vitest";
import { startHost, type Host } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { allWrites, looksAt, settled, stoppedAtTheEnd, useStack, wholeRemediation, writesFor } from "./app.ts";
import {
  deleteOperation,
  enforcing,
  platform,
  subscriptionId,
  workspace,
  workspaceIdOf,
  writeOperation,
} from "./cast.ts";

const names = Array.from({ length: 30 }, (_, index) => `team-${index}`);
const ids = names.map((name) => workspaceIdOf(name));

const stack = useStack({
  azure: {
    fixture: { subscriptions: [{ subscriptionId }], resources: platform },
    settings: { attachSeconds: 1, syncSeconds: 1, deliveryFaults: { duplicates: 1, reorder: true }, timeScale: 0.1 },
  },
  settings: {
    ...enforcing,
    // Small batches, so that neither process takes everything.
    AzureFunctionsJobHost__extensions__queues__batchSize: "6",
    AzureFunctionsJobHost__extensions__queues__newBatchThreshold: "3",
  },
  events: "none",
});
const keep = stoppedAtTheEnd();
let second: Host;

beforeAll(async () => {
  second = await startHost({ appRoot, env: stack.settings });
  keep({ close: () => second.stop() });
  const operations = [writeOperation, deleteOperation];
  for (const [name, host] of Object.entries({ first: stack.host, second }))
    await stack.azure.subscribe({ name, endpoint: host.eventGridUrl("events"), operations });
});

it("two processes that hear of the same thirty workspaces put each right, and send no write twice", async () => {
  for (const name of names) stack.azure.world.put(workspace(name));
  for (const id of ids) expect((await settled(second, id)).outcome).toMatch(/remediated|compliant/);
  await stack.azure.idle();

  for (const id of ids) expect(writesFor(stack.azure, id), id).toEqual(wholeRemediation);
  expect(allWrites(stack.azure)).toBe(wholeRemediation.length * ids.length);
  const looks = [stack.host, second].map((host) => ids.reduce((sum, id) => sum + looksAt(host, id), 0));
  expect(Math.min(...looks)).toBeGreaterThan(0);
});

it("what one of them remembers the other one answers", async () => {
  for (const host of [stack.host, second]) {
    const [first = ""] = ids;
    expect((await settled(host, first)).history.some(({ phase }) => phase === "planned")).toBe(true);
  }
});
