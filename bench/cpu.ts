/** How busy the machine was while something was measured. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { rounded } from "./statistics.ts";

export interface CpuUse {
  /** Of all cores together, whoever used them; 1 is all of the machine. */
  readonly machineShare: number;
  /** Cores that the host processes used on average; absent where the system does not tell (Linux does). */
  readonly hostCores?: number;
  /** Cores that this process used, in which the stand-in for Azure runs. */
  readonly standInCores: number;
}

/** From here on a time says more about the machine than about the app. */
export const saturatedShare = 0.9;

/** Starts to measure; the function it returns ends that. */
export function watchCpu(hostPids: readonly number[]): () => CpuUse {
  const startedAt = performance.now();
  const [machine, own, hosts] = [machineTicks(), process.cpuUsage(), hostPids.map(secondsOf)];
  return () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const now = machineTicks();
    const { user, system } = process.cpuUsage(own);
    const used = hostPids.map((pid, index) => (secondsOf(pid) ?? NaN) - (hosts[index] ?? NaN));
    const hostCores = used.reduce((sum, one) => sum + one, 0) / seconds;
    return {
      machineShare: rounded((now.busy - machine.busy) / (now.all - machine.all)),
      ...(Number.isNaN(hostCores) ? {} : { hostCores: rounded(hostCores) }),
      standInCores: rounded((user + system) / 1e6 / seconds),
    };
  };
}

function machineTicks(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const sum = Object.values(times).reduce((total, one) => total + one, 0);
    all += sum;
    busy += sum - times.idle;
  }
  return { busy, all };
}

/** Processor time of a process so far, in seconds: fields 14 and 15 of `/proc/PID/stat`, in ticks of a hundredth (proc(5)). */
function secondsOf(pid: number): number | undefined {
  try {
    // The name before them is in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
