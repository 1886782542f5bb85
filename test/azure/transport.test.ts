import { describe, expect, test } from "vitest";

import { Arm, requestMsUnder } from "../../src/azure/arm.ts";
import { azureReads, azureWrites } from "../../src/azure/azure.ts";
import {
  acceptance,
  adapters,
  armOf,
  attach,
  credentialOf,
  failureOf,
  grantTo,
  leaseOf,
  principalIn,
  readElsewhere,
  registry,
  type Setting,
  storage,
  sync,
  unaborted,
  workspace,
  imagesOf,
} from "./setting.ts";

const principalId = "0a000000-0000-4000-8000-00000000000a";

const reads: Record<string, (setting: Pick<Setting, "reads">) => Promise<unknown>> = {
  "reading a workspace": (setting) => setting.reads.workspace(workspace, unaborted),
  "reading a registry": (setting) => setting.reads.registry(registry, 0, unaborted),
  "reading role assignments": (setting) => setting.reads.assignments(principalId, registry, 0, unaborted),
  "reading a storage account": (setting) => setting.reads.storageKeyTimes(storage, 0, unaborted),
};

const writes: Record<string, (setting: Pick<Setting, "writes" | "azure">) => Promise<unknown>> = {
  "attaching a registry": (setting) => setting.writes.attachRegistry(attach, leaseOf(), acceptance().note),
  "syncing keys": (setting) => setting.writes.syncKeys(sync, leaseOf(), acceptance().note),
  "granting the pull right": (setting) => setting.writes.grantPull(grantTo(principalIn(setting.azure)), leaseOf()),
};

const everything = { ...reads, ...writes };
const named = (calls: typeof everything | typeof reads | typeof writes): [string, (s: Setting) => Promise<unknown>][] =>
  Object.entries(calls);

describe("when Azure throttles", () => {
  test.each(named(everything))("%s is sent once, and its failure says how long to wait", async (_name, call) => {
    const setting = await adapters();
    const headers = { "retry-after": "17" };
    setting.azure.setFaults([{ match: {}, respond: { status: 429, code: "TooManyRequests", headers } }]);
    const failure = await failureOf(call(setting));
    expect(failure).toMatchObject({ kind: "throttled", code: "TooManyRequests", retryAfterMs: 17_000 });
    expect(setting.azure.requests).toHaveLength(1);
  });

  test("as somebody else has used up what it allows, the first read learns of it", async () => {
    const setting = await adapters(undefined, { throttling: true });
    await readElsewhere(setting.azure, 250);
    const failure = await failureOf(setting.reads.workspace(workspace, unaborted));
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMs: 1_000 });
    expect(failure.message).toContain("The request is being throttled");
  });
});

describe("when Azure fails for a moment", () => {
  test.each(named(reads))("%s is tried again at once, a few times", async (_name, call) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: {}, times: 2, respond: { status: 503, code: "ServiceUnavailable" } }]);
    await call(setting);
    expect(setting.azure.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
  });

  test.each(named(reads))("%s gives up after three times", async (_name, call) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: {}, respond: { status: 500, code: "InternalServerError", message: "Oops." } }]);
    const failure = await failureOf(call(setting));
    expect(failure.kind).toBe("transient");
    expect(failure.message).toMatch(/^Could not .+ Azure said InternalServerError: Oops\.$/);
    expect(setting.azure.requests).toHaveLength(3);
  });

  test.each(named(reads))("%s waits where Azure says how long", async (_name, call) => {
    const setting = await adapters();
    const headers = { "retry-after": "30" };
    setting.azure.setFaults([{ match: {}, respond: { status: 503, code: "ServiceUnavailable", headers } }]);
    expect(await failureOf(call(setting))).toMatchObject({ kind: "transient", retryAfterMs: 30_000 });
    expect(setting.azure.requests).toHaveLength(1);
  });

  test.each(
    [500, 502, 503, 504].flatMap((status) => named(writes).map(([name, call]) => [status, name, call] as const)),
  )("with %i, %s is sent once", async (status, _name, call) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: {}, respond: { status, code: "Broken" } }]);
    expect((await failureOf(call(setting))).kind).toBe("transient");
    expect(setting.azure.requests).toHaveLength(1);
  });
});

