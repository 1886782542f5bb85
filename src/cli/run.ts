import { CommanderError } from "@commander-js/extra-typings";
import type { Environment } from "../settings.ts";
import { exitCodes, toldBy, type Verdict } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { shownText } from "./show.ts";
import type { Streams } from "./terminal.ts";

/** What the command line is run with. */
export interface Surroundings {
  readonly environment: Environment;
  readonly streams: Streams;
  /** Aborted when the person at the terminal says stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs one command line.
 * @param args what comes after the name of the program
 * @returns the exit code
 * @throws what nobody thought of
 */
export async function run(args: readonly string[], { environment, streams, signal }: Surroundings): Promise<number> {
  let verdict: Verdict = "error";
  const program = createProgram({
    environment,
    streams,
    signal,
    ended: (ending) => {
      verdict = ending;
    },
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // Help is an end, too; and what is wrong with the command line was told already.
    if (error instanceof CommanderError) return error.exitCode;
    // What Azure or we ourselves say to people needs no stack; what is not meant for them does.
    for (const line of toldBy(error).split("\n")) streams.stderr.write(`${shownText(line)}\n`);
  }
  return exitCodes[verdict];
}
