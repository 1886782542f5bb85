import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { settingNames } from "../src/config.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const readme = read("README.md");
const pages = ["README.md", ...markdownUnder("docs")];

function markdownUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file));
}

describe("the README", () => {
  it.each(settingNames)("tells of the setting %s", (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  it("names only settings that are read", () => {
    const named = new Set(readme.match(/\bREMEDIATOR_[A-Z_]+/g));
    expect([...named].filter((name) => !settingNames.includes(name))).toEqual([]);
  });

  it("names only npm commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([a-z-]+)/g)].map(([, script]) => script ?? "");
    expect(named).toContain("demo");
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe("the example of local settings", () => {
  it("names only settings that are read", () => {
    const { Values } = JSON.parse(read("local.settings.json.example")) as { Values: Record<string, string> };
    const ofTheHost = ["FUNCTIONS_WORKER_RUNTIME"];
    expect(Object.keys(Values).filter((name) => ![...settingNames, ...ofTheHost].includes(name))).toEqual([]);
  });
});

describe("every page", () => {
  it.each(pages)("%s links only to files that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(((?!https?:|#)[^)#]+)\)/g)].map(([, target]) => target ?? "");
    expect(links.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
  });
});
