/** One run: starts everything, lets the script play while everything goes wrong, lets it settle, and judges. */
import type { HostLogLine } from "../host/index.ts";
import { newKeys } from "../host/keys.ts";
import { routedOperations } from "../../src/functions/event-routing.ts";
import type { LoggedRequest } from "../azure/request-log.ts";
import { type Azure, startAzure } from "../azure/index.ts";
import { updateSettings } from "../azure/settings.ts";
import { startAzurite } from "../azurite.ts";
import { hostTimeScale, settings } from "./cast.ts";
import { endOf, settle } from "./ending.ts";
import { Hosts } from "./hosts.ts";
import { Journal } from "./journal.ts";
import { Kills } from "./kills.ts";
import { Ledger } from "./ledger.ts";
import { Misfortune } from "./misfortune.ts";
import type { Fact } from "./facts.ts";
import { type End, judge } from "./oracle.ts";
import type { WriteJudgement } from "./oracle-writes.ts";
import { play } from "./play.ts";
import { startProxy } from "./proxy.ts";
import { Racer } from "./racer.ts";
import { Recoveries } from "./recoveries.ts";
import { type Report, reportOf } from "./report.ts";
import { RowTraffic } from "./row-traffic.ts";
import { fair, type Script, scriptOf } from "./script.ts";
import { fixtureOf, grantAtFirst } from "./stage.ts";
import { type Tables, tablesOf } from "./storage-view.ts";
import { chargeOf, idOf, truthOf } from "./truth.ts";
import { Visitor } from "./visitor.ts";

export interface RunOptions {
  readonly seed: number;
  readonly workspaces: number;
  /** How long it storms; what follows takes its own time. */
  readonly minutes: number;
  /** Ends the run early; it then rejects, with everything stopped. */
  readonly signal?: AbortSignal;
  /** Told what goes on. */
  readonly tell?: (line: string) => void;
  /** Given all that the oracle judged by, to be kept for whoever wants to know how it came to that. */
  readonly keepTrace?: (trace: Trace) => void;
}

export interface Trace {
  readonly facts: readonly Fact[];
  readonly end: End;
  readonly judgement: WriteJudgement;
  readonly logs: readonly HostLogLine[];
  /** Every row of every table of the app's storage. */
  readonly tables: Tables;
}

const hostCount = 2;
/** Event Grid's delays, in the stand-in's time. */
const eventTimeScale = 0.02;

export async function run(options: RunOptions): Promise<Report> {
  const { seed, workspaces, minutes } = options;
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    return await runOn(scriptOf(seed, workspaces, minutes, hostCount), options, keep);
  } finally {
    for (const part of opened.reverse()) await part.close();
  }
}

async function runOn(
  script: Script,
  { workspaces, minutes, signal = new AbortController().signal, tell = () => undefined, keepTrace }: RunOptions,
  keep: <Part extends { close(): Promise<void> }>(part: Part) => Part,
): Promise<Report> {
  const misfortune = new Misfortune(script.seed);
  misfortune.isOver = true; // until everything is up
  const ledger = new Ledger();
  let running: Hosts | undefined = undefined;
  const kills = new Kills(
    () => running,
    () => {
      misfortune.count("host: killed");
    },
  );

  const racer = new Racer(() => azure.world, misfortune, script.members);
  const azurite = keep(await startAzurite());
  const azure = keep(
    await startAzure({
      fixture: fixtureOf(script),
      settings: { timeScale: eventTimeScale, retryAfterSeconds: 1 },
      onRequest: (moment, logged) => {
        journal.note(moment, logged);
        kills.seeArm(moment, logged);
        racer.see(moment, logged);
        if (moment === "answered") countWeather(misfortune, azure, logged);
      },
      faultFor: (request) => misfortune.ofArm(request),
      eventFaultsFor: (change) => {
        const faults = misfortune.ofEvent(change.resourceId);
        const isTold = faults?.drop !== true;
        if (isTold && azure.settings.deliveryFaults.reorder) misfortune.count("event: held for another to overtake it");
        journal.noteChange(change, isTold);
        return faults;
      },
    }),
  );
  const journal = new Journal((id) => truthOf(azure.world, id));
  const rows = new RowTraffic(script.members.map(idOf), (fact) => {
    journal.add(fact);
  });
  for (const member of script.members) if (member.createdAt === undefined) grantAtFirst(azure.world, member);

  const hosts = keep(
    await Hosts.start(
      {
        azure,
        azurite,
        count: hostCount,
        settings,
        timeScale: hostTimeScale,
        onChange: (kind, client) => {
          journal.add({ kind, client });
        },
        storageFault: (client, request) => misfortune.ofStorage(client.replace(/#.*/, ""), request),
        onStorageRequest: (client, request) => {
          kills.seeStorage(client, "received", request);
          return true;
        },
        onStorageAnswer: (client, request, answer) => {
          ledger.note(request, answer);
          rows.note(client, request, answer);
          kills.seeStorage(client, "answered", request);
        },
      },
      newKeys(),
    ),
  );
  running = hosts;
  const door = keep(await startProxy({ target: () => hosts.next()?.url }));
  const visitor = new Visitor(door.origin, hosts.keys);
  const code = new URLSearchParams({ functionName: "events", code: hosts.keys.eventGridKey });
  await azure.subscribe({
    name: "remediator",
    endpoint: `${door.origin}/runtime/webhooks/eventgrid?${code.toString()}`,
    operations: [...routedOperations],
  });

  tell("Everything is up; the storm begins.");
  const recoveries = new Recoveries(azure.world);
  for (const member of script.members) if (member.createdAt === undefined) recoveries.disturbed(member);
  misfortune.isOver = false;
  azure.settings.throttling = true;
  await play(script, { azure, kills, recoveries, visitor }, signal);

  tell("The storm is over; new hosts, one sweep, and time to settle.");
  misfortune.isOver = true;
  kills.disarm();
  updateSettings(azure.settings, { ...fair, throttling: false });
  misfortune.count("host: killed", hostCount);
  await Promise.all(Array.from({ length: hostCount }, (_, index) => hosts.replace(index)));
  const remains = { azure, azurite, hosts, ledger, visitor, recoveries, members: script.members };
  await settle(remains, signal);

  tell("Judging.");
  const end = await endOf(remains);
  const judgement = judge(journal.facts, script.members.map(chargeOf), end);
  keepTrace?.({ facts: journal.facts, end, judgement, logs: hosts.logs, tables: await tablesOf(azurite) });
  return reportOf({ script, workspaces, minutes, remains, misfortune, judgement, end });
}

/** Faults that nobody draws: they follow from how Azure is. */
function countWeather(misfortune: Misfortune, { settings }: Azure, logged: LoggedRequest): void {
  const { staleReadSeconds, graphLagSeconds } = settings;
  const { client, status, code, told, isWrite, path } = logged;
  if (client === null) return;
  if (status === 429) misfortune.count("arm: 429 answered");
  if (status === 202 && isWrite) misfortune.count("arm: long-running operation");
  if (code === "PrincipalNotFound") misfortune.count("arm: PrincipalNotFound");
  if (status === 409) misfortune.count(`arm: 409 ${code ?? ""}`);
  if (staleReadSeconds > 0 && told !== null) misfortune.count("arm: stale read");
  if (graphLagSeconds > 0 && path.includes("/Microsoft.ResourceGraph/")) misfortune.count("graph: stale answer");
}
