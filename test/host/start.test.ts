import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHost } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { fixtureRoot, withoutStorage } from "./fixture.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "host-start-"));
});
afterAll(() => rm(root, { recursive: true }));

const library = createRequire(import.meta.url).resolve("@azure/functions");

async function writeApp(app: string, hostJson: unknown = { version: "2.0" }): Promise<void> {
  await writeFile(path.join(root, "package.json"), JSON.stringify({ main: "app.cjs" }));
  await writeFile(path.join(root, "host.json"), JSON.stringify(hostJson));
  await writeFile(
    path.join(root, "app.cjs"),
    `const { app, input, output } = require(${JSON.stringify(library)});\n${app}`,
  );
}

async function start(app: string, hostJson?: unknown): Promise<void> {
  await writeApp(app, hostJson);
  const host = await startHost({ appRoot: root, env: {} });
  await host.kill();
}

const handler = "handler() {}";

test.each([
  ["an entry point that throws", "throw new Error('at load')", 'unable to load entry point "app.cjs": Error: at load'],
  ["two functions of one name", `app.http("a", { ${handler} }); app.http("a", { ${handler} });`, 'id "a" has already'],
  ["streaming", `app.setup({ enableHttpStream: true }); app.http("a", { ${handler} });`, "enableHttpStream: true })"],
  ["a route constraint", `app.http("a", { route: "x/{id:int}", ${handler} })`, '"{id:int}" is not modelled'],
  [
    "a connection that is missing",
    `app.storageQueue("a", { queueName: "q", connection: "No", ${handler} })`,
    "'No' does not",
  ],
])("%s stops the host from starting, and says why", async (_what, app, message) => {
  await expect(start(app)).rejects.toThrow(message);
});

test("bindings that are not modelled stop it too, all named at once", async () => {
  const app = `
    app.storageBlob("trigger", { path: "x", ${handler} });
    app.http("input", { extraInputs: [input.storageBlob({ path: "x" })], ${handler} });
    app.eventGrid("batch", { cardinality: "many", ${handler} });
    app.timer("retry", { schedule: "", retry: { strategy: "fixedDelay", maxRetryCount: 1, delayInterval: 1 }, ${handler} });
  `;
  const error = String(await start(app).catch((reason: unknown) => reason));
  expect(error).toMatch(/function "trigger": binding "\w+" of type blobTrigger is not modelled/);
  expect(error).toMatch(/function "input": binding "\w+" of type blob is not modelled/);
  expect(error).toMatch(/function "batch": binding "\w+": cardinality "many" is not modelled/);
  expect(error).toMatch(/function "retry": retry options are not modelled/);
});

test("registration ends with the load of the entry point", async () => {
  await writeApp(`setTimeout(() => app.http("late", { ${handler} }), 500)`);
  const host = await startHost({ appRoot: root, env: {} });
  expect(await host.exited).toBe(1);
  expect(host.logs().at(-1)?.message).toContain("can only be registered during app startup");
});

test("host.json is checked, all problems at once", async () => {
  const hostJson = {
    version: "1.0",
    functionTimeout: "ten minutes",
    watch: [],
    extensions: { queues: { batchSize: 33, visibility: "00:00:10", messageEncoding: "hex" }, http: [] },
  };
  const problems = [
    'version: is "1.0", must be "2.0"',
    "watch: unknown or not modelled",
    'functionTimeout: is "ten minutes", must be a time span "hh:mm:ss" of at least 1000 ms',
    "extensions.queues.visibility: unknown or not modelled",
    "extensions.queues.batchSize: is 33, must be an integer from 1 to 32",
    'extensions.queues.messageEncoding: is "hex", must be one of base64, none',
    "extensions.http: is [], must be an object",
  ];
  const error = await start("", hostJson).catch((reason: unknown) => reason);
  for (const problem of problems) expect(String(error)).toContain(problem);
});

test("a host ends with its parent", async () => {
  const index = JSON.stringify(new URL("../../local/host/index.ts", import.meta.url).href);
  const options = JSON.stringify({ appRoot: fixtureRoot, env: withoutStorage });
  const script = `const { startHost } = await import(${index}); console.log((await startHost(${options})).pid);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = await new Promise<number>((resolve) => {
    createInterface({ input: parent.stdout }).once("line", (line) => {
      resolve(Number(line));
    });
  });
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await until("the end of the host", () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
