/**
 * `npm run onboard -- SUBSCRIPTION… [--management-group NAME] [--deployment NAME] [--parameter NAME=VALUE]`: deploys onboard.bicep to
 * each subscription, by the Azure CLI and as whoever is signed in there. Says of each how it went, and goes on with the others.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { queries } from "../src/azure/fleet-reads.ts";

const usage =
  "npm run onboard -- SUBSCRIPTION… [--management-group NAME] [--deployment NAME] [--parameter NAME=VALUE]…\n" +
  "  --management-group  gives the app its rights at this group, and onboards each subscription in it or below\n" +
  "  --deployment        the deployment of main.bicep in the subscription that is selected; azd needs none\n" +
  "  --parameter         of onboard.bicep, such as existingTopicId or keepsDeadLetters";

/** What this needs to know of the output ACR_REMEDIATOR_ONBOARDING; the templates check the rest. */
const appShape = z.looseObject({ name: z.string(), location: z.string() });
type App = z.infer<typeof appShape>;

const page = z.object({ data: z.array(z.object({ subscriptionId: z.guid() })), $skipToken: z.string().optional() });

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "management-group": { type: "string" },
    deployment: { type: "string" },
    parameter: { type: "string", multiple: true, default: [] },
  },
});
const group = values["management-group"];
if (positionals.length === 0 && group === undefined) {
  console.error(usage);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), "onboard-"));
process.on("exit", () => {
  rmSync(folder, { recursive: true });
});

const app = appOf(values.deployment);
const parametersFile = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  contentVersion: "1.0.0.0",
  parameters: { app: { value: app } },
};
const failed: string[] = [];
const given = values.parameter.length === 0 ? [] : ["--parameters", ...values.parameter];
for (const id of positionals) deploy(["sub", "--subscription", id], "onboard", given);
if (group !== undefined) {
  deploy(["mg", "--management-group-id", group], "management-group", []);
  for (const id of subscriptionsIn(group)) deploy(["sub", "--subscription", id], "onboard", given);
}
if (failed.length > 0)
  console.error(`Failed: ${failed.join(", ")}. What went well stays; run this again for the rest.`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Deploys a template of this folder at `[kind, option, name]`. */
function deploy([kind, option, name]: readonly [string, string, string], template: string, more: string[]): void {
  console.log(`${name}: ${template}.bicep`);
  const { status } = run([
    "deployment",
    kind,
    "create",
    option,
    name,
    ...["--name", `${template}-${app.name}`, "--location", app.location],
    ...["--template-file", fileURLToPath(new URL(`${template}.bicep`, import.meta.url))],
    ...["--parameters", `@${jsonFile("app", parametersFile)}`],
    ...more,
    ...["--output", "none"],
  ]);
  if (status !== 0) failed.push(name);
}

/** The app that azd has just deployed, or the one of a deployment. */
function appOf(deployment: string | undefined): App {
  const name = "ACR_REMEDIATOR_ONBOARDING";
  if (deployment === undefined) {
    const { [name]: output } = process.env;
    if (output === undefined) fail("Which app? Name the deployment of main.bicep by --deployment, or run this by azd.");
    return appShape.parse(JSON.parse(output));
  }
  const shown = answer(["deployment", "sub", "show", "--name", deployment, "--query", "properties.outputs"]);
  const outputs = z.record(z.string(), z.object({ value: z.unknown() })).parse(shown);
  // Azure Resource Manager answers some names of outputs with other letters in capitals.
  const found = Object.entries(outputs).find(([key]) => key.toUpperCase() === name);
  if (found === undefined) fail(`The deployment ${deployment} has no output ${name}: is it one of main.bicep?`);
  return appShape.parse(found[1].value);
}

/** As the app asks: all that are in the group or below, and may be worked in. */
function subscriptionsIn(managementGroup: string): string[] {
  const found: string[] = [];
  let $skipToken: string | undefined;
  do {
    const body = { managementGroups: [managementGroup], query: queries.subscriptions, options: { $skipToken } };
    const url = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    const answered = page.parse(
      answer(["rest", "--method", "post", "--url", url, "--body", `@${jsonFile("query", body)}`]),
    );
    found.push(...answered.data.map(({ subscriptionId }) => subscriptionId));
    ({ $skipToken } = answered);
  } while ($skipToken !== undefined);
  return found;
}

function jsonFile(name: string, content: object): string {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** Ends all when the command fails: why, it has said on stderr. */
function answer(args: readonly string[]): unknown {
  const { status, stdout } = run([...args, "--output", "json"]);
  if (status !== 0) fail(`az ${args[0] ?? ""} failed.`);
  return JSON.parse(stdout);
}

function run(args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const { error, status, stdout } = spawnSync("az", args, {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "inherit"],
    shell: process.platform === "win32", // there az is a script
  });
  if (error !== undefined) fail(`The Azure CLI (az) cannot be run: ${error.message}`);
  return { status, stdout };
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
