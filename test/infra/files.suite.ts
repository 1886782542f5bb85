import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile, compileAll, formatted, program, root, templates } from "./templates.ts";

const compiled = await compileAll();

interface Template {
  readonly parameters: Readonly<
    Record<string, { readonly defaultValue?: unknown; readonly allowedValues?: readonly string[] }>
  >;
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}

/** Which compiler made a template is said in each; another version may make the same. */
function withoutGenerator(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => (key === "_generator" ? undefined : value));
}

it("every template is built without a word of compiler or linter", () => {
  expect(templates.length).toBeGreaterThan(15);
  for (const [file, { contents, diagnostics }] of compiled) {
    expect(diagnostics, file).toEqual([]);
    expect(contents, file).toBeDefined();
  }
});

it("bicep lint says nothing either", () => {
  const said = execFileSync(program ?? "", ["lint", "--pattern", `${root}infra/**/*.bicep`], {
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(said).toBe("");
});

it("the linter is as strict as can be: every rule is an error, but for one that is experimental", () => {
  const levels = [...read(`${root}infra/bicepconfig.json`).matchAll(/"([a-z-]+)": \{ "level": "([a-z]+)"/g)];
  expect(levels.length).toBeGreaterThan(50);
  expect(levels.filter(([, , level]) => level !== "error").map(([, rule]) => rule)).toEqual([
    "what-if-short-circuiting",
  ]);
});

it("every template is formatted: npm run infra:format", async () => {
  for (const file of templates) expect(read(`${root}infra/${file}`), file).toBe(await formatted(file));
});

it("azuredeploy.json is what main.bicep becomes: npm run infra:build", async () => {
  expect(withoutGenerator(read(`${root}azuredeploy.json`))).toEqual(withoutGenerator(await compile("main.bicep")));
});

it.each(templates)("nothing reads a key (%s)", async (file) => {
  expect(await compile(file)).not.toMatch(/list(Keys|Credentials|AccountSas|ServiceSas|CallbackUrl)|AccountKey=/i);
});

it("three questions are asked, and the answer to the mode is audit first", () => {
  const { parameters } = JSON.parse(read(`${root}azuredeploy.json`)) as Template;
  const asked = Object.keys(parameters).filter((name) => parameters[name]?.defaultValue === undefined);
  expect(asked).toEqual(["environmentName", "location", "defaultRegistry", "mode"]); // the first is azd's own
  expect(parameters["mode"]?.allowedValues).toEqual(["audit", "enforce"]);
});

it("azd gives parameters that there are, those that are asked for from its environment", () => {
  const { parameters } = JSON.parse(read(`${root}infra/main.parameters.json`)) as Template;
  const known = (JSON.parse(read(`${root}azuredeploy.json`)) as Template).parameters;
  expect(Object.keys(parameters).filter((name) => !(name in known))).toEqual([]);
  expect(Object.keys(parameters)).toEqual(["environmentName", "location", "defaultRegistry", "mode"]);
});

it("azd deploys the package that npm makes, and onboards the subscription after that", () => {
  const { name, version, scripts } = JSON.parse(read(`${root}package.json`)) as {
    readonly name: string;
    readonly version: string;
    readonly scripts: Readonly<Record<string, string>>;
  };
  const text = read(`${root}azure.yaml`);
  expect(text).toContain(`dist: dist/${name}-${version}.zip\n`);
  const [, after = ""] = text.split("postdeploy:");
  expect(after.match(/run: npm run onboard -- \$(env:)?AZURE_SUBSCRIPTION_ID/g)).toHaveLength(2);
  expect(scripts["onboard"]).toBe("node infra/onboard.ts");
});
