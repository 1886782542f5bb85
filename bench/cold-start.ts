/**
 * How a new instance starts: size and load time of the bundle beside the same code unbundled, and memory after the first look,
 * beside what the SDKs alone take. Medians over fresh processes.
 */
import { execFileSync } from "node:child_process";
import { startAzure } from "../local/azure/index.ts";
import { startAzurite } from "../local/azurite.ts";
import { type HostOptions, startHost } from "../local/host/index.ts";
import { appRoot, whereabouts } from "../local/stack.ts";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import { workspacePath } from "../src/functions/workspace-route.ts";
import { bytesOf, loadedBy, lookParts, type Outputs, partsOf, readOutputs } from "./bundle.ts";
import { type Builds, buildAll } from "./cold-start-builds.ts";
import { broken, fixtureOf, members, settingsFor, subscriptionsOf } from "./fleet.ts";
import type { Measurement } from "./measurement.ts";
import { median, rounded } from "./statistics.ts";

export interface ColdStartResult {
  /** All that a look loads, minified. */
  readonly bundleBytes: number;
  /** Of that, what the worker loads at start. */
  readonly startBytes: number;
  /** The SDKs alone, with what we use of them, bundled in the same way. */
  readonly sdkBytes: number;
  /** Loading all that a look loads. */
  readonly bundleLoadMs: number;
  readonly unbundledLoadMs: number;
  /** Loading all that a look loads of an app that has no telemetry; in the other it is not configured. */
  readonly untoldLoadMs: number;
  /** Loading what the worker loads at start. */
  readonly startLoadMs: number;
  readonly unbundledStartLoadMs: number;
  /** Of the host's process, 10^6 bytes: after the first look. */
  readonly rssMb: number;
  /** The same host with an app of the SDKs alone, loaded and idle. */
  readonly sdkRssMb: number;
  /** The same host with the app before its first call. */
  readonly startRssMb: number;
}

/** Needs a build of the app. @param runs fresh processes for each number */
async function measureColdStart(runs: number): Promise<ColdStartResult> {
  const outputs = readOutputs();
  const builds = await buildAll();
  return {
    bundleBytes: bytesOf(outputs, loadedBy(outputs, ...lookParts)),
    startBytes: bytesOf(outputs, loadedBy(outputs, lookParts[0])),
    sdkBytes: builds.sdkBytes,
    ...loadTimes(outputs, builds, runs),
    ...(await memory(builds, runs)),
  };
}

type LoadTimes = Pick<
  ColdStartResult,
  "bundleLoadMs" | "unbundledLoadMs" | "untoldLoadMs" | "startLoadMs" | "unbundledStartLoadMs"
>;

/** One of each kind by turns, so that what else the machine does hits all alike. */
function loadTimes(outputs: Outputs, { load, unbundled, untold }: Builds, runs: number): LoadTimes {
  const bundledIn = (all: Outputs): ((part: string) => string) => {
    const files = partsOf(all);
    return (part) => `${appRoot}${files.get(part) ?? ""}`;
  };
  const bundled = bundledIn(outputs);
  const time = (paths: readonly string[]): number =>
    Number(execFileSync(process.execPath, [load, ...paths], { encoding: "utf8" }));
  const kinds = [
    lookParts.map(bundled),
    lookParts.map(unbundled),
    lookParts.map(bundledIn(untold)),
    [bundled(lookParts[0])],
    [unbundled(lookParts[0])],
  ];
  const times = Array.from({ length: runs }, () => kinds.map(time));
  const of = (kind: number): number => rounded(median(times.map((run) => run[kind] ?? NaN)), 1);
  return {
    bundleLoadMs: of(0),
    unbundledLoadMs: of(1),
    untoldLoadMs: of(2),
    startLoadMs: of(3),
    unbundledStartLoadMs: of(4),
  };
}

