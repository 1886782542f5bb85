import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { trust } from "../../local/azure/certificates.ts";
import { settled, useStack, wholeRemediation, writesFor, remediate } from "../e2e/app.ts";
import { enforcing, eventOf, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "../e2e/cast.ts";
import { type Ran, runLine, told } from "./a-terminal.ts";
import { helpExamples } from "./examples.suite.ts";
import { replaying } from "./replay.suite.ts";
import { wrongLines } from "./wrong-lines.suite.ts";

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform,
        workspace("known"),
        workspace("broken"),
        workspace("alone"),
        workspace("forced", { attached: true }),
        workspace("elsewhere", { attached: registryId.replace("contosoml", "theirs") }),
        workspace("taken-out", { tags: { "acr-remediation": "skip" } }),
        workspace("bare"),
      ],
    },
  },
  settings: enforcing,
  events: "none",
});
const folder = mkdtempSync(join(tmpdir(), "acr-remediator-"));
const eventFile = join(folder, "event.json");

/** As a person at a terminal has it who signed in to Azure: without the app, or with it. */
const alone = (): Record<string, string> => ({
  REMEDIATOR_ARM_ENDPOINT: stack.azure.armEndpoint,
  REMEDIATOR_WAIT_SCALE: "0.05",
});
const withApp = (): Record<string, string> => ({
  ...alone(),
  ACR_REMEDIATOR_APP: stack.host.url,
  ACR_REMEDIATOR_KEY: stack.host.functionKey,
});

beforeAll(async () => {
  trust(stack.azure);
  // What DefaultAzureCredential finds: the endpoint of a managed identity, as on any machine in Azure.
  process.env["IDENTITY_ENDPOINT"] = stack.azure.identityEndpoint;
  process.env["IDENTITY_HEADER"] = stack.azure.identityHeader;
  writeFileSync(eventFile, JSON.stringify([eventOf(workspaceIdOf("known"), "e-1")]));
  await remediate(stack.host, workspaceIdOf("known"));
  await settled(stack.host, workspaceIdOf("known"));
});

const id = workspaceIdOf;
const here = (...args: string[]): Promise<Ran> => runLine(args, { environment: alone() });
const byApp = (...args: string[]): Promise<Ran> => runLine(args, { environment: withApp() });
const json = ({ out }: Ran): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

describe("check", () => {
  it("says what would be done, and does nothing", async () => {
    const { code, out, err } = await here("check", id("broken"), "--registry", "contosoml");
    expect(code).toBe(2);
    expect(told(out)).toMatchSnapshot();
    expect(err).toContain("Looked at from here, without an app");
    expect(writesFor(stack.azure, id("broken"))).toEqual([]);
  });

  it("is coloured on a terminal, and plain where NO_COLOR is set", async () => {
    const args = ["check", id("broken"), "--registry", registryId];
    const shown = await runLine(args, { environment: alone(), tty: true });
    expect(told(shown.out)).toMatchSnapshot();
    const plain = await runLine(args, { environment: { ...alone(), NO_COLOR: "1" }, tty: true });
    expect(plain.out).toBe((await here(...args)).out);
  });

  it("finds the workspace by name, group and subscription, and the registry that is attached", async () => {
    const { code, out } = await here("check", "-n", "forced", "-g", "ml-team", "-s", subscriptionId, "--json");
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ id: id("forced"), wouldDo: [expect.stringMatching(/^grant AcrPull/)] });
  });

  it("asks which registry is meant where none is attached", async () => {
    const { code, err, out } = await here("check", id("bare"));
    const message = "No registry is attached to bare. Name the one to use";
    expect([code, err, out]).toEqual([1, expect.stringContaining(message) as unknown, ""]);
  });

  it("ends with 4 where somebody has to act, and with 0 for a workspace that is left alone", async () => {
    expect(await here("check", id("elsewhere"), "--registry", "contosoml")).toMatchObject({ code: 4 });
    const { code, out } = await here("check", id("taken-out"), "--registry", "contosoml");
    expect([code, out]).toEqual([0, expect.stringContaining("exempt") as unknown]);
  });

  it("has the app look where one is named", async () => {
    const { code, out } = await byApp("check", id("known"));
    expect(code).toBe(0);
    expect(told(out)).toMatchSnapshot();
  });

  it("of all tells of each workspace that the app knows", async () => {
    const ran = await byApp("check", "--all");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("known");
    expect(json(await byApp("check", "--all", "--json"))["workspaces"]).toHaveLength(1);
  });
});

