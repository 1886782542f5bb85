import { expect, it } from "vitest";
import type { Page } from "playwright-core";
import type { Stack } from "../../local/stack.ts";
import { principalOf, writesFor } from "../e2e/app.ts";
import { registryId, workspace, workspaceIdOf } from "../e2e/cast.ts";
import type { Stage } from "./stage.ts";

/** What this suite needs in the stand-in for Azure. */
export const oneWorkspaceCast = [workspace("broken"), workspace("handed-over")];

/** What is shown of one workspace, and what can be done to it. Comes after a sweep. */
export function oneWorkspace(stack: Stack, stage: Stage): void {
  const open = async (name: string): Promise<Page> => {
    const page = await stage.fleet();
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    return page;
  };

  it("is shown with its conditions, who pulls, what was done and its history; Back goes back to its row", async () => {
    const page = await open("broken");
    const section = (name: string) => page.getByRole("region", { name, exact: true });
    await section("Conditions").getByText("RegistryAttached").waitFor();
    expect(await section("Conditions").innerText()).toMatch(
      /yes\s+RegistryAttached[\s\S]*yes\s+PullGranted[\s\S]*KeysSynced/,
    );
    expect(await section("Who pulls").innerText()).toMatch(/can pull\s+workspace identity/);
    expect(await section("Timeline").innerText()).toMatch(/cause: [\w, ]*sweep[\s\S]*attach contosoml/);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("broken");

    await page.goBack();
    await page.getByRole("heading", { name: "Workspaces", exact: true }).waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("broken");
  });

  it("is checked without a change, and remediated once that is confirmed", async () => {
    const id = workspaceIdOf("broken");
    stack.azure.world.revoke({ scope: registryId, principalId: principalOf(stack.azure, id) }, { event: false });
    const before = writesFor(stack.azure, id).length;
    const page = await open("broken");
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("Remediate would:").waitFor();
    await page.getByText("nothing was changed").waitFor();

    const dialog = page.getByRole("dialog", { name: "Remediate the workspace?" });
    const remediate = page.getByRole("button", { name: "Remediate…" });
    await remediate.click();
    await dialog.getByText("grant AcrPull on contosoml").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Remediate…");
    expect(writesFor(stack.azure, id)).toHaveLength(before);

    await remediate.click();
    await dialog.getByRole("button", { name: "Remediate" }).click();
    await page.getByText("The look has ended:").waitFor();
    expect(writesFor(stack.azure, id)).toHaveLength(before + 1);
    await page
      .getByRole("region", { name: "Timeline" })
      .getByText(/cause: .*http/)
      .first()
      .waitFor();
    const done = page.getByRole("region", { name: "Done", exact: true });
    expect(await done.innerText()).toContain("grant AcrPull on contosoml");
  });

  it("that still waits is followed until it does no longer", async () => {
    const { world } = stack.azure;
    world.settings.identityDelaySeconds = 5;
    world.put(workspace("late"), { event: false });
    world.settings.identityDelaySeconds = 0;
    const page = await stage.fleet(`workspace=${encodeURIComponent(workspaceIdOf("late"))}`);
    await page.getByText("Nothing is known of this workspace.").waitFor();
    await page.route("**/remediate?wait=20", (route) =>
      route.continue({ url: route.request().url().replace("20", "1") }),
    );
    await page.getByRole("button", { name: "Remediate…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remediate" }).click();
    await page.getByText("The look goes on:").waitFor();
    await page.getByText("A look goes on; this page follows it.").waitFor();
    await page.locator(".title").getByText("remediated").waitFor();
    await page.getByText("A look goes on; this page follows it.").waitFor({ state: "detached" });
  });

  it("is exempt until a day that is named, with a reason, and included again", async () => {
    const page = await open("handed-over");
    await page.getByRole("button", { name: "Exempt until…" }).click();
    const dialog = page.getByRole("dialog", { name: "Exempt the workspace" });
    await dialog.getByLabel("Why").fill("It moves to <another> team.");
    await dialog.getByRole("button", { name: "Exempt" }).click();
    await page.locator(".title").getByText("OperatorExemption").waitFor();
    expect(await page.getByRole("region", { name: "State" }).innerText()).toContain("It moves to <another> team.");
    await page.getByRole("button", { name: "Include" }).click();
    await page.getByRole("button", { name: "Exempt until…" }).waitFor();
    await page.getByText("An operator had it included again.").waitFor();
  });

  it("is diagnosed when that is asked for, with the commands that mend it", async () => {
    const id = workspaceIdOf("handed-over");
    stack.azure.world.revoke({ scope: registryId, principalId: principalOf(stack.azure, id) }, { event: false });
    const page = await open("handed-over");
    await page.getByRole("button", { name: "Diagnose" }).click();
    const diagnosis = page.getByRole("region", { name: "Diagnosis" });
    await diagnosis.getByText("az role assignment create").waitFor();
    expect(await diagnosis.innerText()).toMatch(
      /may not pull from contosoml[\s\S]*problem\s+pullRight workspace identity/,
    );
  });

  it("what the app refuses is told in its words", async () => {
    const foreign = workspaceIdOf("theirs", "99999999-9999-4999-8999-999999999999");
    const page = await stage.fleet(`workspace=${encodeURIComponent(foreign)}`);
    await page.getByRole("alert").getByText("The workspace lies outside the policy.").waitFor();
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("The workspace lies outside the policy.").nth(1).waitFor();
  });
}
