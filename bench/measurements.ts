import { coldStartMeasurement } from "./cold-start.ts";
import { eventMeasurement } from "./event.ts";
import type { Bars, BenchOptions, Measurement, Results, Row } from "./measurement.ts";
import { reconcileMeasurement } from "./reconcile.ts";
import { scaleOutMeasurement } from "./scale-out.ts";
import { sweepMeasurement } from "./sweep.ts";

/** A measurement whose result is told only by how it is shown. */
export interface AnyMeasurement {
  readonly key: keyof Results;
  measure(options: BenchOptions): Promise<Measured>;
}

export interface Measured {
  readonly results: Results;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly bars: readonly Bars[];
}

function any<Key extends keyof Results>(one: Measurement<Key>): AnyMeasurement {
  return {
    key: one.key,
    measure: async (options) => {
      const result = await one.measure(options);
      const results: Results = { [one.key]: result };
      return { results, title: one.title, rows: one.rows(result), bars: one.bars?.(result) ?? [] };
    },
  };
}

/** All there is to measure, in the order in which it is. */
export const measurements: readonly AnyMeasurement[] = [
  any(reconcileMeasurement),
  any(eventMeasurement),
  any(sweepMeasurement),
  any(scaleOutMeasurement),
  any(coldStartMeasurement),
];
