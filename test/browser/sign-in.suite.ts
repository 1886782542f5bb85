import { expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { signIn, type Stage } from "./stage.ts";

/** How somebody gets in, and out again. */
export function signingIn(stack: Stack, stage: Stage): void {
  it("a wrong key is called wrong, and another one may be tried", async () => {
    const page = await stage.tab();
    await page.goto(stage.url());
    await signIn(page, "not-the-key");
    await page.getByText("The app refuses this key.").waitFor();
    expect(await page.getByRole("button", { name: "Open the fleet" }).isEnabled()).toBe(true);
    await signIn(page, "nöt a key");
    await page.getByText("letters, digits and signs of ASCII only").waitFor();
    await signIn(page, ` ${stack.host.functionKey} `);
    await page.getByText("Enforce mode").waitFor();
  });

  it("the key is kept for the tab alone, survives a reload, and is forgotten when that is asked for", async () => {
    const page = await stage.tab();
    await stage.open(page);
    await page.reload();
    await page.getByText("Enforce mode").waitFor();
    const kept = async (): Promise<unknown> =>
      page.evaluate(`[Object.values(sessionStorage), Object.keys(localStorage), document.cookie]`);
    expect(await kept()).toEqual([[stack.host.functionKey], [], ""]);
    expect(page.url()).not.toContain(stack.host.functionKey);

    await page.getByRole("button", { name: "Forget key" }).click();
    await page.getByLabel("Function key").waitFor();
    expect(await kept()).toEqual([[], [], ""]);
    await page.reload();
    await page.getByLabel("Function key").waitFor();
  });

  it("whoever is let in without a key is asked for none", async () => {
    const page = await stage.tab();
    await page.route("**/api/**", async (route) => {
      const headers = { ...route.request().headers(), "x-functions-key": stack.host.functionKey };
      await route.continue({ headers });
    });
    await page.goto(stage.url());
    await page.getByText("Enforce mode").waitFor();
    expect(await page.getByLabel("Function key").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Forget key" }).count()).toBe(0);
  });

  it("a key that is renewed meanwhile is asked for again", async () => {
    const page = await stage.tab();
    await stage.open(page);
    await page.route("**/api/sweeps", (route) => route.fulfill({ status: 401 }));
    await page.getByRole("button", { name: "Sweep now" }).click();
    await page.getByText("does not take the key any more").waitFor();
  });

  it("what the app says is wrong is shown in its words, and tried again", async () => {
    const page = await stage.tab();
    const problem = { status: 503, title: "The app's settings are wrong.", detail: "The log <b>lists</b> them." };
    await page.route("**/api/fleet", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }),
    );
    await page.goto(stage.url());
    await page.getByText("The app's settings are wrong.").waitFor();
    await page.getByText("The log <b>lists</b> them.").waitFor();
    await page.unroute("**/api/fleet");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("Function key").waitFor();
  });
}