async function memory(
  { host: program, sdks }: Builds,
  runs: number,
): Promise<Pick<ColdStartResult, "rssMb" | "sdkRssMb" | "startRssMb">> {
  const subscriptions = subscriptionsOf(1);
  const workspaces = members(runs, subscriptions, "cold");
  const fixture = fixtureOf(subscriptions);
  const azurite = await startAzurite();
  const azure = await startAzure({
    fixture: { ...fixture, resources: [...(fixture.resources ?? []), ...workspaces.map(broken)] },
  });
  const env = { ...whereabouts(azure, azurite.connectionString), ...settingsFor(subscriptions) };
  const inHost = async <Answer>(
    options: Pick<HostOptions, "appRoot">,
    look: (pid: number, url: string, key: string) => Promise<Answer>,
  ) => {
    const host = await startHost({ ...options, env, program });
    try {
      return await look(host.pid, host.url, host.functionKey);
    } finally {
      await host.stop();
    }
  };
  const rss: { sdks: number; start: number; after: number }[] = [];
  try {
    for (const { id } of workspaces) {
      const sdksAlone = await inHost({ appRoot: sdks }, (pid) => Promise.resolve(rssOf(pid)));
      const app = await inHost({ appRoot }, async (pid, url, key) => {
        const start = rssOf(pid);
        await lookAt(id, url, key);
        return { start, after: rssOf(pid) };
      });
      rss.push({ sdks: sdksAlone, ...app });
    }
  } finally {
    await azure.close();
    await azurite.close();
  }
  const of = (what: "sdks" | "start" | "after"): number => rounded(median(rss.map((run) => run[what])), 1);
  return { rssMb: of("after"), sdkRssMb: of("sdks"), startRssMb: of("start") };
}

/** Asks for a look and waits until it has ended. @throws Error when nothing was put right */
async function lookAt(workspaceId: string, url: string, key: string): Promise<void> {
  const path = `/api/${workspacePath(parseWorkspaceId(workspaceId))}/remediate?wait=60`;
  const answer = await fetch(`${url}${path}`, { method: "POST", headers: { "x-functions-key": key } });
  const { outcome } = (await answer.json()) as { readonly outcome?: string };
  if (outcome !== "remediated") throw new Error(`The first look ended as ${outcome ?? String(answer.status)}.`);
}

/** What a process holds in memory, 10^6 bytes. */
function rssOf(pid: number): number {
  return (Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1_024) / 1e6;
}

const mb = (bytes: number): string => `${rounded(bytes / 1e6, 3)} MB`;

export const coldStartMeasurement: Measurement<"coldStart"> = {
  key: "coldStart",
  title: "A cold start",
  measure: ({ quick, tell }) => {
    const runs = quick ? 3 : 9;
    tell(`Starting ${runs} fresh processes of each kind.`);
    return measureColdStart(runs);
  },
  rows: ({ bundleBytes, startBytes, sdkBytes, rssMb, sdkRssMb, startRssMb, ...load }) => [
    {
      what: "bundle: all that a look loads",
      app: mb(bundleBytes),
      baseline: `${mb(sdkBytes)}, the SDKs alone`,
      target: "≤ 1.7 MB, or the SDKs + 10 %",
      isMet: bundleBytes <= Math.max(1.7e6, 1.1 * sdkBytes),
    },
    { what: "bundle: what the worker loads at start", app: mb(startBytes) },
    {
      what: "load: all that a look loads",
      app: `${load.bundleLoadMs} ms`,
      baseline: `${load.unbundledLoadMs} ms, unbundled`,
      target: "≤ 0.3 × unbundled",
      isMet: load.bundleLoadMs <= 0.3 * load.unbundledLoadMs,
    },
    {
      what: "load: the same, beside an app without telemetry",
      app: `${load.bundleLoadMs} ms`,
      baseline: `${load.untoldLoadMs} ms`,
      target: "the same: ≤ 1.1 ×",
      isMet: load.bundleLoadMs <= 1.1 * load.untoldLoadMs,
    },
    {
      what: "load: what the worker loads at start",
      app: `${load.startLoadMs} ms`,
      baseline: `${load.unbundledStartLoadMs} ms, unbundled`,
    },
    {
      what: `memory after the first look (at start: ${startRssMb} MB)`,
      app: `${rssMb} MB`,
      baseline: `${sdkRssMb} MB, the SDKs alone, idle`,
      target: "≤ 120 MB, or the SDKs + 40 MB",
      isMet: rssMb <= Math.max(120, sdkRssMb + 40),
    },
  ],
  bars: ({ bundleLoadMs, unbundledLoadMs }) => [
    { what: "Loading the app: bundled, unbundled", unit: "ms", app: bundleLoadMs, baseline: unbundledLoadMs },
  ],
};
