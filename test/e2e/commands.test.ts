import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { appRoot } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { call, pathOf } from "./app.ts";
import { platform, workspace, workspaceIdOf } from "./cast.ts";

const folder = mkdtempSync(join(tmpdir(), "commands-"));
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A command that ended: what it wrote, and its exit code. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  /** The first line on stdout. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Starts what an npm script starts once it has built. */
function command(script: string, ...args: readonly string[]): Running {
  return commandWith({}, script, ...args);
}

function commandWith(env: Record<string, string>, script: string, ...args: readonly string[]): Running {
  const options = { cwd: appRoot, env: { ...process.env, ...env } };
  const child = spawn(process.execPath, [script, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, ...written });
    });
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    void ended.then(({ stderr }) => {
      reject(new Error(`The command ended without a line:\n${stderr}`));
    });
  });
  firstLine.catch(() => undefined);
  return { child, firstLine, ended };
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The status of a GET with a certificate authority of one's own; `undefined` when nobody answers. */
async function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    request(url, { ca }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", () => {
        resolve(undefined);
      })
      .end();
  });
}

/** What the README says of the command line and the values of the local stack's line. */
async function worksForTheCommandLine(ready: Record<string, string>): Promise<void> {
  const { hostUrl = "", functionKey = "", armEndpoint = "", caCertificate = "" } = ready;
  const { identityEndpoint = "", identityHeader = "" } = ready;
  const app = { ACR_REMEDIATOR_APP: hostUrl, ACR_REMEDIATOR_KEY: functionKey };
  const azure = {
    REMEDIATOR_ARM_ENDPOINT: armEndpoint,
    IDENTITY_ENDPOINT: identityEndpoint,
    IDENTITY_HEADER: identityHeader,
    NODE_EXTRA_CA_CERTS: caCertificate,
  };
  const cli = "dist/cli/main.mjs";
  const [byApp, fromHere] = await Promise.all([
    commandWith(app, cli, "status", "--json").ended,
    commandWith(azure, cli, "check", workspaceIdOf("mine")).ended,
  ]);
  expect([byApp.code, JSON.parse(byApp.stdout)]).toMatchObject([0, { fleet: { workspaces: 1 } }]);
  expect(fromHere.code).toBe(0);
}

describe.concurrent("the demo with --json", () => {
  it("ends with 0 and one document: every outcome as it should be, no write too many", async () => {
    const { code, stdout, stderr } = await command("local/demo.ts", "--json").ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as {
      workspaces: { id: string; outcome: string; conditions: object[]; armWrites: number; causes: string[] }[];
    };
    expect(document).toEqual({
      workspaces: expect.any(Array) as unknown,
      arm: { reads: expect.any(Number) as unknown, writes: 7 },
      events: { delivered: expect.any(Number) as unknown },
      elapsedMs: expect.any(Number) as unknown,
    });
    const told = document.workspaces.map(({ id, outcome, armWrites }) => [id.split("/").at(-1), outcome, armWrites]);
    expect(told).toEqual([
      ["fraud-detection", "remediated", 3],
      ["churn-model", "remediated", 1],
      ["pricing", "compliant", 0],
      ["forecasting", "remediated", 3],
      ["legacy-lab", "exempt", 0],
    ]);
    const causes = document.workspaces.map((one) => one.causes);
    for (const [index, cause] of ["event", "sweep", undefined, "http", "sweep"].entries())
      expect(causes[index]).toEqual(cause === undefined ? [] : expect.arrayContaining([cause]));
    for (const { outcome, conditions } of document.workspaces) {
      const status = outcome === "exempt" ? "Unknown" : "True";
      expect(conditions).toEqual(
        ["RegistryAttached", "PullGranted", "KeysSynced"].map((type) => {
          return { type, status, reason: expect.any(String) as unknown };
        }),
      );
    }
  });
});

describe.concurrent("the local stack", () => {
  const fixture = file("fixture.json", JSON.stringify({ resources: [...platform, workspace("mine")] }));

  it.each(["SIGINT", "SIGTERM"] as const)(
    "says in one line of JSON where everything is, works, and leaves nothing behind after %s",
    async (signal) => {
      const [azurePort, hostPort] = [await freePort(), await freePort()];
      const ports = ["--azure-port", String(azurePort), "--host-port", String(hostPort)];
      const { child, firstLine, ended } = command("local/serve.ts", ...ports, "--fixture", fixture);
      const ready = JSON.parse(await firstLine) as Record<string, string>;
      expect(Object.keys(ready)).toEqual(
        expect.arrayContaining([
          "armEndpoint",
          "caCertificate",
          "identityEndpoint",
          "identityHeader",
          "hostUrl",
          "functionKey",
          "queueEndpoint",
        ]),
      );
      const { armEndpoint = "", caCertificate = "", hostUrl: url = "", functionKey = "", queueEndpoint = "" } = ready;
      expect(armEndpoint).toBe(`https://127.0.0.1:${azurePort}`);
      expect(url).toBe(`http://127.0.0.1:${hostPort}`);
      const ca = readFileSync(caCertificate, "utf8");
      expect(await statusOf(`${armEndpoint}/subscriptions?api-version=2022-12-01`, ca)).toBe(401);
      const path = `${pathOf(workspaceIdOf("mine"))}/remediate?wait=60`;
      const { status, body } = await call({ url, functionKey }, "POST", path);
      expect([status, (body as { outcome: string }).outcome]).toEqual([200, "remediated"]);
      if (signal === "SIGINT") await worksForTheCommandLine(ready);

      child.kill(signal);
      const { code, stdout } = await ended;
      expect(code).toBe(0);
      expect(stdout.trim().split("\n")).toHaveLength(1);
      // The children are gone with it: nothing of theirs answers any more.
      const queues = new QueueServiceClient(queueEndpoint, undefined, { retryOptions: { maxTries: 1 } });
      await until("Azurite to be gone", () =>
        queues.getProperties().then(
          () => false,
          (error: unknown) => (error as { code?: string }).code === "ECONNREFUSED",
        ),
      );
      expect(await statusOf(armEndpoint, ca)).toBeUndefined();
      await expect(fetch(`${url}/api/health`)).rejects.toThrow("fetch failed");
    },
  );

  it.each([
    ["a port that is no number", ["--azure-port", "many"], "--azure-port takes a port, 0 to 65535; found many."],
    ["a fixture that is not there", ["--fixture", join(folder, "absent.json")], "absent.json: ENOENT"],
    [
      "a fixture that breaks the format",
      ["--fixture", file("odd.json", `{"resources":[{"id":"contosoml"}]}`)],
      "resources[0].id",
    ],
    ["a setting without a value", ["--set", "REMEDIATOR_MODE"], "--set takes NAME=VALUE; found REMEDIATOR_MODE."],
    ["an unknown option", ["--colour"], "--colour"],
  ])("refuses %s with 2, saying what is wrong and what there is", async (_what, args, message) => {
    const { code, stdout, stderr } = await command("local/serve.ts", ...args).ended;
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain("npm run local -- [--azure-port N] [--host-port N] [--fixture FILE]");
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});
