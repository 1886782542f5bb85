#!/usr/bin/env node
/** The command line: `acr-remediator --help` tells what there is. */
import { AzureFailure } from "../core/failure.ts";
import { CommandError, exitCodes } from "./exit-code.ts";
import { createProgram } from "./program.ts";

const stop = new AbortController();
process.once("SIGINT", () => {
  stop.abort(new CommandError("Stopped."));
});

process.exitCode = exitCodes.error;
const program = createProgram({
  environment: process.env,
  signal: stop.signal,
  ended: (verdict) => {
    process.exitCode = exitCodes[verdict];
  },
});
try {
  await program.parseAsync();
} catch (error) {
  // What Azure or we ourselves say to people needs no stack; what is not meant for them does.
  if (!(error instanceof CommandError) && !(error instanceof AzureFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
}
