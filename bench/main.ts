/** `npm run bench -- --help` tells what can be said. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { delivery, latencies, operations } from "./latencies.ts";
import { machineFacts } from "./machine.ts";
import type { BenchDocument, Results } from "./measurement.ts";
import { type AnyMeasurement, type Measured, measurements } from "./measurements.ts";
import { latencyTable, machineLine, resultTable } from "./table.ts";

const keys = measurements.map(({ key }) => key).join(", ");
const usage = `npm run bench -- [--quick] [--json] [--only ${keys.replaceAll(", ", ",")}] [--chart FILE] [--cpu-prof FOLDER]

Measures each thing beside its baseline, on the same stand-in for Azure with the same latencies and limits.

  --quick     fewer and smaller runs: for a look, not for numbers to quote
  --json      one JSON document instead of the tables
  --only      measures only these of ${keys}
  --chart     writes an SVG with the app's bars beside the baselines'
  --cpu-prof  keeps CPU profiles there of the processes that sweep, for Chrome's DevTools or https://speedscope.app`;

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly chosen: readonly AnyMeasurement[];
  readonly chartFile: string | undefined;
  readonly profiles: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      only: { type: "string" },
      chart: { type: "string" },
      "cpu-prof": { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(usage);
    process.exit(0);
  }
  const only = values.only?.split(",").map((one) => one.trim());
  const unknown = only?.find((name) => !measurements.some(({ key }) => key === name));
  if (unknown !== undefined) throw new Error(`--only takes some of ${keys}; found ${unknown}.`);
  const chosen = measurements.filter(({ key }) => only?.includes(key) ?? true);
  return { quick: values.quick, json: values.json, chosen, chartFile: values.chart, profiles: values["cpu-prof"] };
}

let options: Options;
try {
  options = readOptions();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exit(2);
}

const startedAt = performance.now();
const tell = (line: string): void => {
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)}s  ${line}`);
};
const machine = machineFacts();
const measured: Measured[] = [];
for (const one of options.chosen) {
  const done = await one.measure({ quick: options.quick, profiles: options.profiles, tell });
  measured.push(done);
  // Whatever comes after it, this much is known.
  tell(`${done.title}:\n${resultTable([done])}`);
}

const rows = [...Object.entries(latencies), ["delivery", delivery] as const];
const document: BenchDocument = {
  machine,
  quick: options.quick,
  latenciesMs: {
    ...Object.fromEntries(rows.map(([name, { ms }]) => [name, ms])),
    attach: operations.attachSeconds * 1_000,
    sync: operations.syncSeconds * 1_000,
    retryAfter: operations.retryAfterSeconds * 1_000,
  },
  ...measured.reduce<Results>((all, { results }) => ({ ...all, ...results }), {}),
};
if (options.json) console.log(JSON.stringify(document, null, 2));
else console.log([latencyTable(), machineLine(document), resultTable(measured)].join("\n"));
const bars = measured.flatMap((one) => one.bars);
if (options.chartFile !== undefined) writeFileSync(options.chartFile, chart(bars, machineLine(document)));
