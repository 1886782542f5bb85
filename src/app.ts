import { createHash, randomUUID } from "node:crypto";
import { Arm, requestMsUnder } from "./azure/arm.ts";
import { azureReads, azureWrites } from "./azure/azure.ts";
import { createCredential } from "./azure/credential.ts";
import { azureDiagnosisReads } from "./azure/diagnosis-reads.ts";
import { imageReads } from "./azure/images.ts";
import { firstSyncPacer } from "./azure/first-sync-pacer.ts";
import { ownObjectId } from "./azure/own-identity.ts";
import { listWorkspaceIds } from "./azure/workspaces.ts";
import type { Config } from "./config.ts";
import type { DiagnosisReads } from "./core/diagnosis-facts.ts";
import type { Policy } from "./core/policy.ts";
import type { Ports } from "./core/ports.ts";
import type { SweepPorts } from "./core/sweep.ts";
import { FreshnessWatch } from "./functions/freshness.ts";
import { openStorage } from "./storage/connection.ts";
import { openFleet } from "./storage/fleet.ts";
import { forgetGone } from "./storage/forget-gone.ts";
import { keptDays, openHistory, type TableHistory } from "./storage/history.ts";
import { openInbox } from "./storage/inbox.ts";
import { openLeases } from "./storage/lease.ts";
import { openMemory } from "./storage/memory-store.ts";
import { openRejected, type Rejected } from "./storage/rejected.ts";
import { openRequestQueue } from "./storage/request-queue.ts";
import { StateRows } from "./storage/state-row.ts";
import { openSweepResults } from "./storage/sweep-results.ts";
import { openSweeps } from "./storage/sweeps.ts";
import { openWorkspaceIndex } from "./storage/workspace-index.ts";
import { systemClock } from "./system-clock.ts";

/** What the triggers share: the policy, and core's ports wired to Azure and to storage. */
export interface App {
  readonly policy: Policy;
  readonly ports: Ports;
  /** What only a diagnosis reads. */
  readonly diagnosisReads: DiagnosisReads;
  /** For one sweep. Loads what only a sweep needs. */
  readonly sweepPorts: () => Promise<SweepPorts>;
  readonly rejected: Rejected;
  readonly history: TableHistory;
  readonly freshness: FreshnessWatch;
  /** Deletes what was rejected, and forgets workspaces that are gone, longer ago than history is kept. */
  readonly clearAway: () => Promise<void>;
  /** The object id of the identity that we act as; see `ownObjectId`. */
  readonly ownObjectId: () => Promise<string | undefined>;
}

/** Wires the app together. Sends nothing yet. */
export function createApp({
  policy,
  arm: armSettings,
  registryAudience: audience,
  credential: chosen,
  storage: settings,
  leaseSeconds,
  freshness,
}: Config): App {
  const credential = createCredential(chosen.kind, chosen.clientId);
  const storage = openStorage(settings, credential);
  const rows = new StateRows(storage);
  const clock = systemClock;
  const requestMs = requestMsUnder(leaseSeconds);
  const arm = new Arm(armSettings, credential, clock, requestMs);
  const history = openHistory(storage, clock);
  const rejected = openRejected(storage, clock);
  const queue = openRequestQueue(storage, clock);
  const sweeps = openSweeps(storage, clock, freshness.sweepHoldMs);
  const sweepResults = openSweepResults(storage);
  const ports: Ports = {
    clock,
    random: Math.random,
    newId: randomUUID,
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    reads: azureReads(arm, clock, imageReads({ audience, requestMs }, credential, clock)),
    writes: azureWrites(arm, clock, policy.waits.operationMs),
    pacer: firstSyncPacer(clock, policy.waits.firstSyncMs),
    leases: openLeases(rows, { clock, leaseSeconds }),
    memory: openMemory(rows),
    inbox: openInbox(storage),
    queue,
    index: openWorkspaceIndex(storage),
    history,
    sweepResults,
  };
  return {
    policy,
    ports,
    diagnosisReads: azureDiagnosisReads(arm, clock),
    sweepPorts: async () => {
      const { fleetReads } = await import("./azure/fleet-reads.ts");
      const workspaces = (id: string): AsyncIterable<string> => listWorkspaceIds(arm, id);
      return { ...ports, workspaces, fleet: fleetReads(arm, clock), remembered: openFleet(storage), records: sweeps };
    },
    rejected,
    history,
    clearAway: async () => {
      await rejected.trim();
      await sweeps.trimResults(sweepResults);
      await forgetGone(storage, clock, { olderThanDays: keptDays });
    },
    freshness: new FreshnessWatch(freshness, sweeps, queue, clock),
    ownObjectId: ownObjectId(credential, armSettings.audience, clock),
  };
}
