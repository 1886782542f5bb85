import { createHttpHeaders, createPipelineRequest, type SendRequest } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";

import { budgetPolicy } from "../../src/azure/budget-policy.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import {
  acceptance,
  adapters,
  armOf,
  attach,
  failureOf,
  grantTo,
  leaseOf,
  principalIn,
  readElsewhere,
  registry,
  registryId,
  remembered,
  type Setting,
  storage,
  storageId,
  subscriptionId,
  sync,
  unaborted,
  VirtualClock,
  workspace,
  workspaceId,
  imagesOf,
} from "./setting.ts";
import { azureReads } from "../../src/azure/azure.ts";

const otherSubscription = "22222222-2222-4222-8222-222222222222";
const otherId = workspaceId.replace(subscriptionId, otherSubscription);
const elsewhere = parseWorkspaceId(otherId);
const twoSubscriptions = {
  subscriptions: [{ subscriptionId }, { subscriptionId: otherSubscription }],
  resources: [{ id: workspaceId }, { id: registryId }, { id: storageId }, { id: otherId }],
};
const throttled = (retryAfter: string): object => ({
  status: 429,
  code: "TooManyRequests",
  headers: { "retry-after": retryAfter },
});

/** Reads until a read is not sent any more; answers the failure. */
async function readUntilSentAway({ reads }: Setting, mostTimes = 300): Promise<Awaited<ReturnType<typeof failureOf>>> {
  for (let times = 0; times < mostTimes; times += 1) {
    const reading = reads.workspace(workspace, unaborted);
    const isRead = await reading.then(
      () => true,
      () => false,
    );
    if (!isRead) return failureOf(reading);
  }
  throw new Error(`None of ${String(mostTimes)} reads was sent away.`);
}

describe("what Azure allows in a subscription", () => {
  test("is not used up: the last fifth of the reads is not sent, and says when to come back", async () => {
    const setting = await adapters(twoSubscriptions, { throttling: true });
    const failure = await readUntilSentAway(setting);
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMs: 280 });
    expect(failure.message).toContain(`by our own restraint: of the reads that Azure allows in the subscription`);
    expect(setting.azure.requests.map(({ status }) => status)).toEqual(Array<number>(200).fill(200));
  });

  test("is shared by every kind of read, however its id is spelled", async () => {
    const setting = await adapters(twoSubscriptions);
    await readUntilSentAway(setting);
    for (const read of [
      () => setting.reads.registry(registry, 0, unaborted),
      () => setting.reads.assignments(principalIn(setting.azure), registry, 0, unaborted),
      () => setting.reads.storageKeyTimes(storage, 0, unaborted),
      () => setting.reads.workspace(parseWorkspaceId(workspaceId.toUpperCase()), unaborted),
    ])
      expect(await failureOf(read())).toMatchObject({ kind: "throttled", retryAfterMs: expect.any(Number) as number });
    expect(setting.azure.requests).toHaveLength(200);
  });

  test("is one thing for reads and another for writes", async () => {
    const setting = await adapters(twoSubscriptions);
    await readUntilSentAway(setting);
    await setting.writes.grantPull(grantTo(principalIn(setting.azure)), leaseOf());
    expect(setting.written()).toHaveLength(1);
  });

  test("is another in another subscription", async () => {
    const setting = await adapters(twoSubscriptions);
    await readUntilSentAway(setting);
    expect(await setting.reads.workspace(elsewhere, unaborted)).toBeDefined();
  });

  test("comes back with time", async () => {
    const setting = await adapters(twoSubscriptions, { throttling: true });
    const { retryAfterMs = 0 } = await readUntilSentAway(setting);
    setting.clock.pass(retryAfterMs / 1_000);
    expect(await setting.reads.workspace(workspace, unaborted)).toBeDefined();
  });

  test("is used by others as well, which the first answer tells", async () => {
    const setting = await adapters(twoSubscriptions, { throttling: true });
    await readElsewhere(setting.azure, 180);
    const before = setting.azure.requests.length;
    await readUntilSentAway(setting);
    expect(setting.azure.requests.length - before).toBe(20);
  });

  test("is used by what is tried again, too", async () => {
    const setting = await adapters(twoSubscriptions);
    for (let times = 0; times < 198; times += 1) await setting.reads.workspace(workspace, unaborted);
    setting.azure.setFaults([{ match: {}, respond: { status: 503, code: "ServiceUnavailable" } }]);
    const failure = await failureOf(setting.reads.workspace(workspace, unaborted));
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMs: 280 });
    expect(setting.azure.requests).toHaveLength(200);
  });

  test("is as good as new in another process, until Azure says how it is", async () => {
    const setting = await adapters(twoSubscriptions);
    await readUntilSentAway(setting);
    const process = azureReads(
      armOf(setting.azure, setting.clock),
      setting.clock,
      imagesOf(setting.azure, setting.clock),
    );
    expect(await process.workspace(workspace, unaborted)).toBeDefined();
    expect((await failureOf(process.workspace(workspace, unaborted))).kind).toBe("throttled");
  });
});

