/** From a change to a compliant workspace: one alone, and two hundred at once, beside the blind commands. */
import { setTimeout as sleep } from "node:timers/promises";
import { readHostConfig } from "../local/host/host-json.ts";
import { percentile } from "../local/percentile.ts";
import { appRoot } from "../local/stack.ts";
import { timeBlindCommands } from "./blind-runs.ts";
import { type CpuUse, saturatedShare, watchCpu } from "./cpu.ts";
import { broken, type Member, members, subscriptionsOf } from "./fleet.ts";
import { type RunningApp, startApp } from "./hosts.ts";
import { criticalPathMs, delivery } from "./latencies.ts";
import type { BenchOptions, Measurement } from "./measurement.ts";
import { type Repair, Repairs } from "./repairs.ts";
import { median, rounded } from "./statistics.ts";

export interface EventResult {
  /** The least that it can take. */
  readonly criticalPathSeconds: number;
  readonly one: {
    readonly runs: number;
    /** Time to compliant over the critical path, in the middle of the runs. */
    readonly ratioP50: number;
    readonly secondsP50: number;
    /** Until its outcome is stored and can be read. */
    readonly storedSecondsP50: number;
    /** The first one in a new process, which is not among the runs. */
    readonly coldSeconds: number;
    /** Until the last change is acknowledged, which is all that the blind commands wait for. */
    readonly appliedSecondsP50: number;
    /** The blind commands, begun the moment that Event Grid tells. */
    readonly baselineSecondsP50: number;
  };
  readonly twoHundred: {
    readonly runs: number;
    /** Processes that work on the queue. */
    readonly workers: number;
    readonly ratioP50: number;
    readonly ratioP95: number;
    readonly secondsP95: number;
    readonly storedSecondsP95: number;
    readonly appliedSecondsP95: number;
    readonly baselineSecondsP95: number;
    readonly cpu: CpuUse;
    readonly callsPerWorkspace: number;
  };
}

const many = 200;
/**
 * How many processes work on their messages. The scale controller wants one for each `batchSize` of the messages that wait (Microsoft
 * Learn, "Target-based scaling"), which for two hundred is seven; here two, as each works on up to 128.
 */
const workers = 2;

async function measure({ quick, tell }: BenchOptions): Promise<EventResult> {
  const { maxPollingIntervalMilliseconds } = readHostConfig(appRoot, {}).queues;
  const criticalMs = criticalPathMs(maxPollingIntervalMilliseconds);
  const one = await measureOne(quick ? 1 : 5, criticalMs, tell);
  const runs: EventResult["twoHundred"][] = [];
  for (let run = 1; run <= (quick ? 1 : 3); run += 1) {
    tell(`Making ${many} workspaces at once, run ${run}.`);
    runs.push(await measureMany(criticalMs, tell));
  }
  const middle = runs.toSorted((a, b) => a.ratioP95 - b.ratioP95)[Math.floor((runs.length - 1) / 2)];
  if (middle === undefined) throw new Error("Nothing was measured.");
  return {
    criticalPathSeconds: rounded(criticalMs / 1_000),
    one,
    twoHundred: { ...middle, runs: runs.length },
  };
}

async function measureOne(runs: number, criticalMs: number, tell: BenchOptions["tell"]): Promise<EventResult["one"]> {
  const subscriptions = subscriptionsOf(1);
  const repairs = new Repairs();
  const app = await startApp({ subscriptions, workers: 1, watch: repairs });
  const [first, ...others] = members(runs + 1, subscriptions, "one");
  const blind = members(runs, subscriptions, "blind");
  try {
    const done: Repair[] = [];
    tell("Making the first workspace that a new process hears of.");
    const [cold] = await repairs.of(app, first === undefined ? [] : [first]);
    for (const [index, member] of others.entries()) {
      tell(`Making one workspace, run ${index + 1} of ${runs}.`);
      // The host's interval of polling grows to its most while nothing comes; each event meets another moment of it.
      await sleep(8_000 + ((index + 0.5) / runs) * 2_000);
      done.push(...(await repairs.of(app, [member])));
    }
    const baseline: number[] = [];
    for (const [index, member] of blind.entries()) {
      tell(`Running the blind commands, run ${index + 1} of ${runs}.`);
      baseline.push(...(await blindly(app, [member])));
    }
    const secondsP50 = median(done.map(({ compliantMs }) => compliantMs)) / 1_000;
    return {
      runs,
      ratioP50: rounded((secondsP50 * 1_000) / criticalMs, 3),
      secondsP50: rounded(secondsP50),
      storedSecondsP50: rounded(median(done.map(({ storedMs }) => storedMs)) / 1_000),
      coldSeconds: rounded((cold?.compliantMs ?? NaN) / 1_000),
      appliedSecondsP50: rounded(median(done.map(({ appliedMs }) => appliedMs)) / 1_000),
      baselineSecondsP50: rounded(median(baseline) / 1_000),
    };
  } finally {
    await app.close();
  }
}

