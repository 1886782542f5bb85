import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { FleetPage } from "../../src/api/fleet.ts";
import { registryId, subscriptionId, workspace, workspaceIdOf } from "../e2e/cast.ts";
import { rowOf, type Stage } from "./stage.ts";

/** What this suite needs in the stand-in for Azure. */
export const listingCast = [
  workspace("pricing"),
  workspace("forecasting"),
  workspace("left-alone", { tags: { "acr-remediation": "skip" } }),
];

/** How workspaces are found. Comes after a sweep. */
export function listing(stage: Stage): void {
  it("shows each workspace with outcome, reason, registry and next look", async () => {
    const page = await stage.fleet();
    expect(await rowOf(page, "pricing").innerText()).toMatch(
      /(?:remediated|compliant)[\s\S]*contosoml[\s\S]*ago[\s\S]*in \d/,
    );
    expect(await rowOf(page, "left-alone").innerText()).toMatch(/exempt\s+OptOutTag[\s\S]*by sweep or event/);
  });

  it("is filtered by the counts, by reasons, and by what is typed", async () => {
    const page = await stage.fleet();
    const names = async (): Promise<string[]> => (await page.locator("table.list a").allInnerTexts()).sort();
    const shown = (text: string) => page.getByRole("status").getByText(text, { exact: true }).waitFor();
    await shown("6 shown");

    const exempt = page.getByRole("button", { name: "1 exempt" });
    await exempt.click();
    await shown("1 shown");
    expect(await names()).toEqual(["left-alone"]);
    expect(await exempt.getAttribute("aria-pressed")).toBe("true");
    expect(page.url()).toContain("outcome=exempt");
    await page.getByRole("button", { name: "Clear" }).click();
    await shown("6 shown");

    await page.getByRole("button", { name: "OptOutTag 1" }).click();
    await shown("1 shown");
    expect(await filter(page, "Reason").inputValue()).toBe("OptOutTag");
    await page.getByRole("button", { name: "Clear" }).click();
    await shown("6 shown");

    await filter(page, "Search").fill("CAST");
    await shown("1 shown");
    expect(await names()).toEqual(["forecasting"]);
    await filter(page, "Search").fill("");
    await filter(page, "Registry").fill("contosoml");
    await shown("5 shown");
    await filter(page, "Subscription").selectOption(subscriptionId);
    await filter(page, "Outcome").selectOption("blocked");
    await shown("None is like that.");
  });

  it("opens with the filter that its address names", async () => {
    const page = await stage.fleet("outcome=exempt");
    await page.getByText("1 shown").waitFor();
    expect(await filter(page, "Outcome").inputValue()).toBe("exempt");
  });

  it("looks further by itself where a page is empty and not the last", async () => {
    const page = await stage.blank();
    await page.route("**/api/workspaces?*", (route) => {
      const asked = Number(new URL(route.request().url()).searchParams.get("continuation") ?? "0");
      const json: FleetPage =
        asked < 3 ? { workspaces: [], continuation: String(asked + 1) } : { workspaces: [listed(7)] };
      return route.fulfill({ json });
    });
    await stage.open(page);
    await page.getByText("1 shown").waitFor();
  });

  it("of 10,000 workspaces keeps some hundred rows, and goes on answering", async () => {
    const page = await stage.blank();
    await page.route("**/api/workspaces?*", (route) => {
      const { searchParams } = new URL(route.request().url());
      const limit = Number(searchParams.get("limit"));
      const from = Number(searchParams.get("continuation") ?? "0");
      const workspaces = Array.from({ length: Math.min(limit, 10_000 - from) }, (_, index) => listed(from + index));
      const to = from + workspaces.length;
      return route.fulfill({ json: { workspaces, ...(to < 10_000 ? { continuation: String(to) } : {}) } });
    });
    await stage.open(page);
    const rows = page.locator("table.list tbody tr");
    for (let shown = 100; shown <= 500; shown += 100) {
      await page.getByText(`${shown.toLocaleString("en")} shown, and there are more`).waitFor();
      expect(await rows.count()).toBeLessThanOrEqual(400);
      await page.getByRole("button", { name: "Show more" }).click();
    }
    await page.getByText("201 to 600 shown, and there are more").waitFor();
    await page.getByRole("button", { name: "Back to the first" }).click();
    await page.getByText("100 shown, and there are more").waitFor();
    await rowOf(page, "generated-00001").getByRole("link").click();
    await page.getByRole("heading", { name: "generated-00001" }).waitFor();
  });
}

/** A field of the form that filters. */
function filter(page: Page, label: string) {
  return page.getByRole("search").getByLabel(label);
}

function listed(index: number): FleetPage["workspaces"][number] {
  const id = workspaceIdOf(`generated-${String(index).padStart(5, "0")}`);
  const lookedAt = "2026-03-01T12:00:00.000Z";
  return { id, outcome: "blocked", reason: "AuditMode", registryId, lookedAt };
}
