/** One of everything that the app stores, as this version writes it; always the same. */
import { formatId, parseResourceId, workspaceId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { FanOutMessage, Request } from "../../src/core/ports.ts";
import { requestIdOf } from "../../src/core/sweep-record.ts";
import { openGroupSubscriptions } from "../../src/storage/group-subscriptions.ts";
import { openHistory } from "../../src/storage/history.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { openRejected } from "../../src/storage/rejected.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import { openSweepResults } from "../../src/storage/sweep-results.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { openWorkspaceIndex } from "../../src/storage/workspace-index.ts";
import { FakeTime } from "../storage/fake-time.ts";
import { fullMemory } from "../storage/full-memory.ts";
import { acquired, type Setting, someMemory, startProcess } from "../storage/setting.ts";
import { sweepRecord } from "../storage/sweep-records.ts";

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
export const workspace = workspaceId(subscriptionId, "ml-team", "pricing");
export const registry = parseResourceId(
  `/subscriptions/${subscriptionId}/resourceGroups/ml-platform/providers/Microsoft.ContainerRegistry/registries/contosoml`,
);
export const storageAccount = parseResourceId(
  `/subscriptions/${subscriptionId}/resourceGroups/ml-platform/providers/Microsoft.Storage/storageAccounts/contosodata`,
);
/** When everything was written, and when it is read. */
export const at = Date.UTC(2026, 0, 15, 12);
export const sweepId = "overdue since 2026-01-15T02:30:00.000Z";
const group = "contoso-ml";
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const identityId = `/subscriptions/${subscriptionId}/resourceGroups/ml-team/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
const customRoleId = "c0570000-0000-4000-8000-000000000001";
/** A memory with something in every field, of which what a sweep reads makes sense. */
const memory: Memory = {
  ...fullMemory(someMemory(workspace)),
  children: {
    listedAt: at,
    of: ["compute", "endpoint"],
    principals: [{ of: "compute", label: "identity of the compute c", principalId: "p", identityId }],
  },
  proved: {
    registryId: formatId(registry),
    mode: "AbacRepositoryPermissions",
    proofs: [{ principalId: "p", assignmentId: "/a", roleId: customRoleId }],
  },
};

/** A request with something in every field that one for many workspaces may have. */
const ofMany: Required<Omit<Request, "exempt" | "dueAt">> = {
  id: "event/1",
  cause: "event",
  acceptedAt: at,
  evidence: {
    operation: "Microsoft.MachineLearningServices/workspaces/write",
    actor: "Ada",
    eventId: "event/1",
    eventTime: "2026-01-15T11:59:00Z",
  },
  changedAt: at - 60_000,
  fresh: true,
  list: true,
  confirm: true,
  rotated: { of: "storageAccount", at },
};
/** What an operator takes out, and what is scheduled, is one workspace. */
const ofOne: Required<Request> = {
  ...ofMany,
  dueAt: at + 60_000,
  exempt: { until: at + 86_400_000, reason: "a migration" },
};
const fanOut: FanOutMessage = {
  fanOut: { index: "registry", scope: { subscriptionId, resourceGroup: "ml-platform", name: "contosoml" }, after: "a" },
  request: ofMany,
};

/** Writes all of it into an account that is empty. */
export async function writeStory(setting: Setting): Promise<void> {
  const { storage } = setting;
  const time = new FakeTime();
  const process = startProcess(storage, time);
  const lease = await acquired(process, workspace);
  await process.memory.save(workspace, memory);
  await lease.release();

  const inbox = openInbox(storage);
  await inbox.put(workspace, ofOne);
  await inbox.put(workspace, { id: "by-hand", cause: "http", acceptedAt: at + 1, exempt: "lifted" });

  const entry = { requests: [ofOne], planned: ["attach contosoml"], done: [], durationMs: 0, at } as const;
  const history = openHistory(storage, time);
  await history.append(workspace, { ...entry, reconcileId: "look-1", phase: "planned" });
  const outcome = { kind: "remediated", done: ["attach contosoml"] } as const;
  await history.append(workspace, { ...entry, reconcileId: "look-1", phase: "ended", done: outcome.done, outcome });

  const index = openWorkspaceIndex(storage);
  await index.put("registry", registry, workspace);
  await index.put("storageAccount", storageAccount, workspace);

  await openRejected(storage, time).put({ source: "event", reason: "Unreadable", message: "no JSON", body: "{" });

  const sweeps = openSweeps(storage, time);
  await sweeps.firstStart();
  await sweeps.claim(sweepId);
  const errors = [{ subject: subscriptionId, message: "not readable" }];
  const record = { id: sweepId, startedAt: at, progressAt: at, finishedAt: at, unreadable: [subscriptionId], errors };
  await sweeps.save(sweepRecord({ ...record, results: { remediated: 2 } }));
  await sweeps.hold(sweepId);
  await openSweepResults(storage).put(requestIdOf(sweepId), workspace, "remediated");
  await openGroupSubscriptions(storage).put(group, [subscriptionId]);

  const queue = openRequestQueue(storage, time, () => traceparent);
  const { workspaceId: id } = someMemory(workspace);
  await queue.send({ workspaceId: id, requestId: ofOne.id }, 0);
  await queue.send(fanOut, 0);
  await queue.send({ sweep: sweepId, afterOthers: true }, 0);
}
