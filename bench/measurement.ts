import type { Machine } from "./machine.ts";
import type { ColdStartResult } from "./cold-start.ts";
import type { EventResult } from "./event.ts";
import type { ReconcileResult } from "./reconcile.ts";
import type { ScaleOutResult } from "./scale-out.ts";
import type { SweepResult } from "./sweep.ts";

/** Everything that was measured, as `--json` prints it. What was not measured is not there. */
export interface Results {
  readonly reconcile?: ReconcileResult;
  readonly event?: EventResult;
  readonly sweep?: readonly SweepResult[];
  readonly scaleOut?: ScaleOutResult;
  readonly coldStart?: ColdStartResult;
}

export interface BenchDocument extends Results {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly latenciesMs: Readonly<Record<string, number>>;
}

export interface BenchOptions {
  /** Fewer and smaller runs. */
  readonly quick: boolean;
  /** A folder for CPU profiles of what sweeps; then it is bundled with the names of its functions. */
  readonly profiles: string | undefined;
  /** Told what goes on. */
  readonly tell: (line: string) => void;
}

/** A line of the table. */
export interface Row {
  readonly what: string;
  readonly app: string;
  /** What the baseline did beside it. */
  readonly baseline?: string;
  readonly target?: string;
  readonly isMet?: boolean;
}

/** Two bars of the chart, the app's and the baseline's. */
export interface Bars {
  readonly what: string;
  readonly unit: string;
  readonly app: number;
  readonly baseline: number;
}

/** One thing that is measured beside its baseline. */
export interface Measurement<Key extends keyof Results> {
  readonly key: Key;
  readonly title: string;
  measure(options: BenchOptions): Promise<NonNullable<Results[Key]>>;
  rows(result: NonNullable<Results[Key]>): readonly Row[];
  bars?(result: NonNullable<Results[Key]>): readonly Bars[];
}
