/** The child process: see protocol.ts for what it hears and says. */
import { createInterface } from "node:readline";
import { createLog } from "./log.ts";
import { stopMessage, type ReadyMessage, type StartMessage } from "./protocol.ts";
import { runHost, type RunningHost } from "./run.ts";

// Node has read it; the app is to see its settings and PATH alone.
delete process.env["NODE_COMPILE_CACHE"];

const [writeOut, writeError] = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream)) as [
  typeof process.stdout.write,
  typeof process.stdout.write,
];
const log = createLog((line) => writeError(`${line}\n`));

/** What the app prints is captured, as the real host captures its worker's console. */
function captureConsole(stream: NodeJS.WriteStream, level: "information" | "error"): void {
  stream.write = (chunk: Uint8Array | string): boolean => {
    const message = (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()).trimEnd();
    if (message !== "") log({ level, category: "Host.Function.Console", message });
    return true;
  };
}

function crash(message: string, error: unknown): never {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log({ level: "critical", category: "Host.Startup", message: `${message}: ${detail}` });
  process.exit(1);
}

captureConsole(process.stdout, "information");
captureConsole(process.stderr, "error");
// An unhandled rejection arrives here too; the worker ends the same way (src/Worker.ts).
process.on("uncaughtException", (error) => crash("Worker uncaught exception", error));

let host: Promise<RunningHost> | undefined;
createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (host === undefined) {
      const message = JSON.parse(line) as StartMessage;
      host = runHost(message, log);
      host.then(
        ({ url }) => {
          const ready: ReadyMessage = { url, pid: process.pid };
          writeOut(`${JSON.stringify(ready)}\n`);
        },
        (error: unknown) => crash("The host could not start", error),
      );
    } else if (line === stopMessage) {
      host
        .then((running) => running.stop())
        .then(
          () => process.exit(0),
          (error: unknown) => crash("The host could not stop", error),
        );
    }
  })
  .on("close", () => process.exit(1));
