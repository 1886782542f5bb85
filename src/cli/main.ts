#!/usr/bin/env node
/** The command line: `acr-remediator --help` tells what there is. */
import { CommandError } from "./exit-code.ts";
import { run } from "./run.ts";

const stop = new AbortController();
process.once("SIGINT", () => {
  stop.abort(new CommandError("Stopped."));
});

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  streams: process,
  signal: stop.signal,
});
