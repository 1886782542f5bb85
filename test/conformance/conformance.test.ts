/** `npm run conformance` against a stand-in that it knows as real Azure: another process, reached by ARM's endpoint and a credential. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SELF } from "../../local/azure/fixture.ts";
import type { Fixture } from "../../local/azure/index.ts";

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const groupOf = (name: string): string => `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
const marked = { "acr-remediator-conformance": "throw-away" };
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.stdin?.end();
});

type Settings = Readonly<Record<string, string>>;

/** Starts a stand-in. @returns the settings that lead to it */
async function remote(fixture: Fixture): Promise<Settings> {
  const script = `${import.meta.dirname}/remote-stand-in.ts`;
  const standIn = { subscriptions: [{ subscriptionId }], ...fixture };
  const child = spawn(process.execPath, [script, JSON.stringify(standIn)], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return JSON.parse(line) as Settings;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with these settings and nothing else in its environment. */
function conformance(settings: Settings, resourceGroup: string, ...args: readonly string[]): Promise<Ended> {
  return conformanceUntil(undefined, settings, resourceGroup, ...args);
}

/** @param interruptedAt what it writes for whoever watches: then it is interrupted, as by Ctrl+C */
async function conformanceUntil(
  interruptedAt: RegExp | undefined,
  settings: Settings,
  resourceGroup: string,
  ...args: readonly string[]
): Promise<Ended> {
  const line = [
    "test/conformance/main.ts",
    "--subscription",
    subscriptionId,
    "--resource-group",
    resourceGroup,
    ...args,
  ];
  const env = { PATH: process.env.PATH, ...settings };
  const child = spawn(process.execPath, line, { env, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.stdout += chunk.toString()));
  let isInterrupted = false;
  child.stderr.on("data", (chunk: Buffer) => {
    written.stderr += chunk.toString();
    if (isInterrupted || interruptedAt?.test(written.stderr) !== true) return;
    isInterrupted = true;
    child.kill("SIGINT");
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...written };
}

describe("in a group that is empty and marked", () => {
  const fixture: Fixture = {
    resourceGroups: [{ id: groupOf("conformance"), tags: marked }],
    publicRegistries: { "mcr.microsoft.com": { "hello-world": ["latest"] } },
  };

  /** What docs/conformance.md asks for, and nothing besides. */
  const asDocumented: Fixture = {
    self: { permissions: [] },
    roleAssignments: [
      { scope: groupOf("conformance"), role: "Owner", principalId: SELF },
      { scope: `/subscriptions/${subscriptionId}`, role: "Reader", principalId: SELF },
    ],
  };

  it("it makes what it needs, finds that Azure does what the contract says, and leaves nothing behind", async () => {
    const settings = await remote({ ...fixture, ...asDocumented });
    const { code, stdout, stderr } = await conformance(settings, "conformance", "--yes");
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/^(\d\d) as the contract says, 0 not, 0 did not run, \d{3} only on the stand-in\.$/m);
    expect(stdout).toContain("Only on the stand-in, as ARM alone cannot show them");
    expect(stdout).toContain("  stale reads show the world as it was\n");
    expect(stderr).toContain(`makes ${groupOf("conformance")}/providers/Microsoft.KeyVault/vaults/conform-`);
    // It refuses a group that is not empty, so a second time tells that the first one cleaned up.
    const again = await conformance(settings, "conformance", "--yes", "--only", "without an api-version");
    expect(again.stdout).toContain("1 as the contract says, 0 not, 0 did not run");
    expect(again.code).toBe(0);
  });

  it("it tells what the contract says and what Azure did where they differ, and leaves nothing behind either", async () => {
    const actions = [
      { scope: "/", actions: ["*"], notActions: ["Microsoft.Storage/storageAccounts/regenerateKey/action"] },
    ];
    const settings = await remote({ ...fixture, self: { permissions: actions } });
    const only = ["--only", "a regenerated key|is missing is told apart"];
    const { code, stdout, stderr } = await conformance(settings, "conformance", "--yes", ...only);
    expect(code, stderr).toBe(1);
    expect(stdout).toContain("Azure diverges (1):");
    expect(stdout).toContain(
      "the contract: storage accounts: a regenerated key shows a later creation time, the other key does not\n  Azure:",
    );
    expect(stdout).toMatch(/expected 403 to be 200/);
    expect(stdout).toContain("1 as the contract says, 1 not, 0 did not run");
    expect(stderr).not.toContain("LEFT BEHIND");
    expect(stderr.match(/^deletes /gm)).toHaveLength(7);
  });
});

it("leaves nothing behind where it is interrupted", async () => {
  const settings = await remote({ resourceGroups: [{ id: groupOf("conformance"), tags: marked }] });
  const { code, stderr } = await conformanceUntil(/^makes .*\/vaults\//m, settings, "conformance", "--yes");
  expect(code, stderr).toBe(1);
  expect(stderr).not.toContain("LEFT BEHIND");
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stderr.match(/^deletes /gm)).toHaveLength(stderr.match(/^makes /gm)?.length ?? 0);
  const again = await conformance(settings, "conformance", "--yes", "--only", "without an api-version");
  expect(again.code).toBe(0);
});

it("does nothing where nobody is signed in", async () => {
  const settings = { ...(await remote({})), IDENTITY_HEADER: "guess" };
  const { code, stderr } = await conformance(settings, "conformance", "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("Is somebody signed in (az login)?");
  expect(stderr).not.toMatch(/^ {4}at /m);
});

describe("it does nothing, and says why,", () => {
  const inside = `${groupOf("in-use")}/providers/Microsoft.ContainerRegistry/registries/precious`;
  const fixture: Fixture = {
    resourceGroups: [
      { id: groupOf("unmarked") },
      { id: groupOf("in-use"), tags: marked },
      { id: groupOf("empty"), tags: marked },
    ],
    resources: [{ id: inside }],
  };
  let settings: Settings;
  beforeAll(async () => {
    settings = await remote(fixture);
  });

  it.each([
    ["in a group that is not there", "absent", ["--yes"], "ResourceGroupNotFound"],
    ["in a group that is not marked", "unmarked", ["--yes"], "--tags acr-remediator-conformance=throw-away"],
    [
      "in a group that is not empty",
      "in-use",
      ["--yes"],
      "is not empty: Microsoft.ContainerRegistry/registries/precious",
    ],
    ["where nobody can be asked", "empty", [], "Nobody can be asked here: say --yes."],
    ["with a pattern that is none", "empty", ["--yes", "--only", "("], "--only takes a regular expression; found (."],
    ["with an option that it does not know", "empty", ["--force"], "Unknown option '--force'"],
  ])("%s", async (_what, group, args, message) => {
    const { code, stdout, stderr } = await conformance(settings, group, ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("npm run conformance -- --subscription ID --resource-group NAME");
    expect(stderr).not.toMatch(/^makes |^ {4}at /m);
  });
});
