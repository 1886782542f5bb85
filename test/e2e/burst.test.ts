import { expect, it } from "vitest";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { deliverUntilTaken, looksAt, stateOf, useStack, wholeRemediation, writesFor } from "./app.ts";
import { cloudEventOf, enforcing, eventOf, platform, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { queueLength, rowsOf } from "./stores.ts";

// Real waits: two looks at one workspace start at least ten seconds apart, and a burst is over long before.
const stack = useStack({
  azure: {
    fixture: { subscriptions: [{ subscriptionId }], resources: [...platform, workspace("echoed"), workspace("busy")] },
  },
  settings: { ...enforcing, REMEDIATOR_WAIT_SCALE: "1" },
  events: "none",
});
const echoed = workspaceIdOf("echoed");
const busy = workspaceIdOf("busy");

/** Delivers in batches, all at the same time, as Event Grid does when it catches up. */
async function burst(host: Host, events: readonly unknown[], batchSize = 20): Promise<void> {
  const batches = Array.from({ length: Math.ceil(events.length / batchSize) }, (_, index) =>
    events.slice(index * batchSize, (index + 1) * batchSize),
  );
  await Promise.all(batches.map((batch) => deliverUntilTaken(host, batch)));
}

it("a burst costs at most two looks and one set of writes, whether its events are one or many", async () => {
  const one = eventOf(echoed);
  const duplicates = Array.from({ length: 120 }, () => one);
  const different = Array.from({ length: 250 }, () => [eventOf(busy), cloudEventOf(busy.toLowerCase())]).flat();
  const begun = performance.now();
  await Promise.all([burst(stack.host, duplicates), burst(stack.host, different)]);
  // On a machine that takes longer than that to accept them, it is two for every ten seconds.
  const tensOfSeconds = Math.ceil((performance.now() - begun) / 10_000);

  await until("every event to be covered", async () => {
    const waiting = await rowsOf(stack.azurite, "Inbox");
    return !waiting.some(({ cause }) => cause === "event");
  });
  for (const id of [echoed, busy]) {
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    expect(looksAt(stack.host, id)).toBeLessThanOrEqual(2 * tensOfSeconds);
    expect((await stateOf(stack.host, id))?.outcome).toMatch(/remediated|compliant/);
  }
});

it("leaves nothing behind but scheduled looks, at most one at each workspace", async () => {
  // Two looks at each of two workspaces: each look leaves a message for the next, and only the last one's still has a row.
  await until("the messages of the burst to be gone", async () => (await queueLength(stack.azurite)) <= 4);
  expect(await queueLength(stack.azurite, "requests-poison")).toBe(0);
  const waiting = await rowsOf(stack.azurite, "Inbox");
  expect(waiting.filter(({ cause }) => cause !== "scheduled")).toEqual([]);
  expect(new Set(waiting.map(({ partitionKey }) => partitionKey)).size).toBe(waiting.length);
});
