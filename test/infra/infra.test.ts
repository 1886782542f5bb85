/** All tests of the templates, in one file: so each deployment is evaluated once. */
import { afterAll, expect, it } from "vitest";
import { howToInstallBicep } from "../../local/bicep.ts";
import { closeBicep, program } from "./templates.ts";

if (program !== undefined) {
  afterAll(closeBicep);
  await import("./files.suite.ts");
  await import("./hardening.suite.ts");
  await import("./settings.suite.ts");
  await import("./rights.suite.ts");
  await import("./events.suite.ts");
  await import("./alerts.suite.ts");
} else if (process.env["CI"] === "true") {
  it("the templates are tested", () => {
    expect.fail(howToInstallBicep);
  });
} else {
  console.warn(`The templates of infra/ are not tested: ${howToInstallBicep}`); // reporters tell of what is skipped, not why
  it.skip("the templates are tested", () => undefined);
}
