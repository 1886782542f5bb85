#!/usr/bin/env node
/** The command line: `acr-remediator --help` tells what there is. */
import { CommandError } from "./exit-code.ts";
import { run } from "./run.ts";

const stop = new AbortController();
// Not `once`: what shows a spinner ends the process where nobody else hears the signal.
process.on("SIGINT", () => {
  if (stop.signal.aborted) process.exit(130); // it takes too long
  stop.abort(new CommandError("Stopped."));
});

// Whoever read it has seen enough, as `head` does.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  streams: process,
  signal: stop.signal,
});
