/** `npm run screenshots`: takes the pictures of the fleet page that the README shows, and writes them to `docs/images/`. */
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { SweepView } from "../src/api/sweeps.ts";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import { workspacePath } from "../src/functions/workspace-route.ts";
import { findChromium } from "./chromium.ts";
import { created, drifted, exempted, fixture, idOf, registryId, settings } from "./pictures/cast.ts";
import { rememberNights } from "./pictures/nights.ts";
import { callApp, type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url));
const size = { width: 1200, height: 1060 };

/** Put right, and not looked at since. */
const lately = [idOf(drifted), idOf("protein-folding", "ml-research")];

const executablePath = findChromium();
if (executablePath === undefined) throw new Error("No Chromium: set CHROMIUM_PATH, or install the package chromium.");

const stack = await startStack({ azure: { fixture }, settings, events: "none" });
try {
  await play(stack);
  const browser = await chromium.launch({ executablePath });
  try {
    await takePictures(browser, stack);
  } finally {
    await browser.close();
  }
} finally {
  await stack.close();
}

/** Brings each workspace to the outcome that it has in the pictures. */
async function play({ azurite, azure, host }: Stack): Promise<void> {
  const ask = async (method: string, id: string, what: string, body?: unknown): Promise<void> => {
    const path = `/api/${workspacePath(parseWorkspaceId(id))}/${what}`;
    const { status } = await callApp(host, method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} was answered ${status}.`);
  };
  await rememberNights(azurite.connectionString);
  const monthMs = 30 * 86_400_000;
  const exemption = { until: new Date(Date.now() + monthMs).toISOString(), reason: exempted.reason };
  await ask("PUT", exempted.id, "exemption?wait=30", exemption);
  const workspaces = (fixture.resources ?? []).filter(({ id }) => id.includes("/workspaces/")).map(({ id }) => id);
  for (const id of workspaces) await ask("POST", id, "remediate?wait=30");
  // What is found right once more is compliant; two of them stay as they were put right.
  for (const id of workspaces.filter((id) => !lately.includes(id))) await ask("POST", id, "remediate?wait=30");
  losesItsRight(stack);
  azure.world.settings.identityDelaySeconds = 3_600;
  azure.world.put(created, { event: false });
  await sweep(stack);
}

/** Somebody takes the right to pull from a workspace, and no event tells of it. */
function losesItsRight({ azure }: Stack): void {
  const principalId = azure.world.get(idOf(drifted))?.identity?.principalId ?? "";
  azure.world.revoke({ scope: registryId, principalId }, { event: false });
}

/** Has everything swept, and waits until the looks are over. */
async function sweep({ host }: Stack): Promise<void> {
  const { body } = await callApp(host, "POST", "/api/sweeps");
  const { id } = body as { id: string };
  await until("the sweep and its looks to end", async () => {
    const { status, body: found } = await callApp(host, "GET", `/api/sweeps/${id}`);
    if (status !== 200) return false;
    const { state, requested, results } = found as SweepView;
    const over = Object.values(results).reduce((sum, count) => sum + count, 0);
    return state === "finished" && over >= requested;
  });
}

async function takePictures(browser: Browser, stack: Stack): Promise<void> {
  const { host } = stack;
  const open = async (colorScheme: "light" | "dark"): Promise<Page> => {
    const page = await browser.newPage({ viewport: size, colorScheme });
    await page.goto(`${host.url}/api/dashboard`);
    await page.getByLabel("Function key").fill(host.functionKey);
    await page.getByRole("button", { name: "Open the fleet" }).click();
    await page.getByRole("link", { name: drifted }).waitFor();
    await page.getByText("looks have ended").waitFor();
    return page;
  };
  for (const scheme of ["light", "dark"] as const)
    await (await open(scheme)).screenshot({ path: `${folder}fleet-${scheme}.png` });
  losesItsRight(stack);
  const page = await open("light");
  await page.getByRole("link", { name: drifted }).click();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByText("Nothing was changed.").waitFor();
  await page.setViewportSize({ ...size, height: 920 });
  await page.screenshot({ path: `${folder}workspace.png` });
}
