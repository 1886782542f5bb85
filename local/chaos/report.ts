import Table from "cli-table3";
import { percentile } from "../percentile.ts";
import type { Remains } from "./ending.ts";
import type { Misfortune } from "./misfortune.ts";
import type { End, Violation } from "./oracle.ts";
import type { WriteJudgement } from "./oracle-writes.ts";
import type { Script } from "./script.ts";

/** What a run came to. */
export interface Report {
  readonly seed: number;
  readonly workspaces: number;
  readonly minutes: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Requests for a look that were accepted, and looks that were taken. */
  readonly requests: number;
  readonly reconciles: number;
  readonly arm: { readonly reads: number; readonly writes: number };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly timeToCompliantMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly violations: readonly Violation[];
  readonly unavoidableRaces: number;
}

export interface Run {
  readonly script: Script;
  readonly workspaces: number;
  readonly minutes: number;
  readonly remains: Remains;
  readonly misfortune: Misfortune;
  readonly judgement: WriteJudgement;
  readonly end: End;
}

export function reportOf({ script, workspaces, minutes, remains, misfortune, judgement, end }: Run): Report {
  const { reads, writes } = remains.azure.summary();
  const outcomes: Record<string, number> = {};
  for (const { outcome } of end.workspaces) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const { durationsMs } = remains.recoveries;
  /** 0 where nothing was put right: JSON has no word for what was not measured. */
  const within = (percent: number): number =>
    durationsMs.length === 0 ? 0 : Math.round(percentile(durationsMs, percent));
  const isLook = ({ message }: { message: string }): boolean => /^\S+: \{.*\[reconcile /.test(message);
  return {
    seed: script.seed,
    workspaces,
    minutes,
    faults: inOrder({ ...misfortune.counts, "workspace: late identity": latecomers(script) }),
    requests: remains.ledger.requests,
    reconciles: remains.hosts.logs.filter(isLook).length,
    arm: { reads, writes },
    outcomes: inOrder(outcomes),
    timeToCompliantMs: {
      p50: within(50),
      p95: within(95),
      p99: within(99),
    },
    violations: judgement.violations,
    unavoidableRaces: judgement.unavoidableRaces.length,
  };
}

export function tableOf(report: Report): string {
  const table = new Table({ head: ["what", "how much"], style: { head: [], border: [] } });
  const { arm, timeToCompliantMs: time } = report;
  table.push(
    ["seed, workspaces, minutes", `${report.seed}, ${report.workspaces}, ${report.minutes}`],
    ...Object.entries(report.faults).map(([kind, count]) => [`fault: ${kind}`, String(count)]),
    ["requests for a look, looks", `${report.requests}, ${report.reconciles}`],
    ["reads and writes of ARM", `${arm.reads}, ${arm.writes}`],
    ...Object.entries(report.outcomes).map(([outcome, count]) => [`outcome: ${outcome}`, String(count)]),
    ["time to compliant, p50, p95, p99", `${time.p50} ms, ${time.p95} ms, ${time.p99} ms`],
    ["races that no client can avoid", String(report.unavoidableRaces)],
    ["violations", String(report.violations.length)],
  );
  const violations = report.violations.map(
    ({ rule, workspaceId, at, detail }) =>
      `${at === undefined ? "" : `${new Date(at).toISOString()} `}${rule}: ${workspaceId}: ${detail}`,
  );
  return [table.toString(), ...violations].join("\n");
}

function latecomers({ members }: Script): number {
  return members.filter(({ late }) => late.identityDelaySeconds > 0).length;
}

function inOrder(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