describe("fix", () => {
  it("asks first, and does nothing where nobody is there to answer", async () => {
    const { code, err } = await here("fix", id("alone"), "--registry", "contosoml");
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("Nothing was done. To agree beforehand, say --yes.") as unknown,
    ]);
    expect(writesFor(stack.azure, id("alone"))).toEqual([]);
  });

  it("does what the three commands do, and no more", async () => {
    const { code, out } = await here("fix", id("alone"), "--registry", "contosoml", "--yes");
    expect(code).toBe(0);
    expect(told(out)).toMatchSnapshot();
    expect(writesFor(stack.azure, id("alone"))).toEqual(wholeRemediation);
    const again = await here("fix", id("alone"), "--yes");
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("Nothing was done") as unknown]);
    expect(writesFor(stack.azure, id("alone"))).toEqual(wholeRemediation);
  });

  it("syncs keys where it is told to", async () => {
    const { code } = await here("fix", id("forced"), "--yes", "--force-sync");
    expect(code).toBe(0);
    expect(writesFor(stack.azure, id("forced"))).toEqual(["POST resyncKeys", "PUT roleAssignments"]);
  });

  it("waits for an identity that is late, and gives up after the time it was given", async () => {
    stack.azure.settings.identityDelaySeconds = 3;
    stack.azure.world.put(workspace("late"), { event: false });
    const impatient = await here("fix", id("late"), "--registry", "contosoml", "--yes", "--wait", "0s");
    expect([impatient.code, impatient.out]).toEqual([3, expect.stringContaining("IdentityNotReady") as unknown]);
    // Nothing is remembered from one call to the next, so it says what the next one has to be told.
    expect(impatient.err).toContain("Keys are still to be synced: run this again with --force-sync.");
    const patient = await here("fix", id("late"), "--yes", "--wait", "2m", "--force-sync");
    expect(patient.code).toBe(0);
    expect(writesFor(stack.azure, id("late"))).toEqual(wholeRemediation);
  });

  it("has the app do it where one is named", async () => {
    const { code, out } = await byApp("fix", id("broken"), "--yes");
    expect(code).toBe(0);
    expect(out).toContain("remediated");
    expect(writesFor(stack.azure, id("broken"))).toEqual(wholeRemediation);
  });
});

describe("doctor", () => {
  it("tells in order what is wrong, what mends it, and what that does not prove", async () => {
    const { code, out } = await here("doctor", id("elsewhere"));
    expect(code).toBe(2);
    expect(told(out)).toMatchSnapshot();
  });

  it("says of one without a registry that none is attached", async () => {
    const { code, out, err } = await here("doctor", id("bare"));
    expect([code, out]).toEqual([
      2,
      expect.stringContaining("✗ attached: No registry is attached to bare.") as unknown,
    ]);
    expect(err).toContain("with --registry more can be said");
  });

  it("has the app examine it where one is named", async () => {
    const ran = await byApp("doctor", id("known"), "--json");
    expect(ran.code).toBe(0);
    expect(json(ran)["lines"]).not.toHaveLength(0);
  });
});

