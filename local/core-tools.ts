/** Azure Functions Core Tools, the command `func`: the real Functions host, where it is installed. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

/** npm puts the optional dependency's `func` on the PATH of its scripts, before one that is installed on the machine. */
export function hasCoreTools(): boolean {
  return spawnSync("func", ["--version"], { stdio: "ignore" }).status === 0;
}

export interface CoreToolsOptions {
  /** The folder of an app, unpacked; `local.settings.json` is written there. */
  readonly appRoot: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface CoreTools {
  readonly url: string;
  /** Core Tools ask for no key. */
  readonly functionKey: "";
  eventGridUrl(functionName: string): string;
  close(): Promise<void>;
}

/** Downloading the extension bundle is part of a first start. */
const startsWithinSeconds = 180;
const signsOfLife = "/api/health";

/**
 * Starts `func` for an app that answers `GET /api/health`. Resolves when it does.
 * @throws Error with the words of `func` when it ends before, or does not answer within three minutes
 */
export async function startCoreTools({ appRoot, settings }: CoreToolsOptions): Promise<CoreTools> {
  writeFileSync(`${appRoot}/local.settings.json`, JSON.stringify({ IsEncrypted: false, Values: settings }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn("func", ["start", "--port", String(port)], {
    cwd: appRoot,
    env: { ...process.env, FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // the command is a wrapper: its group is ended with it
  });
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => words.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    for (const end of ["error", "close"])
      child.once(end, () => {
        resolve();
      });
  });
  const isOver = (): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const close = async (): Promise<void> => {
    if (child.pid !== undefined && !isOver()) process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  try {
    const serves = (): Promise<boolean> => {
      if (isOver()) throw new Error("func ended before it served.");
      return answers(`${url}${signsOfLife}`);
    };
    await until(`func serves ${signsOfLife}`, serves, { seconds: startsWithinSeconds });
  } catch (error) {
    await close();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${words.join("")}`, { cause: error });
  }
  return {
    url,
    functionKey: "",
    eventGridUrl: (functionName) => `${url}/runtime/webhooks/eventgrid?functionName=${functionName}`,
    close,
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
