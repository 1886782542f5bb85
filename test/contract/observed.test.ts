/** What whoever plays with the stand-in can watch and decide: requests by process, their moments, faults one by one. */
import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import type { Moment } from "../../local/azure/request-log.ts";
import { receiverOf } from "./receiver.ts";
import { acrPullId, azureOf, raw, registryId, storageId, type TestAzure, workspaceId } from "./stand-in.ts";

const workspaceUrl = `${workspaceId}?api-version=2024-10-01`;
const everything = { resources: [{ id: workspaceId }, { id: registryId }, { id: storageId }] };
const attach = { method: "PATCH", body: JSON.stringify({ properties: { containerRegistry: registryId } }) };

async function tokenOf(azure: TestAzure, header: string): Promise<string> {
  const url = `${azure.identityEndpoint}?api-version=2019-08-01&resource=https://management.azure.com`;
  const response = await fetch(url, { headers: { "x-identity-header": header } });
  return ((await response.json()) as { access_token: string }).access_token;
}

test("processes of one identity are told apart by the identity headers they were given", async () => {
  const azure = await azureOf();
  for (const header of [azure.identityHeaderFor("first"), azure.identityHeaderFor("second"), azure.identityHeader]) {
    const headers = { authorization: `Bearer ${await tokenOf(azure, header)}` };
    expect((await raw(azure, workspaceUrl, { headers })).status).toBe(200);
  }
  expect(azure.requests.map(({ client, isSelf }) => [client, isSelf])).toEqual([
    ["first", true],
    ["second", true],
    [null, true],
  ]);
});

test("the log keeps what a read of a workspace told, as old as it was", async () => {
  const azure = await azureOf(everything, { staleReadSeconds: 10 });
  azure.pass(60);
  azure.world.patch(workspaceId, { tags: { team: "vision" }, properties: { containerRegistry: registryId } });
  await raw(azure, workspaceUrl);
  azure.pass(10);
  await raw(azure, workspaceUrl);
  const told = { kind: "workspace", workspaceId: workspaceId.toLowerCase(), provisioningState: "Succeeded" };
  expect(azure.requests.map((request) => request.told)).toEqual([
    { ...told, containerRegistry: null, tags: {} },
    { ...told, containerRegistry: registryId, tags: { team: "vision" } },
  ]);
});

test("a poll that brings the workspace tells of it, one that finds the operation running does not", async () => {
  const azure = await azureOf(everything, { attachSeconds: 5 });
  const { headers } = await raw(azure, workspaceUrl, attach);
  const { pathname, search } = new URL(headers.get("location") ?? "");
  await raw(azure, pathname + search);
  azure.pass(5);
  await raw(azure, pathname + search);
  const [patch, early, late] = azure.requests.map(({ told }) => told);
  expect([patch, early]).toEqual([null, null]);
  expect(late).toMatchObject({ provisioningState: "Succeeded", containerRegistry: registryId });
});

test("the log keeps the ids that a list of role assignments told", async () => {
  const azure = await azureOf();
  const list = `${registryId}/providers/Microsoft.Authorization/roleAssignments`;
  await raw(azure, `${list}?api-version=2022-04-01`);
  const principalId = azure.world.get(workspaceId)?.identity?.principalId;
  const body = JSON.stringify({ properties: { roleDefinitionId: acrPullId, principalId } });
  const name = randomUUID();
  await raw(azure, `${list}/${name}?api-version=2022-04-01`, { method: "PUT", body });
  await raw(azure, `${list}?api-version=2022-04-01`);
  expect(azure.requests.map(({ told }) => told)).toEqual([
    { kind: "roleAssignments", ids: [] },
    null,
    { kind: "roleAssignments", ids: [`${list}/${name}`] },
  ]);
});

test("a request is watched from its arrival to its answer; one that a fault answers never takes effect", async () => {
  const moments: Moment[] = [];
  const azure = await azureOf(everything, {}, { onRequest: (moment) => moments.push(moment) });
  await raw(azure, workspaceUrl);
  expect(moments.splice(0)).toEqual(["received", "effect", "answered"]);
  azure.setFaults([{ match: {}, times: 1, respond: { status: 503 } }]);
  await raw(azure, workspaceUrl);
  expect(moments.splice(0)).toEqual(["received", "answered"]);
  azure.setFaults([{ match: {}, times: 1, reset: true, afterEffect: true }]);
  await expect(raw(azure, workspaceUrl)).rejects.toThrow();
  expect(moments).toEqual(["received", "effect", "answered"]);
});

test("a client that goes away before the answer is noticed; what it asked for is still done", async () => {
  const moments: Moment[] = [];
  const gone = new AbortController();
  const onRequest = (moment: Moment): void => {
    moments.push(moment);
    if (moment === "received") gone.abort();
  };
  const azure = await azureOf(everything, {}, { onRequest, faultFor: () => ({ delayMs: 100 }) });
  await expect(raw(azure, workspaceUrl, { ...attach, signal: gone.signal })).rejects.toThrow();
  await expect.poll(() => moments).toEqual(["received", "abandoned", "effect"]);
  expect(azure.world.get(workspaceId)?.properties.containerRegistry).toBe(registryId);
});

test("each request can be given a fault of its own, after those that are switched on", async () => {
  const azure = await azureOf(
    everything,
    {},
    {
      faultFor: ({ method }) => (method === "GET" ? { respond: { status: 502 } } : undefined),
    },
  );
  azure.setFaults([{ match: {}, times: 1, respond: { status: 504 } }]);
  expect((await raw(azure, workspaceUrl)).status).toBe(504);
  expect((await raw(azure, workspaceUrl)).status).toBe(502);
  expect((await raw(azure, workspaceUrl, attach)).status).toBe(200);
});

test("a late answer is late after its effect when its fault comes after it", async () => {
  const azure = await azureOf(
    everything,
    {},
    {
      faultFor: () => ({ delayMs: 20, afterEffect: true }),
      onRequest: (moment) => {
        seen.push([moment, azure.world.get(workspaceId)?.properties.containerRegistry]);
      },
    },
  );
  const seen: unknown[] = [];
  expect((await raw(azure, workspaceUrl, attach)).status).toBe(200);
  expect(seen).toEqual([
    ["received", undefined],
    ["effect", undefined],
    ["answered", registryId],
  ]);
});

test("each event can be given faults of its own: lost, doubled, overtaken", async () => {
  const faults = [{ drop: true }, { duplicates: 1 }, { delaySeconds: 2_000 }, undefined];
  const names = ["lost", "doubled", "late", "punctual"];
  const [azure, receiver] = await Promise.all([
    azureOf(everything, { timeScale: 0.0001 }, { eventFaultsFor: () => faults.shift() }),
    receiverOf(),
  ]);
  await azure.subscribe({ name: "app", endpoint: receiver.endpoint });
  for (const name of names) azure.world.put({ id: workspaceId.replace(/alpha$/, name) });
  await azure.idle();
  const subjects = receiver.events().map((event) => (event as { subject: string }).subject.split("/").at(-1));
  expect(subjects).toEqual(["doubled", "doubled", "punctual", "late"]);
  expect(azure.summary().events).toMatchObject({ published: 4, dropped: 1, delivered: 4 });
});
