import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { createCredential } from "./azure/credential.ts";
import { firstSyncPacer } from "./azure/first-sync-pacer.ts";
import { assignmentIdOf } from "./azure/assignment-name.ts";
import { ownObjectId } from "./azure/own-identity.ts";
import { type Config, loadConfig, type NoticeSettings } from "./config.ts";
import { sourceOf, unknownSource } from "./app-source.ts";
import { type SettingView, settingsOf } from "./settings.ts";
import type { DiagnosisReads } from "./core/diagnosis-facts.ts";
import type { Policy } from "./core/policy.ts";
import type { AzureReads, AzureWrites, Ports } from "./core/ports.ts";
import type { SweepPorts } from "./core/sweep.ts";
import { fleetCounts } from "./functions/fleet-counts.ts";
import { FreshnessWatch } from "./functions/freshness.ts";
import { loadedLater, once } from "./loaded-later.ts";
import { type Notices, silence, toldLater } from "./notices/telling.ts";
import { type PolicyNow, policyNow } from "./policy-now.ts";
import { openStorage } from "./storage/connection.ts";
import { openFleet } from "./storage/fleet.ts";
import { forgetGone } from "./storage/forget-gone.ts";
import { type FleetPage, listFleet } from "./storage/fleet-list.ts";
import { openGroupSubscriptions } from "./storage/group-subscriptions.ts";
import { keptDays, openHistory, type TableHistory } from "./storage/history.ts";
import { openInbox } from "./storage/inbox.ts";
import { openLeases } from "./storage/lease.ts";
import { openMemory } from "./storage/memory-store.ts";
import { type OutcomeCounts, outcomeCounts } from "./storage/outcome-counts.ts";
import { openRejected, type Rejected } from "./storage/rejected.ts";
import { openRequestQueue } from "./storage/request-queue.ts";
import { StateRows } from "./storage/state-row.ts";
import { openSweepResults, type StoredSweepResults } from "./storage/sweep-results.ts";
import { openSweeps, type Sweeps } from "./storage/sweeps.ts";
import { openWorkspaceIndex } from "./storage/workspace-index.ts";
import { systemClock } from "./system-clock.ts";
import { silent, type Telemetry } from "./telemetry/telemetry.ts";
import { textHash } from "./text-hash.ts";

export { loadConfig, settingsOf, sourceOf };

type Listing = Parameters<typeof listFleet> extends [unknown, ...infer Asked] ? Asked : never;

/** What the triggers share: the policy, and core's ports wired to Azure and to storage. */
export interface App {
  /** What it was told, for people. */
  readonly settings: () => readonly SettingView[];
  readonly telemetry: Telemetry;
  /** As which the app acts. */
  readonly credential: TokenCredential;
  /** As the settings have it: it knows nothing of what lies in management groups. Who judges by subscriptions takes `policyNow`. */
  readonly policy: Policy;
  readonly policyNow: PolicyNow;
  readonly ports: Ports;
  /** What only a diagnosis reads. */
  readonly diagnosisReads: DiagnosisReads;
  /** For one sweep. Loads what only a sweep needs. */
  readonly sweepPorts: () => Promise<SweepPorts>;
  readonly rejected: Rejected;
  readonly notices: Notices;
  /** What is remembered of the fleet, for those who ask. */
  readonly fleet: {
    readonly list: (...asked: Listing) => Promise<FleetPage>;
    readonly counts: (subscriptionId: string) => Promise<OutcomeCounts>;
  };
  readonly sweeps: Sweeps;
  readonly sweepResults: StoredSweepResults;
  readonly history: TableHistory;
  readonly freshness: FreshnessWatch;
  /** Deletes what was rejected, and forgets workspaces that are gone, longer ago than history is kept. */
  readonly clearAway: () => Promise<void>;
  /** The object id of the identity that we act as; see `ownObjectId`. */
  readonly ownObjectId: () => Promise<string | undefined>;
}

