import { expect, it } from "vitest";
import type { Stage } from "./stage.ts";

/** What is told of sweeps. Begins with a fleet that nobody has looked at. */
export function sweeping(stage: Stage): void {
  it("is asked for, and followed to the end of its looks without a reload", async () => {
    const page = await stage.fleet();
    const panel = page.getByRole("region", { name: "Last sweep" });
    await panel.getByText("There was none yet.").waitFor();
    await page.getByText("None is like that.").waitFor();
    await panel.getByRole("button", { name: "Sweep now" }).click();
    await panel.getByText("finished", { exact: true }).waitFor();
    await panel.getByText("6 of 6 looks have ended").waitFor();
    // Counts and list follow.
    await page.getByRole("button", { name: "5 remediated" }).waitFor();
    await page.getByRole("button", { name: "1 exempt" }).waitFor();
    await page.getByText("6 shown").waitFor();

    const chart = page.getByRole("region", { name: "Drift per night" });
    await chart.getByText("As a table").click();
    expect(await chart.getByRole("row").last().innerText()).toMatch(/\s5\s+5$/);
    const changed = page.getByRole("region", { name: "What the last sweep found to change" }).first();
    expect(await changed.getByRole("row", { name: "contosoml" }).innerText()).toMatch(/^contosoml\s+5\s+5\s+5\s+5$/);
  });

  it("is not asked about while nobody can see the page", async () => {
    const page = await stage.tab();
    await page.clock.install();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/api/sweeps")) asked.push(request.url());
    });
    await page.addInitScript(`window.isHidden = false;
      Object.defineProperty(document, "hidden", { get: () => window.isHidden });`);
    await stage.open(page);
    await page.getByRole("region", { name: "Last sweep" }).getByText("finished", { exact: true }).waitFor();
    const showing = async (isHidden: boolean): Promise<void> => {
      await page.evaluate(`isHidden = ${isHidden}; document.dispatchEvent(new Event("visibilitychange"));`);
    };
    await showing(true);
    asked.length = 0;
    await page.clock.fastForward("01:00:00");
    await page.clock.fastForward("01:00:00");
    expect(asked).toEqual([]);
    const again = page.waitForRequest("**/api/sweeps?limit=3");
    await showing(false);
    await again;
  });

  it("in audit mode tells what enforcing would change", async () => {
    const page = await stage.blank();
    await page.route("**/api/fleet", async (route) => {
      const response = await route.fetch();
      if (!response.ok()) return route.fulfill({ response });
      return route.fulfill({ response, json: { ...((await response.json()) as object), mode: "audit" } });
    });
    await stage.open(page);
    await page.getByText("Audit mode").waitFor();
    await page.getByRole("region", { name: "What enforcing would change" }).first().waitFor();
  });
}
