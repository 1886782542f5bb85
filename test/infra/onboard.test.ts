/** `npm run onboard` with a stand-in for the Azure CLI that writes down what it is asked for: neither is Azure here. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { queries } from "../../src/azure/fleet-reads.ts";
import { app, farSubscriptionId, platformSubscriptionId } from "./cast.ts";
import { root } from "./templates.ts";

/** What it was called with; of an argument `@FILE` what the file holds. */
type Called = readonly unknown[];

const azureCli = `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const args = process.argv.slice(2).map((arg) => (arg.startsWith("@") ? JSON.parse(readFileSync(arg.slice(1), "utf8")) : arg));
appendFileSync(process.env.AZ_CALLS, JSON.stringify(args) + "\\n");
const pages = JSON.parse(process.env.AZ_PAGES);
if (args[0] === "rest") console.log(JSON.stringify(pages[args.find((arg) => arg.options)?.options.$skipToken ?? "first"]));
if (args[2] === "show") console.log(process.env.AZ_OUTPUTS);
if (args.includes(process.env.AZ_REFUSES)) process.exit(1);
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "az-"));
  writeFileSync(path.join(folder, "az"), azureCli);
  chmodSync(path.join(folder, "az"), 0o755);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function onboard(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const calls = path.join(folder, "calls");
  const { status, stderr } = spawnSync(process.execPath, [`${root}infra/onboard.ts`, ...args], {
    encoding: "utf8",
    env: {
      PATH: folder,
      AZ_CALLS: calls,
      AZ_PAGES: "{}",
      AZ_OUTPUTS: JSON.stringify({ acR_REMEDIATOR_ONBOARDING: { value: app } }),
      ...more,
    },
  });
  const text = existsSync(calls) ? readFileSync(calls, "utf8") : "";
  return {
    status,
    stderr,
    calls: text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Called),
  };
}

const fromAzd = { ACR_REMEDIATOR_ONBOARDING: JSON.stringify(app) };

/** The parameters file that the Azure CLI was given. */
function parametersOf(call: Called | undefined): unknown {
  return call?.find((arg) => typeof arg === "object");
}

it("deploys onboard.bicep to the subscription, for the app that azd has just deployed", () => {
  const { status, calls } = onboard([platformSubscriptionId], fromAzd);
  expect(status).toBe(0);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.slice(0, 9)).toEqual([
    "deployment",
    "sub",
    "create",
    "--subscription",
    platformSubscriptionId,
    "--name",
    `onboard-${app.name}`,
    "--location",
    app.location,
  ]);
  expect(calls[0]).toContain(`${root}infra/onboard.bicep`);
  expect(parametersOf(calls[0])).toMatchObject({ parameters: { app: { value: app } } });
});

it("asks a deployment for the app when it is named", () => {
  const { status, calls } = onboard(["--deployment", "acr-remediator", platformSubscriptionId]);
  expect(status).toBe(0);
  expect(calls[0]?.slice(0, 5)).toEqual(["deployment", "sub", "show", "--name", "acr-remediator"]);
  expect(parametersOf(calls[1])).toMatchObject({ parameters: { app: { value: app } } });
});

it("passes parameters on", () => {
  const { calls } = onboard(["--parameter", "keepsDeadLetters=false", platformSubscriptionId], fromAzd);
  expect(calls[0]).toContain("keepsDeadLetters=false");
});

it("gives rights at a management group, and onboards all that is in it, page by page", () => {
  const pages = {
    first: { data: [{ subscriptionId: platformSubscriptionId }], $skipToken: "more" },
    more: { data: [{ subscriptionId: farSubscriptionId }] },
  };
  const { status, calls } = onboard(["--management-group", "contoso-ml"], {
    ...fromAzd,
    AZ_PAGES: JSON.stringify(pages),
  });
  expect(status).toBe(0);
  const [group, query, next, ...subscriptions] = calls;
  expect(group?.slice(0, 5)).toEqual(["deployment", "mg", "create", "--management-group-id", "contoso-ml"]);
  expect(group).toContain(`${root}infra/management-group.bicep`);
  expect(parametersOf(query)).toMatchObject({ managementGroups: ["contoso-ml"], query: queries.subscriptions });
  expect(parametersOf(next)).toMatchObject({ options: { $skipToken: "more" } });
  expect(subscriptions.map((call) => call[4])).toEqual([platformSubscriptionId, farSubscriptionId]);
});

it("goes on with the others when one is refused, and says which", () => {
  const { status, stderr, calls } = onboard([platformSubscriptionId, farSubscriptionId], {
    ...fromAzd,
    AZ_REFUSES: platformSubscriptionId,
  });
  expect(status).toBe(1);
  expect(calls).toHaveLength(2);
  expect(stderr).toContain(`Failed: ${platformSubscriptionId}.`);
});

it("says how it is used, and asks Azure for nothing, when it does not know which subscription or which app", () => {
  expect(onboard([], fromAzd)).toMatchObject({ status: 2, calls: [] });
  expect(onboard([platformSubscriptionId])).toMatchObject({ status: 1, calls: [] });
});
