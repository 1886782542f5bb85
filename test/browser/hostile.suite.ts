import { expect, it } from "vitest";
import type { FleetPage } from "../../src/api/fleet.ts";
import type { WorkspaceWithHistory } from "../../src/api/workspace.ts";
import { registryId, workspaceIdOf } from "../e2e/cast.ts";
import type { Stage } from "./stage.ts";

const script = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;
const hostileNames = [
  script.replaceAll("/", ""),
  "long-".repeat(40),
  "\u202Egnp.exe\u202E",
  "שלום-العالم",
  `"><svg onload=window.ran=1>`,
];

/** What comes from Azure, and from whoever names things there, is text and nothing else. */
export function hostile(stage: Stage): void {
  it.each([1200, 400])("at a width of %i runs nothing and breaks nothing, whatever a name holds", async (width) => {
    const page = await stage.blank();
    await page.setViewportSize({ width, height: 800 });
    await page.route("**/api/workspaces?*", (route) => route.fulfill({ json: hostilePage() }));
    await page.route("**/api/workspaces/**", (route) => route.fulfill({ json: hostileWorkspace() }));
    await page.route("**/api/workspaces/**/remediate?*", (route) =>
      route.fulfill({ status: 502, contentType: "application/problem+json", json: { title: script, detail: script } }),
    );
    await stage.open(page);
    await page.getByText(`${hostileNames.length} shown`).waitFor();
    expect(await page.locator("table.list a").allTextContents()).toEqual(hostileNames);
    expect(await isWiderThanTheWindow()).toBe(false);

    for (const name of hostileNames.slice(0, 2)) {
      await page.getByRole("link", { name, exact: true }).click();
      await page.getByRole("region", { name: "Timeline" }).getByText(script).first().waitFor();
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByRole("alert").getByText(script).first().waitFor();
      expect(await isWiderThanTheWindow()).toBe(false);
      await page.getByRole("button", { name: "Back to the fleet" }).click();
    }
    expect(await page.locator("main img, main svg, main script").count()).toBe(0);
    expect(await page.evaluate("window.ran")).toBeUndefined();

    function isWiderThanTheWindow(): Promise<boolean> {
      return page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    }
  });

  it("an address with markup in it filters by that, and nothing more", async () => {
    const page = await stage.fleet(`outcome=${encodeURIComponent(script)}&search=${encodeURIComponent(script)}`);
    await page.getByRole("alert").getByText("The query cannot be understood.").waitFor();
    expect(await page.evaluate("window.ran")).toBeUndefined();
  });
}

function hostilePage(): FleetPage {
  const workspaces = hostileNames.map((name) => ({
    id: workspaceIdOf(name),
    outcome: "blocked" as const,
    reason: script,
    registryId: `${registryId}/${script}`,
  }));
  return { workspaces };
}

function hostileWorkspace(): WorkspaceWithHistory {
  const at = "2026-03-01T12:00:00.000Z";
  const request = { id: "r", cause: script, acceptedAt: at, evidence: { [script]: script } };
  return {
    id: workspaceIdOf("hostile"),
    outcome: "blocked",
    outcomeAt: at,
    reason: script,
    message: `${script} ${"x".repeat(300)}`,
    registryId: `${registryId}${"y".repeat(200)}`,
    conditions: [{ type: script, status: "False", reason: script, message: script, since: at }],
    warnings: [{ reason: script, message: script }],
    principals: [{ label: script, canPull: false, how: script }],
    exemption: { until: at, reason: `\u202E${script}` },
    history: [
      {
        at,
        reconcileId: "1",
        phase: "ended",
        requests: [request],
        requestCount: 1,
        planned: [script],
        done: [script],
        notes: [script],
        outcome: { kind: "blocked", reason: script, message: script },
        durationMs: 1,
      },
    ],
  };
}
