/** What it costs to find drift in a large fleet, and then to repair it. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { build } from "esbuild";
import { options } from "../build.ts";
import { type Azure, startAzure } from "../local/azure/index.ts";
import { trust } from "../local/azure/certificates.ts";
import { startAzurite } from "../local/azurite.ts";
import { whereabouts } from "../local/stack.ts";
import { limits } from "../src/azure/budget.ts";
import { azureWithLatencies, latencies } from "./latencies.ts";
import { countCalls } from "./calls.ts";
import { settingsFor } from "./fleet.ts";
import { instanceMemory } from "./instance.ts";
import type { Measurement, Row } from "./measurement.ts";
import { rounded } from "./statistics.ts";
import { fleetFixture, type FleetMember, fleetOf, fleetSubscriptions, rememberFleet } from "./sweep-fleet.ts";
import type { Found, Repaired, SweepTask } from "./sweep-process.ts";

export interface SweepResult {
  readonly workspaces: number;
  readonly drifted: number;
  readonly graphQueries: number;
  /** The least that there can be: pages of a thousand rows, over all tables. */
  readonly leastQueries: number;
  readonly armCallsFinding: number;
  readonly armCallsRepairing: number;
  readonly findSeconds: number;
  readonly repairSeconds: number;
  readonly peakRssMb: number;
  readonly baseline: SweepBaseline;
}

export interface SweepBaseline {
  readonly armCalls: number;
  /** One subscription after the other, as a loop over them does. */
  readonly seconds: number;
  /** All subscriptions at the same time, each in its own bucket. */
  readonly secondsAtOnce: number;
}

/** The app's own code, bundled as the app is. */
const bundle = "dist/bench/sweep-process.mjs";

/** @param workspaces a multiple of 100 */
async function measureSweep(workspaces: number, profiles: string | undefined): Promise<SweepResult> {
  const fleet = fleetOf(workspaces);
  const drifted = fleet.filter(({ drift }) => drift !== "none");
  const azurite = await startAzurite();
  const azure = await startAzure(azureWithLatencies({ fixture: fleetFixture(fleet) }));
  let child: ChildProcess | undefined;
  try {
    trust(azure);
    await rememberFleet(fleet, azurite.connectionString);
    child = await startProcess(azure, azurite.connectionString, workspaces, profiles);
    const found = await answerTo<Found>(child, "find");
    requireAll(found, drifted);
    const finding = azure.requests.length;
    const repaired = await answerTo<Repaired>(child, "repair");
    const { reads, writes, polls } = countCalls(azure.requests.slice(finding));
    if (repaired.outcomes["remediated"] !== drifted.length)
      throw new Error(`Not everything was repaired: ${JSON.stringify(repaired.outcomes)}`);
    const graphQueries = azure.requests.slice(0, finding).filter(({ path }) => path.includes("ResourceGraph")).length;
    return {
      workspaces,
      drifted: drifted.length,
      graphQueries,
      leastQueries: leastQueries(fleet),
      armCallsFinding: finding - graphQueries,
      armCallsRepairing: reads + writes + polls,
      findSeconds: rounded(found.seconds),
      repairSeconds: rounded(repaired.seconds),
      peakRssMb: rounded(found.peakRssMb, 0),
      baseline: baselineOf(workspaces),
    };
  } finally {
    if (child !== undefined) await ended(child);
    await Promise.all([azure.close(), azurite.close()]);
  }
}

async function startProcess(
  azure: Azure,
  connectionString: string,
  workspaces: number,
  profiles: string | undefined,
): Promise<ChildProcess> {
  await build({
    ...options,
    minify: profiles === undefined,
    entryPoints: ["bench/sweep-process.ts"],
    outfile: bundle,
  });
  const settings = settingsFor(fleetSubscriptions(workspaces));
  const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  const env = { ...process.env, ...whereabouts(azure, connectionString), ...settings };
  const child = fork(bundle, { env, execArgv: [...instanceMemory, ...profiling] });
  await once(child, "spawn");
  return child;
}

/** Has it end by itself, which is when a profile is written; one that was killed has ended already. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  if (child.connected) child.disconnect();
  await exit;
}

async function answerTo<Answer>(child: ChildProcess, task: SweepTask): Promise<Answer> {
  const answer = once(child, "message") as Promise<[Answer]>;
  const end = once(child, "exit").then(() => {
    throw new Error(`The process that was to ${task} ended.`);
  });
  child.send(task);
  const [result] = await Promise.race([answer, end]);
  return result;
}

/** Everything that drifted was found, and nothing else. */
function requireAll({ record }: Found, drifted: readonly FleetMember[]): void {
  const kinds = (...wanted: string[]): number => drifted.filter(({ drift }) => wanted.includes(drift)).length;
  const expected = { RegistryNotAttached: kinds("detached", "both"), PullNotGranted: kinds("grantMissing") };
  for (const [reason, count] of Object.entries(record.nominated))
    if (expected[reason as keyof typeof expected] !== count)
      throw new Error(`${count} of ${reason} were found, not ${JSON.stringify(expected)}.`);
  if (record.requested !== drifted.length) throw new Error(`${record.requested} of ${drifted.length} were found.`);
}

