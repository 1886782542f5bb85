import type { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { createHttpHeaders, type PipelinePolicy } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";

import { azureWrites } from "../../src/azure/azure.ts";
import { carry, type Operation } from "../../src/azure/operations.ts";
import type { Progress } from "../../src/core/ports.ts";
import {
  acceptance,
  adapters,
  armOf,
  attach,
  failureOf,
  leaseOf,
  registryId,
  remembered,
  type Setting,
  subscriptionId,
  sync,
  workspace,
  workspaceId,
} from "./setting.ts";

const nothing = acceptance().note;
const polls = ({ azure }: Setting): Setting["azure"]["requests"] =>
  azure.requests.filter(({ path }) => path.includes("/workspaceOperationsStatus/"));
const fiveZeroThree = { status: 503, code: "ServiceUnavailable", message: "Later." };

describe("a write that takes no time", () => {
  test("is one PATCH with the registry and nothing else", async () => {
    const { azure, writes } = await adapters();
    const { accepted, note } = acceptance();
    expect(await writes.attachRegistry(attach, leaseOf(), note)).toMatchObject({ kind: "done" });
    expect(azure.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ["PATCH", workspaceId, 200],
    ]);
    expect(azure.requests[0]?.body).toEqual({ properties: { containerRegistry: registryId } });
    expect(accepted).toEqual([]);
  });

  test("is one POST without a body", async () => {
    const { azure, writes } = await adapters();
    expect(await writes.syncKeys(sync, leaseOf(), nothing)).toMatchObject({ kind: "done" });
    expect(azure.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ["POST", `${workspaceId}/resyncKeys`, 200],
    ]);
    expect(azure.requests[0]?.body).toBeUndefined();
  });
});

describe("an attachment that is done", () => {
  test.each([
    ["at once", {}],
    ["after a while", { attachSeconds: 15, retryAfterSeconds: 4 }],
  ])("%s tells how Azure then describes the workspace", async (_when, timing) => {
    const setting = await adapters(undefined, timing);
    setting.azure.world.patch(workspaceId, { tags: { "acr-remediation": "skip" } });
    expect(await setting.writes.attachRegistry(attach, leaseOf(), nothing)).toMatchObject({
      kind: "done",
      workspace: { provisioningState: "Succeeded", tags: { "acr-remediation": "skip" } },
    });
  });
});