async function measureMany(criticalMs: number, tell: BenchOptions["tell"]): Promise<EventResult["twoHundred"]> {
  const subscriptions = subscriptionsOf(10);
  const repairs = new Repairs();
  const app = await startApp({ subscriptions, workers, watch: repairs });
  try {
    // Processes that are at work already: what is measured is two hundred at once, not the start of a process.
    await repairs.of(app, members(workers, subscriptions, "warm"));
    const { writes, reads } = app.azure.summary();
    const cpu = watchCpu(app.workers.map(({ pid }) => pid));
    const done = await repairs.of(app, members(many, subscriptions, "many"));
    const used = cpu();
    const now = app.azure.summary();
    tell(`Running the blind commands for ${many} workspaces at once.`);
    const baseline = await blindly(app, members(many, subscriptions, "blind"));
    const of = (key: keyof Repair, percent: number): number =>
      percentile(
        done.map((one) => one[key]),
        percent,
      );
    return {
      runs: 1,
      workers,
      ratioP50: rounded(of("compliantMs", 50) / criticalMs, 3),
      ratioP95: rounded(of("compliantMs", 95) / criticalMs, 3),
      secondsP95: rounded(of("compliantMs", 95) / 1_000),
      storedSecondsP95: rounded(of("storedMs", 95) / 1_000),
      appliedSecondsP95: rounded(of("appliedMs", 95) / 1_000),
      baselineSecondsP95: rounded(percentile(baseline, 95) / 1_000),
      cpu: used,
      callsPerWorkspace: rounded((now.writes - writes + now.reads - reads) / many, 1),
    };
  } finally {
    await app.close();
  }
}

/** The blind commands on workspaces that the app does not hear of: from here on it hears of nothing. */
async function blindly({ azure }: RunningApp, those: readonly Member[]): Promise<readonly number[]> {
  azure.world.onChange = () => undefined;
  for (const one of those) azure.world.put(broken(one), { event: false });
  // Whoever runs them hears of the change no sooner than the app.
  return (await timeBlindCommands(azure, those)).map((ms) => delivery.ms + ms);
}

export const eventMeasurement: Measurement<"event"> = {
  key: "event",
  title: "From a change to a compliant workspace",
  measure,
  rows: ({ criticalPathSeconds, one, twoHundred }) => {
    const { cpu } = twoHundred;
    const saturated = cpu.machineShare >= saturatedShare ? ", the machine was saturated" : "";
    return [
      {
        what: `one, p50 of ${one.runs}, critical path ${criticalPathSeconds} s`,
        app: `${one.secondsP50} s (stored: ${one.storedSecondsP50} s), ${one.ratioP50} × critical path`,
        target: "≤ 1.15 × critical path",
        isMet: one.ratioP50 <= 1.15,
      },
      { what: "one, the first in a new process", app: `${one.coldSeconds} s` },
      {
        what: "one, until the last change is acknowledged",
        app: `${one.appliedSecondsP50} s`,
        baseline: `${one.baselineSecondsP50} s`,
        target: "≤ blind commands",
        isMet: one.appliedSecondsP50 <= one.baselineSecondsP50,
      },
      {
        what: `${many} at once, p95, ${twoHundred.workers} workers, ${Math.round(cpu.machineShare * 100)} % CPU${saturated}`,
        app: `${twoHundred.secondsP95} s (stored: ${twoHundred.storedSecondsP95} s), ${twoHundred.ratioP95} × critical path`,
        target: "≤ 1.5 × critical path",
        isMet: twoHundred.ratioP95 <= 1.5,
      },
      {
        what: `${many} at once, until the last change is acknowledged, p95; blind: ${many} scripts at once`,
        app: `${twoHundred.appliedSecondsP95} s`,
        baseline: `${twoHundred.baselineSecondsP95} s`,
      },
    ];
  },
  bars: ({ one, twoHundred }) => [
    { what: "Change to done: one", unit: "s", app: one.appliedSecondsP50, baseline: one.baselineSecondsP50 },
    {
      what: `Change to done: ${many} at once, p95`,
      unit: "s",
      app: twoHundred.appliedSecondsP95,
      baseline: twoHundred.baselineSecondsP95,
    },
  ],
};
