import { expect, it } from "vitest";
import { countCalls } from "../../bench/calls.ts";
import { chart } from "../../bench/chart.ts";
import { criticalPathMs, latencies, latencyOf } from "../../bench/latencies.ts";
import { OverlapWatch } from "../../bench/overlap.ts";
import { median } from "../../bench/statistics.ts";
import { percentile } from "../../local/percentile.ts";
import { resultTable } from "../../bench/table.ts";
import type { LoggedRequest } from "../../local/azure/request-log.ts";

const group = "/subscriptions/s/resourceGroups/g/providers";
const workspace = `${group}/Microsoft.MachineLearningServices/workspaces/w`;
const registry = `${group}/Microsoft.ContainerRegistry/registries/r`;

it.each([
  ["GET", workspace, latencies.read.ms],
  ["GET", registry, latencies.read.ms],
  ["GET", `${group}/Microsoft.Storage/storageAccounts/s`, latencies.read.ms],
  ["GET", `${registry}/providers/Microsoft.Authorization/roleDefinitions/d`, latencies.read.ms],
  ["GET", `${registry}/providers/Microsoft.Authorization/roleAssignments`, latencies.list.ms],
  ["GET", `${registry}/providers/Microsoft.Authorization/denyAssignments`, latencies.list.ms],
  ["GET", `${workspace}/computes`, latencies.list.ms],
  ["GET", "/subscriptions/s/providers/Microsoft.MachineLearningServices/workspaces", latencies.list.ms],
  [
    "GET",
    "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/l/workspaceOperationsStatus/o",
    latencies.poll.ms,
  ],
  ["PATCH", workspace, latencies.patch.ms],
  ["PUT", `${registry}/providers/Microsoft.Authorization/roleAssignments/a`, latencies.putRole.ms],
  ["POST", `${workspace}/resyncKeys`, latencies.post.ms],
  ["POST", "/providers/Microsoft.ResourceGraph/resources", latencies.graphPage.ms],
])("%s %s is answered after %d ms", (method, path, ms) => {
  expect(latencyOf({ method, path })).toBe(ms);
});

it("half of a longer interval of polling is on the critical path", () => {
  expect(criticalPathMs(3_000) - criticalPathMs(1_000)).toBe(1_000);
});

it("reads, writes and polls are told apart", () => {
  const sent = [
    { path: workspace, isWrite: false },
    { path: workspace, isWrite: true },
    { path: "/subscriptions/s/providers/x/locations/l/workspaceOperationsStatus/o", isWrite: false },
  ];
  expect(countCalls(sent)).toEqual({ reads: 1, writes: 1, polls: 1 });
});

it("the middle and the percentiles are those of the sorted values", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect([percentile([5, 1, 4, 2, 3], 50), percentile([5, 1, 4, 2, 3], 95)]).toEqual([3, 5]);
  expect(median([])).toBeNaN();
});

function write(client: string, id: string, method = "PATCH"): LoggedRequest {
  const one = { isSelf: true, isWrite: true, client, method, workspaceIds: [id] };
  return one as unknown as LoggedRequest;
}

it("writes of two processes for one workspace at once are seen, and writes that are sent twice", () => {
  const watch = new OverlapWatch();
  watch.onRequest("received", write("a", "w"));
  watch.onRequest("received", write("b", "w", "PUT"));
  watch.onRequest("answered", write("a", "w"));
  watch.onRequest("answered", write("b", "w", "PUT"));
  watch.onRequest("received", write("b", "w"));
  expect(watch.violations).toEqual(["a and b write w", "2 times: PATCH for w"]);
});

it("writes of two processes for two workspaces, and of one process after the other, are nothing to be told", () => {
  const watch = new OverlapWatch();
  watch.onRequest("received", write("a", "w"));
  watch.onRequest("received", write("b", "other"));
  watch.onRequest("answered", write("a", "w"));
  watch.onRequest("received", write("b", "w", "PUT"));
  expect(watch.violations).toEqual([]);
});

it("what was measured is told as a table and drawn as a chart", () => {
  const rows = [{ what: "calls", app: "2", baseline: "9", target: "≤ 2", isMet: true }];
  expect(resultTable([{ title: "A look", rows }])).toMatch(/A LOOK[^]*calls[^]*2[^]*9[^]*met/);
  const drawn = chart([{ what: "calls < before", unit: "s", app: 2, baseline: 9 }], "A & B");
  expect(drawn).toMatch(/^<svg [^]*A &amp; B[^]*calls &lt; before[^]*9 s[^]*<\/svg>\n$/);
  expect(drawn.match(/<rect/g)).toHaveLength(5);
});