describe("a write that takes a while", () => {
  test.each([
    ["attaching", "attachRegistry", "PATCH alpha 202"],
    ["syncing keys", "syncKeys", "POST resyncKeys 202"],
  ] as const)("is %s: sent once and followed to its end at Azure's pace", async (_what, how, write) => {
    const setting = await adapters(undefined, { attachSeconds: 15, syncSeconds: 15, retryAfterSeconds: 4 });
    const began = setting.clock.now();
    const { accepted, note } = acceptance();
    const call =
      how === "syncKeys"
        ? setting.writes.syncKeys(sync, leaseOf(), note)
        : setting.writes.attachRegistry(attach, leaseOf(), note);
    expect(await call).toMatchObject({ kind: "done" });
    expect(setting.written()).toEqual([write]);
    expect(polls(setting).map(({ status, early }) => [status, early])).toEqual([
      [202, false],
      [202, false],
      [202, false],
      [200, false],
    ]);
    expect(setting.clock.now() - began).toBe(16_000);
    expect(accepted).toMatchObject([{ kind: "running", pollAt: began + 4_000 }]);
  });

  test("is reported as accepted before anything else is asked", async () => {
    const setting = await adapters(undefined, { attachSeconds: 15, retryAfterSeconds: 4 });
    const note = (): Promise<void> => {
      expect(setting.azure.requests).toHaveLength(1);
      expect(setting.clock.now()).toBe(Date.parse("2026-03-01T12:00:00Z"));
      return Promise.resolve();
    };
    await setting.writes.attachRegistry(attach, leaseOf(), note);
  });

  test("that cannot be remembered ends with what the store said, which is nothing that Azure said", async () => {
    const { writes } = await adapters(undefined, { attachSeconds: 15 });
    const storeDown = new Error("The table could not be written.");
    const call = writes.attachRegistry(attach, leaseOf(), () => Promise.reject(storeDown));
    await expect(call).rejects.toBe(storeDown);
  });

  test("is left running when it outlasts the budget, to be asked about when Azure said", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 8 });
    const began = setting.clock.now();
    const progress = await setting.writes.attachRegistry(attach, leaseOf(), nothing);
    expect(progress).toMatchObject({ kind: "running", pollAt: began + 24_000 });
    expect(setting.clock.now() - began).toBe(16_000);
    expect(setting.azure.requests.map(({ early }) => early)).toEqual([false, false, false]);
  });

  test("goes on from what was remembered in another process, without a second write", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 8 });
    let progress: Progress = await setting.writes.attachRegistry(attach, leaseOf(), nothing);
    for (let round = 0; round < 5 && progress.kind === "running"; round += 1) {
      const newProcess = azureWrites(armOf(setting.azure, setting.clock), setting.clock, 20_000);
      progress = await newProcess.resume(remembered(progress), workspace, leaseOf());
    }
    expect(progress).toMatchObject({ kind: "done" });
    expect(setting.written()).toEqual(["PATCH alpha 202"]);
    expect(polls(setting).filter(({ early }) => early)).toEqual([]);
    expect(setting.azure.world.get(workspaceId)?.properties["containerRegistry"]).toBe(registryId);
  });

  test("goes on from the state that was reported when it was accepted", async () => {
    const setting = await adapters(undefined, { syncSeconds: 12, retryAfterSeconds: 10 });
    const { accepted, note } = acceptance();
    setting.azure.setFaults([{ match: { path: "workspaceOperationsStatus" }, times: 1, reset: true }]);
    expect((await failureOf(setting.writes.syncKeys(sync, leaseOf(), note))).kind).toBe("transient");
    const progress = await setting.writes.resume(remembered(accepted[0], "SyncKeys"), workspace, leaseOf());
    expect(progress).toMatchObject({ kind: "done" });
    expect(setting.written()).toEqual(["POST resyncKeys 202"]);
  });

  test("is not asked about before its time when it is resumed, also when that is beyond the budget", async () => {
    const setting = await adapters(undefined, { attachSeconds: 500, retryAfterSeconds: 100 });
    const first = await setting.writes.attachRegistry(attach, leaseOf(), nothing);
    const running = remembered(first);
    expect(await setting.writes.resume(running, workspace, leaseOf())).toEqual(first);
    expect(polls(setting)).toEqual([]);
    setting.clock.pass(90);
    const later = await setting.writes.resume(running, workspace, leaseOf());
    expect(polls(setting).map(({ early }) => early)).toEqual([false]);
    expect(later).toMatchObject({ kind: "running", pollAt: setting.clock.now() + 100_000 });
  });

  test("keeps no token in its state", async () => {
    const { writes } = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 30 });
    const { state } = remembered(await writes.attachRegistry(attach, leaseOf(), nothing));
    expect(state).not.toMatch(/bearer|authorization/i);
    expect(state.length).toBeLessThan(4_000);
  });

  test.each([
    ["0", 1_000],
    ["", 5_000],
    ["soon", 5_000],
  ])("is not asked about at once when Azure says Retry-After: %s", async (header, pauseMs) => {
    const { azure, writes, clock } = await adapters(undefined, { attachSeconds: 3, retryAfterSeconds: 2 });
    const slept: number[] = [];
    clock.onSleep = (ms) => slept.push(ms);
    const respond = { status: 202, ...(header === "" ? {} : { headers: { "retry-after": header } }) };
    azure.setFaults([{ match: { path: "workspaceOperationsStatus" }, times: 1, respond }]);
    expect(await writes.attachRegistry(attach, leaseOf(), nothing)).toMatchObject({ kind: "done" });
    expect(slept).toEqual([2_000, pauseMs]);
  });
});

