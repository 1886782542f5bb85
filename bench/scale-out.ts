/** What a second process is good for: the same repairs by one and by two, each with the same limited concurrency. */
import { type CpuUse, saturatedShare, watchCpu } from "./cpu.ts";
import { members, subscriptionsOf } from "./fleet.ts";
import { startApp } from "./hosts.ts";
import type { BenchOptions, Measurement } from "./measurement.ts";
import { OverlapWatch } from "./overlap.ts";
import { Repairs } from "./repairs.ts";
import { rounded } from "./statistics.ts";

interface Rate {
  /** Looks that ended with everything put right, a second. */
  readonly repairsPerSecond: number;
  readonly armCallsPerSecond: number;
  readonly cpu: CpuUse;
}

export interface ScaleOutResult {
  /** Two over one; absent when the machine was saturated, which says nothing about the app. */
  readonly ratio?: number;
  readonly workspaces: number;
  readonly concurrencyPerProcess: number;
  readonly one: Rate;
  readonly two: Rate;
  /** Writes of two processes for one workspace at once, and writes that were sent twice, as the stand-in saw them. */
  readonly violations: readonly string[];
}

const concurrency = 16;
/**
 * A process works on up to batchSize + newBatchThreshold messages (Microsoft Learn, "host.json settings" of the queue trigger). One
 * by one, so that it always is that many: after a batch that was not full it would wait with room for more.
 */
const capped = {
  AzureFunctionsJobHost__extensions__queues__batchSize: "1",
  AzureFunctionsJobHost__extensions__queues__newBatchThreshold: String(concurrency - 1),
};

async function measure({ quick, tell }: BenchOptions): Promise<ScaleOutResult> {
  const workspaces = concurrency * (quick ? 4 : 8);
  const watch = new OverlapWatch();
  tell(`${workspaces} workspaces for one process.`);
  const one = await rateOf(1, workspaces, watch);
  tell(`${workspaces} workspaces for two processes.`);
  const two = await rateOf(2, workspaces, watch);
  const saturated = Math.max(one.cpu.machineShare, two.cpu.machineShare) >= saturatedShare;
  return {
    ...(saturated ? {} : { ratio: rounded(two.repairsPerSecond / one.repairsPerSecond) }),
    workspaces,
    concurrencyPerProcess: concurrency,
    one,
    two,
    violations: watch.violations,
  };
}

async function rateOf(workers: number, workspaces: number, watch: OverlapWatch): Promise<Rate> {
  const subscriptions = subscriptionsOf(10);
  const repairs = new Repairs();
  const app = await startApp({
    subscriptions,
    workers,
    settings: capped,
    watch: {
      onLook: repairs.onLook,
      onRequest: (moment, request) => {
        repairs.onRequest(moment, request);
        watch.onRequest(moment, request);
      },
    },
  });
  try {
    await repairs.of(app, members(workers, subscriptions, `warm-${workers}`));
    const before = app.azure.requests.length;
    const cpu = watchCpu(app.workers.map(({ pid }) => pid));
    const startedAt = performance.now();
    await repairs.of(app, members(workspaces, subscriptions, `of-${workers}`));
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      repairsPerSecond: rounded(workspaces / seconds, 3),
      armCallsPerSecond: rounded((app.azure.requests.length - before) / seconds, 1),
      cpu: cpu(),
    };
  } finally {
    await app.close();
  }
}

export const scaleOutMeasurement: Measurement<"scaleOut"> = {
  key: "scaleOut",
  title: "A second process",
  measure,
  rows: ({ ratio, workspaces, concurrencyPerProcess, one, two, violations }) => {
    const text = ({ repairsPerSecond, armCallsPerSecond, cpu }: Rate): string =>
      `${repairsPerSecond} repairs/s, ${armCallsPerSecond} ARM calls/s, ${Math.round(cpu.machineShare * 100)} % CPU`;
    return [
      {
        what: `${workspaces} repairs, ${concurrencyPerProcess} at a time for each process`,
        app: `two: ${text(two)}`,
        baseline: `one: ${text(one)}`,
      },
      {
        what: "two over one",
        app: ratio === undefined ? "could not be measured: the machine was saturated" : `${ratio} ×`,
        target: "≥ 1.7 ×",
        ...(ratio === undefined ? {} : { isMet: ratio >= 1.7 }),
      },
      {
        what: "two processes at one workspace at once, or a write sent twice",
        app: String(violations.length),
        target: "0",
        isMet: violations.length === 0,
      },
    ];
  },
  bars: ({ one, two }) => [
    {
      what: "Repairs a second: two processes, one",
      unit: "/s",
      app: two.repairsPerSecond,
      baseline: one.repairsPerSecond,
    },
  ],
};
