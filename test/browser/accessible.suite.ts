import { AxeBuilder } from "@axe-core/playwright";
import { expect, it } from "vitest";
import type { Page } from "playwright-core";
import type { Stage } from "./stage.ts";

/** That nobody is kept out: those who do not see the page, use no mouse, or have a narrow window. */
export function accessible(stage: Stage): void {
  it.each(["light", "dark"] as const)("axe finds nothing serious in any view (%s)", async (colorScheme) => {
    const page = await stage.tab();
    await page.emulateMedia({ colorScheme });
    await page.goto(stage.url());
    await page.getByLabel("Function key").waitFor();
    const signIn = await seriousIn(page, colorScheme === "dark");
    await stage.open(page);
    await page.getByRole("link", { name: "broken", exact: true }).waitFor();
    await page.getByText("looks have ended").waitFor();
    await page.getByText("As a table").click();
    const fleet = await seriousIn(page, colorScheme === "dark");
    await page.getByRole("link", { name: "handed-over", exact: true }).click();
    await page.getByRole("button", { name: "Diagnose" }).click();
    await page.getByText("az role assignment create").waitFor();
    const workspace = await seriousIn(page, colorScheme === "dark");
    await page.getByRole("button", { name: "Exempt until…" }).click();
    await page.getByRole("dialog").waitFor();
    const dialog = await seriousIn(page, colorScheme === "dark");
    expect({ signIn, fleet, workspace, dialog }).toEqual({ signIn: [], fleet: [], workspace: [], dialog: [] });
  });

  it("can be used with the keyboard alone", async () => {
    const page = await stage.fleet();
    await page.getByRole("link", { name: "broken", exact: true }).waitFor();
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toContain("all");
    await page.getByRole("link", { name: "broken", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "broken", exact: true }).waitFor();
    await page.getByRole("button", { name: "Back to the fleet" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Workspaces", exact: true }).waitFor();
  });

  it("at a width of 400 shows every column of the list, without scrolling sideways", async () => {
    const page = await stage.blank();
    await page.setViewportSize({ width: 400, height: 800 });
    await stage.open(page);
    await page.getByRole("link", { name: "pricing" }).waitFor();
    const row = page.getByRole("row").filter({ hasText: "pricing" });
    expect(await row.getByRole("cell").count()).toBe(4);
    expect(await row.getByText("contosoml").isVisible()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    await page.getByRole("link", { name: "pricing" }).click();
    await page.getByRole("region", { name: "Conditions" }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
  });
}

/** What axe finds. In the dark only colours differ. */
async function seriousIn(page: Page, isDark: boolean): Promise<string[]> {
  // Legacy: without a tab of its own for each run, which the page, having no frames, needs not.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (isDark ? axe.withRules("color-contrast") : axe).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${String(target)} ${failureSummary ?? ""}`),
    );
}