// Objects, so that the compiler tells which name is missing.
const readNames = {
  workspace: true,
  registry: true,
  assignments: true,
  assignmentsAt: true,
  withRoles: true,
  denials: true,
  assignmentCount: true,
  children: true,
  image: true,
  storageKeyTimes: true,
} as const;
const writeNames = {
  attachRegistry: true,
  grantPull: true,
  enableAdminUser: true,
  pruneGrant: true,
  syncKeys: true,
  importImage: true,
  resume: true,
} as const;
const diagnosisNames = { registryDetails: true, serviceDiagnosis: true } as const;

/**
 * Wires the app together. Sends nothing yet.
 * @param told the settings as they are shown to people
 * @param source what the app is called where it publishes events
 */
export function createApp(
  settings: Config,
  told: App["settings"] = () => [],
  source = unknownSource,
  telemetry: Telemetry = silent,
): App {
  const { policy, managementGroups, arm, registryAudience, credential: chosen, leaseSeconds, ...config } = settings;
  const credential = createCredential(chosen.kind, chosen.clientId);
  const storage = openStorage(config.storage, credential);
  const rows = new StateRows(storage);
  const clock = systemClock;
  const armPorts = once(async () => {
    const { operationMs } = policy.waits;
    const { armPorts } = await import("./azure/arm-ports.ts");
    return armPorts({ arm, registryAudience, leaseSeconds, operationMs }, credential, clock, telemetry);
  });
  const history = openHistory(storage, clock);
  const rejected = openRejected(storage, clock);
  const queue = openRequestQueue(storage, clock, () => telemetry.traceparent());
  const sweeps = openSweeps(storage, clock, config.freshness.sweepHoldMs);
  const sweepResults = openSweepResults(storage);
  const ports: Ports = {
    clock,
    random: Math.random,
    newId: randomUUID,
    hash: textHash,
    grantId: assignmentIdOf,
    reads: loadedLater<AzureReads>(readNames, async () => (await armPorts()).reads),
    writes: loadedLater<AzureWrites>(writeNames, async () => (await armPorts()).writes),
    pacer: firstSyncPacer(clock, policy.waits.firstSyncMs),
    leases: openLeases(rows, { clock, leaseSeconds }),
    memory: openMemory(rows),
    inbox: openInbox(storage),
    queue,
    index: openWorkspaceIndex(storage),
    history,
    sweepResults,
  };
  const noticesTo = ({ topicEndpoint, portal }: NoticeSettings): Notices => {
    const load = once(async () => {
      const { openNotices, publisherTo } = await import("./notices/open.ts");
      return openNotices({ source, portal, mode: policy.mode }, publisherTo(topicEndpoint, credential), rejected);
    });
    return toldLater(load);
  };
  const groupReads = once(async () => {
    const { arm } = await armPorts();
    const { managementGroupReads } = await import("./azure/fleet-reads.ts");
    return managementGroupReads(arm, clock);
  });
  const app: App = {
    settings: told,
    telemetry,
    credential,
    policy,
    policyNow: policyNow(policy, managementGroups, {
      clock,
      subscriptionsIn: async (group) => (await groupReads())(group),
      store: openGroupSubscriptions(storage),
    }),
    ports,
    diagnosisReads: loadedLater<DiagnosisReads>(diagnosisNames, async () => (await armPorts()).diagnosisReads),
    sweepPorts: async () => {
      const { arm, workspaces } = await armPorts();
      const { fleetReads } = await import("./azure/fleet-reads.ts");
      return { ...ports, workspaces, fleet: fleetReads(arm, clock), remembered: openFleet(storage), records: sweeps };
    },
    rejected,
    notices: config.notices === undefined ? silence : noticesTo(config.notices),
    fleet: {
      list: (...asked) => listFleet(storage, ...asked),
      counts: (subscriptionId) => outcomeCounts(storage, subscriptionId),
    },
    sweeps,
    sweepResults,
    history,
    clearAway: async () => {
      await rejected.trim();
      await sweeps.settleResults(sweepResults);
      await forgetGone(storage, clock, { olderThanDays: keptDays });
    },
    freshness: new FreshnessWatch(config.freshness, sweeps, queue, clock, config.notices !== undefined),
    ownObjectId: ownObjectId(credential, arm.audience, clock),
  };
  telemetry.watch({ counts: () => fleetCounts(app), freshness: () => app.freshness.now() });
  return app;
}
