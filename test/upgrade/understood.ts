/** What the app makes of everything that is stored. */
import { openFleet } from "../../src/storage/fleet.ts";
import { listFleet } from "../../src/storage/fleet-list.ts";
import { requestIdOf } from "../../src/core/sweep-record.ts";
import { readMessage } from "../../src/functions/queue-message.ts";
import { openGroupSubscriptions } from "../../src/storage/group-subscriptions.ts";
import { openHistory } from "../../src/storage/history.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { outcomeCounts } from "../../src/storage/outcome-counts.ts";
import { openSweepResults } from "../../src/storage/sweep-results.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { openWorkspaceIndex } from "../../src/storage/workspace-index.ts";
import { FakeTime } from "../storage/fake-time.ts";
import { rejectedOn } from "../support/rejected-records.ts";
import { all, type Setting, startProcess } from "../storage/setting.ts";
import { registry, storageAccount, subscriptionId, sweepId, workspace } from "./story.ts";

/** @param messages the texts that were on the queue, as JSON */
export async function understood({ storage }: Setting, messages: readonly unknown[]): Promise<object> {
  const time = new FakeTime();
  const index = openWorkspaceIndex(storage);
  const fleet = openFleet(storage);
  const sweeps = openSweeps(storage, time);
  return asJson({
    memory: await startProcess(storage, time).memory.load(workspace),
    requests: await openInbox(storage).list(workspace),
    unanswered: await all(fleet.unanswered(time.now() + 60_000)),
    history: await openHistory(storage, time).list(workspace, 10),
    remembered: await all(fleet.of(subscriptionId)),
    provingRoles: await all(fleet.provingRoles(subscriptionId)),
    listed: await listFleet(storage, [subscriptionId], {}, 10),
    counts: Object.fromEntries(await outcomeCounts(storage, subscriptionId)),
    ofRegistry: await index.page("registry", registry, undefined),
    ofStorageAccount: await index.page("storageAccount", storageAccount, undefined),
    rejected: await rejectedOn(storage, new Date(time.now()).toISOString().slice(0, 10)),
    sweeps: await sweeps.list(10),
    firstStart: await sweeps.firstStart(),
    canBeClaimedAgain: await sweeps.claim(sweepId),
    canBeHeldByAnother: (await sweeps.hold("another")) !== undefined,
    sweepResults: await openSweepResults(storage).counts(requestIdOf(sweepId)),
    groups: Object.fromEntries(await openGroupSubscriptions(storage).all()),
    messages: messages.map((message) => readMessage(message, { subscriptions: [subscriptionId] })),
  });
}

function asJson(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