describe("what only an app can do", () => {
  it("sweep finds what drifted, and status tells of it", async () => {
    const swept = await byApp("sweep", "--json");
    expect(swept.code).toBe(2);
    expect(json(swept)).toMatchObject({ state: "finished", seen: 8 });
    const status = await byApp("status");
    expect([status.code, status.out]).toEqual([
      0,
      expect.stringMatching(/workspaces in 1 subscriptions, mode enforce/) as unknown,
    ]);
    expect(status.out).toMatch(/Sweep .*: finished/);
  });

  it("sweep --dry-run and --only look at those that are chosen", async () => {
    await settled(stack.host, id("elsewhere"));
    expect(await byApp("sweep", "--dry-run")).toMatchObject({ code: 4 });
    const only = await byApp("sweep", "--only", "blocked:RegistryNotAllowed", "--json");
    expect(only.code).toBe(4);
    expect(json(only)["workspaces"]).toEqual([expect.objectContaining({ id: id("elsewhere"), outcome: "blocked" })]);
  });

  it("status and history tell of one workspace", async () => {
    const status = await byApp("status", id("elsewhere"));
    expect([status.code, status.out]).toEqual([4, expect.stringContaining("RegistryNotAllowed") as unknown]);
    const history = await byApp("history", id("known"));
    expect([history.code, history.out]).toEqual([0, expect.stringContaining("planned: attach contosoml") as unknown]);
  });

  it("exempt leaves a workspace alone, and include looks after it again", async () => {
    const { code, out } = await byApp("exempt", id("known"), "--for", "7d", "--reason", "a migration");
    expect([code, out]).toEqual([0, expect.stringContaining("OperatorExemption") as unknown]);
    expect((await byApp("include", id("known"))).out).not.toContain("OperatorExemption");
  });

  it("is not tried without one", async () => {
    for (const args of [
      ["status"],
      ["sweep"],
      ["history", id("known")],
      ["check", "--all"],
      ["sweep", "--dry-run"],
      ["include", id("known")],
    ]) {
      const { code, err } = await here(...args);
      const asks = `${args.filter((arg) => arg !== id("known")).join(" ")} asks a deployed app: name it with --app URL`;
      expect([code, err]).toEqual([1, expect.stringContaining(asks) as unknown]);
    }
  });
});

describe("replay", () => {
  replaying({ folder, eventFile, alone, withApp });
});

describe("config", () => {
  it("shows where each setting comes from, and what is wrong", async () => {
    const { code, out } = await here("config", "--settings", "local.settings.json.example");
    expect(out).toMatch(/REMEDIATOR_MODE +setting/);
    expect(out).toMatch(/REMEDIATOR_FIRST_SIGHT +default +sync/);
    expect(code).toBe(out.includes("✗") ? 1 : 0);
    const wrong = await runLine(["config", "--json"], { environment: { REMEDIATOR_MODE: "on" } });
    expect(wrong.code).toBe(1);
    expect(json(wrong)["problems"]).toContainEqual(expect.stringContaining("REMEDIATOR_MODE"));
  });

  it("shows no secret, wherever somebody put it", async () => {
    const endpoint = "https://topic.westeurope-1.eventgrid.azure.net/api/events?aeg-sas-key=c2VjcmV0";
    const environment = {
      REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: endpoint,
      REMEDIATOR_DEFAULT_REGISTRY: "https://me:c2VjcmV0@contoso.azurecr.io",
    };
    for (const args of [["config"], ["config", "--json"]]) {
      const { code, out, err } = await runLine(args, { environment });
      expect([code, out + err]).toEqual([1, expect.not.stringContaining("c2VjcmV0") as unknown]);
    }
  });

  it("asks the app where one is named", async () => {
    expect((await byApp("config")).out).toMatch(/REMEDIATOR_MODE +setting +enforce/);
  });
});

describe("a table", () => {
  it("has borders on a terminal, and none where another program reads it", async () => {
    const args = ["images", id("forced"), "--image", "team/base:1.0", "--image", "team/other:2"];
    const shown = await runLine(args, { environment: alone(), tty: true });
    expect(shown.out).toMatchSnapshot();
    expect((await here(...args)).out).toMatchSnapshot();
  });
});

describe("images", () => {
  it("tells of each image whether the registry has it", async () => {
    const { code, out } = await here("images", id("forced"), "--image", "team/base:1.0", "--json");
    expect([code, JSON.parse(out)]).toEqual([
      2,
      { registry: "contosoml", images: [{ image: "team/base:1.0", presence: { kind: "missing" } }] },
    ]);
    expect(await here("images", id("forced"))).toMatchObject({ code: 1 });
  });
});

describe("what is wrong is told as it is, with exit code 1", () => {
  wrongLines({ alone, withApp });
});

describe("the examples of the help texts", () => {
  helpExamples({ stack, alone, eventFile });
});

it("the bundle runs as a program, and says by its exit code how it ended", async () => {
  const child = spawn(process.execPath, ["dist/cli/main.mjs", "check", id("broken"), "--json"], {
    env: { ...process.env, ...withApp() },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, "exit") as Promise<[number]>]);
  expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ isDrift: false }) as unknown]);
});
