import { Writable } from "node:stream";
import { type Surroundings, run } from "../../src/cli/run.ts";
import type { Streams } from "../../src/cli/terminal.ts";
import { subscriptionId } from "../e2e/cast.ts";

/** What a command line told, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Collected extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = "";
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Setting {
  readonly environment: Surroundings["environment"];
  /** Whether stdout is a terminal. What moves goes to stderr, which never is one here. */
  readonly tty?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process. */
export async function runLine(args: readonly string[], { environment, tty = false, signal }: Setting): Promise<Ran> {
  const [stdout, stderr] = [new Collected(tty), new Collected(false)];
  const streams: Streams = { stdin: { isTTY: false }, stdout, stderr };
  const code = await run(args, { environment, streams, signal: signal ?? new AbortController().signal });
  return { code, out: stdout.text, err: stderr.text };
}

/** Without what differs from run to run. */
export function told(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (guid) => (guid === subscriptionId ? guid : "GUID"))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}
