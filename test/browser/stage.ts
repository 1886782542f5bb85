/** A real Chromium that opens the fleet page as the stand-in for the host serves it. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Stack } from "../../local/stack.ts";

/** What no page may do. */
export interface Misdeeds {
  /** What the browser wrote into its console as an error, and what a script threw. */
  readonly errors: string[];
  /** What Content-Security-Policy kept from happening. */
  readonly violations: string[];
  /** Addresses of other origins that were asked for. */
  readonly elsewhere: string[];
}

export interface Stage {
  readonly misdeeds: Misdeeds;
  /** Where the page is. @param address what follows # */
  url(address?: string): string;
  /** A tab of its own, closed after the test: nothing is kept in it. @param options `isTried`: misdeeds are what the test is after */
  tab(options?: { isTried: boolean }): Promise<Page>;
  /** The tab that tests share, as starting one takes long: with nothing in it but a key once one was given, nothing stubbed, wide and light. */
  blank(): Promise<Page>;
  /** Opens the page in a tab, and gives the key where it is asked for. */
  open(page: Page, address?: string): Promise<void>;
  /** The page in the shared tab. */
  fleet(address?: string): Promise<Page>;
}

/** Browsers say so themselves of each answer that is an error: the page cannot keep them from it. */
const saidByTheBrowser = /^Failed to load resource: the server responded with a status of \d{3}/;
/** Each page would have a process of its own, and the next one's would be started ahead. */
const fewProcesses = ["--renderer-process-limit=1", "--disable-site-isolation-trials"];
const wide = { width: 1200, height: 900 };

/** One browser for all tests of a file. */
export function useBrowser(stack: Stack, executablePath: string): Stage {
  let browser: Browser | undefined;
  let shared: Page | undefined;
  const open: Page[] = [];
  const misdeeds: Misdeeds = { errors: [], violations: [], elsewhere: [] };
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: fewProcesses });
  });
  afterEach(async () => {
    for (const page of open.splice(0)) await page.context().close();
  });
  afterAll(() => browser?.close());

  const newTab = async (isTried = false): Promise<Page> => {
    if (browser === undefined) throw new Error("The browser is used before the tests began.");
    const context = await browser.newContext({ viewport: wide });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    if (!isTried) await watch(page, misdeeds, stack.host.url);
    return page;
  };
  const stage: Stage = {
    misdeeds,
    url: (address = "") => `${stack.host.url}/api/dashboard${address === "" ? "" : `#${address}`}`,
    tab: async ({ isTried } = { isTried: false }) => {
      const page = await newTab(isTried);
      open.push(page);
      return page;
    },
    blank: async () => {
      shared ??= await newTab();
      await shared.unrouteAll({ behavior: "ignoreErrors" });
      await shared.goto("about:blank");
      await shared.setViewportSize(wide);
      await shared.emulateMedia({ colorScheme: "light" });
      return shared;
    },
    open: async (page, address) => {
      await page.goto(stage.url(address));
      const isIn = page.getByRole("button", { name: "Forget key" });
      const key = page.getByLabel("Function key");
      await isIn.or(key).waitFor();
      if (await key.isVisible()) await signIn(page, stack.host.functionKey);
      await isIn.waitFor();
    },
    fleet: async (address) => {
      const page = await stage.blank();
      await stage.open(page, address);
      return page;
    },
  };
  return stage;
}

/** Enters a key where the page asks for one. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Function key").fill(key);
  await page.getByRole("button", { name: "Open the fleet" }).click();
}

/** The row of the list for a workspace. */
export function rowOf(page: Page, name: string) {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
}

async function watch(page: Page, { errors, violations, elsewhere }: Misdeeds, origin: string): Promise<void> {
  page.on("console", (message) => {
    if (message.type() === "error" && !saidByTheBrowser.test(message.text())) errors.push(message.text());
  });
  page.on("pageerror", (error) => {
    errors.push(String(error));
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) elsewhere.push(url);
  });
  await page.exposeFunction("tellViolation", (text: string) => {
    violations.push(text);
  });
  await page.addInitScript(
    `addEventListener("securitypolicyviolation", (e) => tellViolation(e.effectiveDirective + " " + e.blockedURI))`,
  );
}
