import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { settingNames } from "../src/settings.ts";
import { routedOperations } from "../src/functions/event-routing.ts";
import { counters, duration, gauges, up } from "../src/telemetry/instruments.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const readme = read("README.md");
const pages = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", ...markdownUnder("docs")];

function markdownUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file));
}

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const commandsIn = (page: string): string[] =>
  [...read(page).matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, script]) => script ?? "");

describe("the README", () => {
  it.each(settingNames)("tells of the setting %s", (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  it("names only settings that are read", () => {
    const named = new Set(readme.match(/\bREMEDIATOR_[A-Z_]+/g));
    expect([...named].filter((name) => !settingNames.includes(name))).toEqual([]);
  });

  it("names npm commands, which are looked for on every page below", () => {
    expect(commandsIn("README.md")).toContain("demo");
  });
});

describe("the operations page", () => {
  const operations = read("docs/operations.md");
  const outcomes = read("src/core/outcome.ts");
  /** The words of a union type, as the source spells them. */
  const words = (type: string, source = outcomes): string[] => {
    const [, union = ""] = new RegExp(`export type ${type} =([^;]+);`).exec(source) ?? [];
    return [...union.matchAll(/"([A-Za-z]+)"/g)].map(([, word]) => word ?? "");
  };
  const kinds = [...outcomes.matchAll(/readonly kind: "([a-z]+)"/g)].map(([, kind]) => kind ?? "");
  const ofConditions = ["plan", "key-sync", "journal", "images"].flatMap((file) =>
    [
      ...read(`src/core/${file}.ts`).matchAll(/(?:reason: |\? |: |finding\("[A-Za-z]+", )"([A-Z][a-z]+[A-Za-z]*)"/g),
    ].map(([, reason]) => reason ?? ""),
  );
  const ofRejected = ["event-routing", "queue-message", "poison", "events"].flatMap((file) =>
    [
      ...read(`src/functions/${file}.ts`).matchAll(
        /(?:reason: |reject\(|rejected\(|unroutable\(\s*)"([A-Z][A-Za-z]+)"/g,
      ),
    ].map(([, reason]) => reason ?? ""),
  );
  const ofNotices = [...read("src/notices/notices.ts").matchAll(/reason: "([A-Z][A-Za-z]+)"/g)].map(
    ([, word]) => word ?? "",
  );
  const news = [...read("src/core/news.ts").matchAll(/"((?:Workspace|Drift|AdminUser|Sweep)[A-Za-z]+)"/g)].map(
    ([, kind]) => `AzureMLAcrRemediator.${kind ?? ""}`,
  );
  const ofEvents = [...read("src/notices/cloud-event.ts").matchAll(/^ {2}readonly (\w+)\??: /gm)].map(
    ([, field]) => field ?? "",
  );
  const statuses = ["True", "False", "Unknown"];
  const actions = ["AttachRegistry", "GrantPull", "SyncKeys", "ImportImage"];

  it.each([
    ["outcome", kinds],
    ["wait", words("WaitReason")],
    ["blocked reason", words("BlockedReason")],
    ["exempt reason", words("ExemptReason")],
    ["condition", words("ConditionType")],
    ["condition reason", ofConditions.filter((word) => ![...statuses, ...actions].includes(word))],
    ["reason of what is rejected", [...ofRejected, ...ofNotices]],
    ["type of what is published", news],
    ["field of what is published", ofEvents.filter((field) => !["portal", "specversion"].includes(field))],
    ["check of a diagnosis", words("Check", read("src/core/diagnosis-facts.ts"))],
  ])("explains every %s", (_what, names) => {
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((name) => !operations.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the security page", () => {
  const [, section = ""] = read("docs/security.md").split("## Threats, and what stops each");
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("| …"))
    .map((line) => line.split("|").map((cell) => cell.trim()));

  it.each(rows.map(([, threat, , shownBy]) => [threat, shownBy ?? ""]))(
    "names tests that are there: %s",
    (_, shownBy) => {
      const named = shownBy.split(/; (?=`)/).map((part) => /^`(.+\.ts)`: (".+")$/.exec(part));
      expect(named).not.toContain(null);
      for (const [, file = "", titles = ""] of named.filter((one) => one !== null))
        for (const title of titles.slice(1, -1).split('", "')) expect(read(`test/${file}`)).toContain(`"${title}"`);
    },
  );
});

it("the page on deployment tells of every parameter of the template", () => {
  const { parameters } = JSON.parse(read("azuredeploy.json")) as { parameters: object };
  const page = read("docs/deploy.md");
  expect(Object.keys(parameters).filter((name) => !page.includes(`| \`${name}\` `))).toEqual([]);
});

describe("the example of local settings", () => {
  it("names only settings that are read", () => {
    const { Values } = JSON.parse(read("local.settings.json.example")) as { Values: Record<string, string> };
    const ofTheHost = ["FUNCTIONS_WORKER_RUNTIME"];
    expect(Object.keys(Values).filter((name) => ![...settingNames, ...ofTheHost].includes(name))).toEqual([]);
  });
});

describe("every page", () => {
  it.each(pages)("%s names only npm commands that exist", (page) => {
    expect(commandsIn(page).filter((script) => !(script in scripts))).toEqual([]);
  });

  it.each(pages)("%s links only to files that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(((?!https?:|#)[^)#]+)\)/g)].map(([, target]) => target ?? "");
    expect(links.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
  });
});

it("what a person is told to do about news points at sections of the operations page", () => {
  const page = read("docs/operations.md");
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const named = [...read("src/core/remedies.ts").matchAll(/"([a-z]+(?:-[a-z]+)*)"/g)].map(([, name]) => name ?? "");
  expect(named).toContain("blocked-what-to-do");
  expect(named.filter((name) => !sections.includes(name))).toEqual([]);
});

it.each([...Object.values(counters), ...Object.values(gauges), duration, up])(
  "the operations page tells of the metric $name and its unit",
  ({ name, unit }) => {
    const row = read("docs/operations.md")
      .split("\n")
      .find((line) => line.startsWith(`| \`${name}\``));
    expect(row).toContain(`\`${unit}\``);
  },
);

it("the operations page tells what follows each event that is routed", () => {
  const page = read("docs/operations.md");
  expect(routedOperations.filter((operation) => !page.includes(`| \`${operation}\``))).toEqual([]);
});
