import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { rounded } from "./statistics.ts";

/** What was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Of the minute before the run: well above 0 others were at work, and times are longer than they need be. */
  readonly loadBefore: number;
  readonly measuredAt: string;
}

export function machineFacts(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: rounded(totalmem() / 2 ** 30, 1),
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore: rounded(loadavg()[0] ?? NaN),
    measuredAt: new Date().toISOString(),
  };
}