function leastQueries(fleet: readonly FleetMember[]): number {
  const grants = fleet.filter(({ drift }) => drift === "none" || drift === "detached").length;
  const accounts = fleet.length + fleetSubscriptions(fleet.length).length;
  return [fleet.length, accounts, grants, 1].reduce((sum, rows) => sum + Math.ceil(rows / 1_000), 0);
}

/** What a pass over the fleet through Azure Resource Manager reads of each workspace: itself, its registry, who holds a role there. */
const readsMs = [latencies.read.ms, latencies.read.ms, latencies.list.ms];
/** How many workspaces it checks at a time. */
const atOnce = 16;

/**
 * A pass over the fleet through Azure Resource Manager. Computed, not run: what it does is wait, for the answers and for the
 * bucket of reads of each subscription, and a clock that nobody waits for shows that as well.
 */
function baselineOf(workspaces: number): SweepBaseline {
  const counts = fleetSubscriptions(workspaces).map((_, index) => Math.min(1_000, workspaces - index * 1_000));
  const seconds = counts.map((count) => {
    const reads = 1 + count * readsMs.length;
    const answeredMs = latencies.list.ms + (count / atOnce) * readsMs.reduce((sum, ms) => sum + ms, 0);
    const bucketMs = (Math.max(0, reads - limits.reads.size) / limits.reads.perSecond) * 1_000;
    return Math.max(answeredMs, bucketMs) / 1_000;
  });
  return {
    armCalls: counts.reduce((sum, count) => sum + 1 + count * readsMs.length, 0),
    seconds: rounded(seconds.reduce((sum, one) => sum + one, 0)),
    secondsAtOnce: rounded(Math.max(...seconds)),
  };
}

export const sweepMeasurement: Measurement<"sweep"> = {
  key: "sweep",
  title: "A sweep of a fleet of which 1 % has drifted, and the repair",
  measure: async ({ quick, profiles, tell }) => {
    const results: SweepResult[] = [];
    for (const workspaces of quick ? [1_000] : [1_000, 10_000, 100_000]) {
      tell(`Sweeping ${workspaces.toLocaleString("en")} workspaces.`);
      results.push(await measureSweep(workspaces, profiles));
    }
    return results;
  },
  rows: (results) => results.flatMap((one) => rowsOf(one, results)),
  bars: (results) =>
    results.slice(-1).map(({ workspaces, findSeconds, baseline }) => {
      const what = `Finding drift among ${workspaces.toLocaleString("en")} workspaces`;
      return { what, unit: "s", app: findSeconds, baseline: baseline.seconds };
    }),
};

function rowsOf(one: SweepResult, all: readonly SweepResult[]): readonly Row[] {
  const { workspaces, drifted, graphQueries, leastQueries: least, armCallsFinding, armCallsRepairing } = one;
  const { findSeconds, repairSeconds, peakRssMb, baseline } = one;
  const size = workspaces.toLocaleString("en");
  const smaller = all.find((other) => other.workspaces * 10 === workspaces);
  const subscriptions = fleetSubscriptions(workspaces).length;
  const each = armCallsRepairing / drifted;
  const ratio = smaller === undefined ? undefined : findSeconds / smaller.findSeconds;
  const peak = smaller === undefined ? undefined : peakRssMb / smaller.peakRssMb;
  return [
    {
      what: `${size}: requests to find ${drifted}`,
      app: `${graphQueries} queries, ${armCallsFinding} ARM reads`,
      baseline: `${baseline.armCalls.toLocaleString("en")} ARM reads`,
      target: `≤ ${Math.ceil(least * 1.05)} queries, ${subscriptions} reads`,
      isMet: graphQueries <= Math.ceil(least * 1.05) && armCallsFinding <= subscriptions,
    },
    {
      what: `${size}: seconds to find them`,
      app: `${findSeconds}${ratio === undefined ? "" : ` (${rounded(ratio, 1)} × those of a tenth)`}`,
      baseline: `${baseline.seconds} one subscription after the other, ${baseline.secondsAtOnce} all at once`,
      ...(ratio === undefined ? {} : { target: "≤ 12 × those of a tenth", isMet: ratio <= 12 }),
    },
    {
      what: `${size}: peak memory, MB`,
      app: `${peakRssMb}${peak === undefined ? "" : ` (${rounded(peak, 2)} × that of a tenth)`}`,
      // What Node and the code take is most of what a small fleet costs.
      ...(peak === undefined || workspaces < 100_000
        ? { target: "≤ 256", isMet: peakRssMb <= 256 }
        : { target: "≤ 256, ≤ 1.3 × that of a tenth", isMet: peakRssMb <= 256 && peak <= 1.3 }),
    },
    {
      what: `${size}: ARM calls to repair one`,
      app: `${rounded(each, 1)} (${armCallsRepairing} in ${repairSeconds} s)`,
      target: "≤ 12",
      isMet: each <= 12,
    },
  ];
}
