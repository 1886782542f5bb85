import { expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { call } from "../e2e/app.ts";
import type { Stage } from "./stage.ts";

/** What `GET /api/dashboard` answers, and what the browser lets it do. */
export function served(stack: Stack, stage: Stage): void {
  it("is served without a key, with headers that let nothing in but its own script and style", async () => {
    const response = await fetch(stage.url());
    const { headers } = response;
    expect(response.status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = new Map(
      (headers.get("content-security-policy") ?? "").split("; ").map((directive) => {
        const [name = "", ...values] = directive.split(" ");
        return [name, values.join(" ")] as const;
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      "default-src": "'none'",
      "script-src": expect.stringMatching(/^'sha256-[\w+/]{43}='$/) as string,
      "style-src": expect.stringMatching(/^'sha256-[\w+/]{43}='$/) as string,
      "img-src": "data:",
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "'none'",
      "require-trusted-types-for": "'script'",
      "trusted-types": "'none'",
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("names no other address, and holds no key", async () => {
    const html = await (await fetch(stage.url())).text();
    const addresses = html.match(/https?:\/\/[^\s"'`)]+/g) ?? [];
    // Names of XML, which nobody asks for.
    expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).toEqual([]);
    expect(html).not.toContain(stack.host.functionKey);
  });

  it("runs no script and takes no markup that somebody puts into it", async () => {
    const page = await stage.tab({ isTried: true });
    await page.goto(stage.url());
    await page.getByLabel("Function key").waitFor();
    const [ran, refused] = await page.evaluate<[boolean, boolean]>(`(() => {
      const script = document.createElement("script");
      let refused = false;
      try { script.text = "window.ran = true"; } catch { refused = true; }
      try { document.body.innerHTML = "<img src=x onerror='window.ran = true'>"; refused = false; } catch {}
      document.body.append(script);
      return ["ran" in window, refused];
    })()`);
    expect([ran, refused]).toEqual([false, true]);
  });

  it("is no part of the API's document", async () => {
    const { body } = await call(stack.host, "GET", "/api/openapi.json");
    expect(Object.keys((body as { paths: object }).paths)).not.toContain("/api/dashboard");
  });
}