describe("after a 429", () => {
  test("nothing of its kind is sent to its subscription until Retry-After is over, and everything else is", async () => {
    const setting = await adapters(twoSubscriptions);
    setting.azure.setFaults([{ match: {}, times: 1, respond: throttled("30") }]);
    expect((await failureOf(setting.reads.workspace(workspace, unaborted))).message).toContain("Azure said");
    setting.clock.pass(29.9);
    const failure = await failureOf(setting.reads.registry(registry, 0, unaborted));
    expect(failure.message).toContain("Nothing was sent");
    expect(failure.retryAfterMs).toBeGreaterThanOrEqual(100);
    expect(setting.azure.requests).toHaveLength(1);

    expect(await setting.reads.workspace(elsewhere, unaborted)).toBeDefined();
    expect(await setting.writes.syncKeys(sync, leaseOf(), acceptance().note)).toEqual({ kind: "done" });
    setting.clock.pass(0.1);
    expect(await setting.reads.workspace(workspace, unaborted)).toBeDefined();
  });

  test("of a write no write is sent", async () => {
    const setting = await adapters(twoSubscriptions);
    setting.azure.setFaults([{ match: {}, times: 1, respond: throttled("30") }]);
    await failureOf(setting.writes.grantPull(grantTo(principalIn(setting.azure)), leaseOf()));
    for (const write of [
      () => setting.writes.grantPull(grantTo(principalIn(setting.azure)), leaseOf()),
      () => setting.writes.attachRegistry(attach, leaseOf(), acceptance().note),
      () => setting.writes.syncKeys(sync, leaseOf(), acceptance().note),
    ])
      expect((await failureOf(write())).message).toContain("Nothing was sent");
    expect(setting.azure.requests).toHaveLength(1);
  });
});

describe("an operation that Azure works on", () => {
  test("is not lost when there is no room to ask about it, and is followed when there is", async () => {
    const setting = await adapters(twoSubscriptions, { attachSeconds: 12, retryAfterSeconds: 5 });
    const { accepted, note } = acceptance();
    setting.azure.setFaults([{ match: { method: "GET" }, times: 1, respond: throttled("60") }]);
    await failureOf(setting.reads.workspace(workspace, unaborted));

    const failure = await failureOf(setting.writes.attachRegistry(attach, leaseOf(), note));
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMs: 55_240 });
    expect(accepted).toHaveLength(1);
    const running = remembered(accepted[0]);
    expect(await failureOf(setting.writes.resume(running, workspace, leaseOf()))).toMatchObject({ kind: "throttled" });

    setting.clock.pass(56);
    expect(await setting.writes.resume(running, workspace, leaseOf())).toMatchObject({ kind: "done" });
    expect(setting.written()).toEqual(["PATCH alpha 202"]);
  });

  test("costs a read each time that it is asked about", async () => {
    const setting = await adapters(twoSubscriptions, { syncSeconds: 4, retryAfterSeconds: 5 });
    await setting.writes.syncKeys(sync, leaseOf(), acceptance().note);
    setting.clock.pass(-5);
    await readUntilSentAway(setting);
    expect(setting.azure.requests.filter(({ isWrite }) => !isWrite)).toHaveLength(200);
  });
});

describe("a request", () => {
  const endpoint = "https://management.example";
  async function sendTimes(url: string, times: number): Promise<number> {
    let sent = 0;
    const next: SendRequest = (request) => {
      sent += 1;
      return Promise.resolve({ request, status: 200, headers: createHttpHeaders() });
    };
    const policy = budgetPolicy(endpoint, new VirtualClock());
    const calls = Array.from({ length: times }, () => policy.sendRequest(createPipelineRequest({ url }), next));
    await Promise.allSettled(calls);
    return sent;
  }

  test.each([
    ["to another host", `https://login.example/subscriptions/${subscriptionId}/resourceGroups`, 300],
    ["that names no subscription", `${endpoint}/providers/Microsoft.Authorization/roleDefinitions`, 300],
    ["that names one", `${endpoint}/subscriptions/${subscriptionId}?api-version=1`, 200],
    ["that names one after two slashes", `${endpoint}//Subscriptions/${subscriptionId}/resourceGroups`, 200],
  ])("%s is counted as Azure counts it", async (_what, url, sent) => {
    expect(await sendTimes(url, 300)).toBe(sent);
  });
});
