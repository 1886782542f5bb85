import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { newKeys, type HostKeys } from "./keys.ts";
import { parseLogLine, type HostLogLine } from "./log.ts";
import { stopMessage, type ReadyMessage, type StartMessage } from "./protocol.ts";

export type { HostKeys } from "./keys.ts";
export type { HostLogLine } from "./log.ts";

export interface HostOptions {
  /** The folder with host.json and package.json, whose `main` is the bundle. */
  readonly appRoot: string;
  /** App settings: with PATH, all that the app's process gets to see. */
  readonly env: Readonly<Record<string, string>>;
  /** 0, the default, is any free one. */
  readonly port?: number;
  /** Factor on the host's own waits: the ten minutes of a message's invisibility, the polling interval. Default 1. */
  readonly timeScale?: number;
  /** Those not given are random. */
  readonly keys?: Partial<HostKeys>;
  readonly onLog?: (line: HostLogLine) => void;
  /** The program that the process runs, where it is not `main.ts` as it is: a build of it. */
  readonly program?: string;
}

export interface Host extends HostKeys {
  readonly url: string;
  readonly pid: number;
  /** The exit code, null after a signal. Resolves whatever ended the process, a crash of the app included. */
  readonly exited: Promise<number | null>;
  /** The webhook of an Event Grid function, with its key. */
  eventGridUrl(functionName: string): string;
  logs(): readonly HostLogLine[];
  /** Takes no new work and waits for running invocations, however long they take. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * A stand-in for the Functions host: runs the built app in a process of its own, loaded as the Node language worker loads
 * it, with HTTP, Event Grid, storage-queue and timer triggers. Several may run against one storage account. Rejects with
 * the child's own words when it cannot start.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const keys = newKeys(options.keys);
  const { program = fileURLToPath(new URL("main.ts", import.meta.url)) } = options;
  const child = spawn(process.execPath, [program], {
    cwd: options.appRoot,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32", // a Ctrl-C at the terminal is for the parent, which stops this in order
  });
  const lines: HostLogLine[] = [];
  createInterface({ input: child.stderr }).on("line", (text) => {
    const line = parseLogLine(text);
    lines.push(line);
    options.onLog?.(line);
  });
  // "close", not "exit": by then the last log line has been read.
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.on("error", () => undefined); // a child that is gone does not hear; `exited` tells

  const { appRoot, port = 0, timeScale = 1 } = options;
  const message: StartMessage = { appRoot, port, timeScale, keys };
  child.stdin.write(`${JSON.stringify(message)}\n`);
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => {
      resolve(JSON.parse(line) as ReadyMessage);
    });
    child.once("error", reject);
    void exited.then((code) => {
      const words = lines.filter(({ level }) => /warning|error|critical/.test(level)).map((line) => line.message);
      reject(new Error(`The Functions host ended with ${code ?? "a signal"} before it served:\n${words.join("\n")}`));
    });
  });

  return {
    ...keys,
    url: ready.url,
    pid: ready.pid,
    exited,
    eventGridUrl: (functionName) => {
      const query = new URLSearchParams({ functionName, code: keys.eventGridKey });
      return `${ready.url}/runtime/webhooks/eventgrid?${query.toString()}`;
    },
    logs: () => lines,
    stop: async () => {
      child.stdin.write(`${stopMessage}\n`);
      await exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
