/** `npm run chaos`: proves with faults that nothing is lost and nothing is done twice. */
import { openSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Report, tableOf } from "./report.ts";
import { run } from "./run.ts";

const usage = `npm run chaos -- [--seed S] [--workspaces N] [--minutes M] [--json] [--trace FILE]

  --seed        a whole number that names the scenario: workspaces, what happens to them, faults, kills. Default 1
  --workspaces  how many workspaces there are, 1 to 2000. Default 50
  --minutes     how long everything goes wrong, fractions allowed, up to 60; settling takes its own time. Default 0.5
  --json        one JSON document on stdout instead of a table
  --trace       a file for all that was judged: what Azure saw, how it ended, the hosts' logs; JSON

An outcome "unknown" is that of a workspace the app never heard of or must not touch, as the scenario has some. A race that no
client can avoid is an attachment by somebody else between the app's look and its own; not to tell of one is a violation.
Ends with 1 when a rule was violated or a workspace is not right that could be, with 2 when it could not run.`;

interface Options {
  readonly seed: number;
  readonly workspaces: number;
  readonly minutes: number;
  readonly json: boolean;
  /** An open file. */
  readonly trace: number | undefined;
}

function readOptions(): Options {
  const string = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      seed: string,
      workspaces: string,
      minutes: string,
      trace: string,
      json: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(usage);
    process.exit(0);
  }
  return {
    seed: number("--seed", values.seed ?? "1", /^\d{1,9}$/, "a whole number"),
    workspaces: number("--workspaces", values.workspaces ?? "50", /^\d{1,4}$/, "1 to 2000", 1, 2_000),
    minutes: number("--minutes", values.minutes ?? "0.5", /^\d+(\.\d+)?$/, "a number from 0.01 to 60", 0.01, 60),
    json: values.json,
    // Opened before the run: one that cannot be written is found out at once.
    trace: values.trace === undefined ? undefined : openSync(values.trace, "w"),
  };
}

function number(name: string, text: string, shape: RegExp, takes: string, least = 0, most = Infinity): number {
  const value = Number(text);
  if (!shape.test(text) || value < least || value > most) throw new Error(`${name} takes ${takes}; found ${text}.`);
  return value;
}

function fail(error: unknown): never {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exit(2);
}

let options: Options;
try {
  options = readOptions();
} catch (error) {
  fail(error);
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort(new Error(`Stopped by ${signal}.`));
  });

const startedAt = performance.now();
const { trace } = options;
let report: Report;
try {
  report = await run({
    ...options,
    signal: stopping.signal,
    tell: (line) => {
      console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)}s  ${line}`);
    },
    ...(trace === undefined
      ? {}
      : {
          keepTrace: (kept) => {
            writeFileSync(trace, JSON.stringify(kept));
          },
        }),
  });
} catch (error) {
  console.error(stopping.signal.aborted ? "Stopped." : error);
  process.exit(stopping.signal.aborted ? 130 : 2);
}
console.log(options.json ? JSON.stringify(report, null, 2) : tableOf(report));
process.exitCode = report.violations.length > 0 ? 1 : 0;