describe("when the connection is cut", () => {
  test.each(named(reads))("%s is tried again", async (_name, call) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: {}, times: 1, reset: true }]);
    await call(setting);
    expect(setting.azure.requests).toHaveLength(2);
  });

  test.each(named(writes))("%s is sent once", async (_name, call) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: {}, reset: true }]);
    const failure = await failureOf(call(setting));
    expect(failure.kind).toBe("transient");
    expect(failure.message).toMatch(/^Could not .+ Azure said no answer: /);
    expect(setting.azure.requests).toHaveLength(1);
  });

  test.each(named(everything))("for good, %s ends as a failure that passes", async (_name, call) => {
    const setting = await adapters();
    await setting.azure.close();
    const failure = await failureOf(call(setting));
    expect(failure.kind).toBe("transient");
    expect(failure.code).toBeUndefined();
  });
});

describe("when no token can be had", () => {
  test.each(named(everything))("%s sends nothing, and says why", async (_name, call) => {
    const { azure, clock } = await adapters();
    const arm = armOf(azure, clock, { getToken: () => Promise.reject(new Error("The token endpoint is down.")) });
    const setting = {
      reads: azureReads(arm, clock, imagesOf(azure, clock)),
      writes: azureWrites(arm, clock, 20_000),
      azure,
    };
    const failure = await failureOf(call(setting as Setting));
    expect(failure.kind).toBe("transient");
    expect(failure.message).toContain("The token endpoint is down.");
    expect(azure.requests).toEqual([]);
  });
});

test("a read that nobody waits for any more is given up", async () => {
  const { azure, clock } = await adapters();
  const controller = new AbortController();
  azure.setFaults([{ match: {}, delayMs: 10_000 }]);
  const reading = failureOf(
    azureReads(armOf(azure, clock), clock, imagesOf(azure, clock)).workspace(workspace, controller.signal),
  );
  while (azure.requests.length === 0) await new Promise(setImmediate);
  controller.abort();
  expect((await reading).kind).toBe("transient");
});

test("tokens are asked for the audience that was set, not for the endpoint", async () => {
  const { azure, clock } = await adapters();
  const scopes = new Set<string>();
  const credential = credentialOf(azure);
  const arm = new Arm(
    { endpoint: azure.armEndpoint, audience: "https://management.example" },
    {
      getToken: (scope, options) => {
        for (const one of [scope].flat()) scopes.add(one);
        return credential.getToken(scope, options);
      },
    },
    clock,
  );
  const setting = {
    reads: azureReads(arm, clock, imagesOf(azure, clock)),
    writes: azureWrites(arm, clock, 20_000),
    azure,
  };
  for (const [, call] of named(everything)) await call(setting as Setting);
  expect([...scopes]).toEqual(["https://management.example/.default"]);
});

describe("how long one request may take", () => {
  test.each([
    [5, 2_500],
    [20, 10_000],
    [60, 25_000],
    [300, 25_000],
  ])("under a lease of %i s is what is certain of it between two renewals, within bounds", (leaseSeconds, ms) => {
    expect(requestMsUnder(leaseSeconds)).toBe(ms);
    expect(ms).toBeLessThanOrEqual(leaseSeconds * 1_000 * (1 - 1 / 6 - 1 / 3));
  });

  test.each(named(everything))("bounds %s", async (_name, call) => {
    const { azure, clock } = await adapters();
    const arm = new Arm({ endpoint: azure.armEndpoint, audience: azure.armEndpoint }, credentialOf(azure), clock, 50);
    azure.setFaults([{ match: {}, delayMs: 60_000 }]);
    const setting = {
      reads: azureReads(arm, clock, imagesOf(azure, clock)),
      writes: azureWrites(arm, clock, 20_000),
      azure,
    };
    expect((await failureOf(call(setting as Setting))).kind).toBe("transient");
  });
});
