import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** One storage account of the emulator. */
export interface Azurite {
  /** Whole, with explicit endpoints. */
  readonly connectionString: string;
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  readonly tableEndpoint: string;
  close(): Promise<void>;
}

/** Several accounts in one emulator, each empty at first. */
export interface Azurites {
  account(name: string): Azurite;
  close(): Promise<void>;
}

/** Not a secret: the one key every Azurite and the old storage emulator publish. */
const publishedKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const flags = [
  "--inMemoryPersistence",
  "--skipApiVersionCheck",
  "--disableTelemetry",
  "--loose",
  "--silent",
  ...["blob", "queue", "table"].flatMap((service) => [`--${service}Host`, "127.0.0.1", `--${service}Port`, "0"]),
];

const script = fileURLToPath(new URL("azurite-process.ts", import.meta.url));

/** Starts an emulator with one account; closing that ends it. Otherwise as {@link startAzurites}. */
export async function startAzurite(): Promise<Azurite> {
  const name = "devstoreaccount1";
  const azurites = await startAzurites([name]);
  return { ...azurites.account(name), close: () => azurites.close() };
}

/**
 * Starts the storage emulator of the npm package `azurite` in a process of its own (it is busy enough to disturb
 * whoever shares a thread with it), on free loopback ports, keeping everything in memory. Resolves when blob, queue and
 * table listen; rejects with Azurite's own words when it ends before that.
 * @param accounts their names: 3 to 24 lower-case letters and digits
 */
export async function startAzurites(accounts: readonly string[]): Promise<Azurites> {
  const child = spawn(process.execPath, [script, ...flags], {
    cwd: tmpdir(),
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      AZURITE_ACCOUNTS: accounts.map((name) => `${name}:${publishedKey}`).join(";"),
    },
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32", // outlives a Ctrl-C at the terminal, so that hosts can finish first
  });
  const exited = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  const output: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));

  const addresses = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      const [, service, address] = /^Azurite (\w+) service is successfully listening at (\S+)$/.exec(line) ?? [];
      if (service !== undefined && address !== undefined) addresses.set(service, address);
      if (addresses.size === 3) resolve();
    });
    child.once("error", reject);
    void exited.then(() => {
      reject(new Error(`Azurite ended before it listened:\n${output.join("\n")}`));
    });
  });

  return {
    account: (name) => accountOf(name, addresses),
    close: async () => {
      child.kill("SIGKILL"); // in memory: there is nothing to save
      await exited;
    },
  };
}

/** Closing it leaves the emulator as it is. */
function accountOf(account: string, addresses: ReadonlyMap<string, string>): Azurite {
  const endpoint = (service: string): string => `${addresses.get(service) ?? ""}/${account}`;
  const [blobEndpoint, queueEndpoint, tableEndpoint] = [endpoint("Blob"), endpoint("Queue"), endpoint("Table")];
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${account}`,
      `AccountKey=${publishedKey}`,
      `BlobEndpoint=${blobEndpoint}`,
      `QueueEndpoint=${queueEndpoint}`,
      `TableEndpoint=${tableEndpoint}`,
    ]
      .join(";")
      .concat(";"),
    blobEndpoint,
    queueEndpoint,
    tableEndpoint,
    close: () => Promise.resolve(),
  };
}