describe("an operation that ends badly", () => {
  test("is failed, for an operator to read, and over", async () => {
    const { azure, writes } = await adapters(undefined, { attachSeconds: 3 });
    const operation = { code: "RegistryUnreachable", message: "The registry could not be reached." };
    azure.setFaults([{ match: { method: "PATCH" }, operation }]);
    const progress = await writes.attachRegistry(attach, leaseOf(), nothing);
    expect(progress).toMatchObject({
      kind: "failed",
      failure: { kind: "operatorMustAct", blockedReason: "RequestRefused", code: "RegistryUnreachable" },
    });
    expect(progress).toHaveProperty(
      "failure.message",
      "Could not attach images to alpha. Azure said RegistryUnreachable: The registry could not be reached.",
    );
  });

  test("is failed too when it is resumed", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 15 });
    const operation = { code: "RegistryUnreachable", message: "The registry could not be reached." };
    setting.azure.setFaults([{ match: { method: "PATCH" }, operation }]);
    const running = remembered(await setting.writes.attachRegistry(attach, leaseOf(), nothing));
    setting.clock.pass(60);
    expect(await setting.writes.resume(running, workspace, leaseOf())).toMatchObject({ kind: "failed" });
    expect(setting.written()).toHaveLength(1);
  });

  test("is failed when Azure does not know it any more", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 15 });
    const running = remembered(await setting.writes.attachRegistry(attach, leaseOf(), nothing));
    setting.clock.pass(15);
    const respond = { status: 404, code: "ResourceNotFound", message: "No such operation." };
    setting.azure.setFaults([{ match: { path: "workspaceOperationsStatus" }, respond }]);
    expect(await setting.writes.resume(running, workspace, leaseOf())).toMatchObject({
      kind: "failed",
      failure: { kind: "notFound", code: "ResourceNotFound" },
    });
  });

  test("is failed when what was remembered of it cannot be read", async () => {
    const { writes, azure } = await adapters();
    const running = { kind: "SyncKeys", description: "sync keys", state: "no state", since: 0, pollAt: 0 } as const;
    expect(await writes.resume(running, workspace, leaseOf())).toMatchObject({ kind: "failed" });
    expect(azure.requests).toEqual([]);
  });

  test.each([
    ["Failed", "RegistryUnreachable"],
    ["Canceled", "canceled"],
  ])("is failed when its status resource says %s", async (status, told) => {
    const { arm, clock } = await adapters();
    const attempt = { what: "sync keys of alpha", action: "a", scope: "s" };
    const begin: Operation<AzureMachineLearningWorkspaces>["begin"] = (client, options) => {
      answerWithStatus(client, { status, error: { code: told, message: "It is over." } });
      return client.workspaces.beginResyncKeys("ml", "alpha", options);
    };
    const progress = await carry(
      { attempt, client: (it, pace) => it.machineLearningWriter(subscriptionId, pace), begin },
      { arm, clock, budgetMs: 20_000 },
      leaseOf(),
      nothing,
    );
    expect(progress).toMatchObject({
      kind: "failed",
      failure: { kind: "operatorMustAct", blockedReason: "RequestRefused" },
    });
    expect(progress).toHaveProperty("failure.message", expect.stringContaining(told));
  });
});

describe("an operation that cannot be asked about for a moment", () => {
  test.each([
    ["503", { respond: { ...fiveZeroThree, headers: { "retry-after": "9" } } }, "transient"],
    ["429", { respond: { status: 429, code: "TooManyRequests", headers: { "retry-after": "9" } } }, "throttled"],
    ["401", { respond: { status: 401, code: "ExpiredAuthenticationToken" } }, "transient"],
    ["a cut connection", { reset: true }, "transient"],
  ])("because of %s is thrown, and can still be resumed", async (_what, fault, kind) => {
    const setting = await adapters(undefined, { attachSeconds: 6, retryAfterSeconds: 5 });
    setting.azure.setFaults([{ match: { path: "workspaceOperationsStatus" }, times: 1, ...fault }]);
    const { accepted, note } = acceptance();
    const failure = await failureOf(setting.writes.attachRegistry(attach, leaseOf(), note));
    expect(failure.kind).toBe(kind);
    if ("respond" in fault && "headers" in fault.respond) expect(failure.retryAfterMs).toBe(9_000);
    expect(polls(setting)).toHaveLength(1);
    setting.clock.pass(10);
    expect(await setting.writes.resume(remembered(accepted[0]), workspace, leaseOf())).toMatchObject({ kind: "done" });
    expect(setting.written()).toEqual(["PATCH alpha 202"]);
  });
});

/** Azure's other way of running operations: a status resource, named by `Azure-AsyncOperation`. */
function answerWithStatus({ pipeline }: AzureMachineLearningWorkspaces, body: object): void {
  const headers = { "content-type": "application/json", "azure-asyncoperation": "https://127.0.0.1/status" };
  const statusResource: PipelinePolicy = {
    name: "statusResource",
    sendRequest: (request) => {
      const begun = { request, status: 202, headers: createHttpHeaders(headers) };
      const asked = { ...begun, status: 200, bodyAsText: JSON.stringify(body) };
      return Promise.resolve(request.method === "GET" ? asked : begun);
    },
  };
  // Below the SDK's own reading of bodies, where the network would be.
  pipeline.addPolicy(statusResource, { phase: "Sign" });
}
