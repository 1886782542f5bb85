import { readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { documentedRoles } from "../../local/documented-rights.ts";
import { type Scenario, scenarios, wholeRemediation } from "./scenarios.ts";
import { type Told, toldWithout, withPlaceholders } from "./told.ts";

const roles = Object.entries(documentedRoles).map(([key, { actions, dataActions, ...role }]) => {
  return { ...role, key, actions: [...actions, ...dataActions] };
});
const page = "docs/security.md";
const [begin, end] = ["<!-- npm run docs:rights writes what follows -->", "<!-- npm run docs:rights wrote that -->"];

const kinds = {
  look: "blocked: MissingPermission",
  sweep: "error of the sweep",
  diagnosis: "unknown line of a diagnosis",
};

const answers = new Map<Scenario, Promise<Told>>();

function holdersOf(action: string): string[] {
  return roles.filter(({ actions }) => actions.includes(action)).map(({ key }) => `\`${key}\``);
}

/** Each scenario is played once, whichever test wants to know. */
function told(scenario: Scenario): Promise<Told> {
  const known = answers.get(scenario) ?? toldWithout(scenario);
  answers.set(scenario, known);
  return known;
}

describe("an action", () => {
  it.each(roles.flatMap(({ actions }) => actions))("that a role holds is asked for by a scenario (%s)", (action) => {
    expect(scenarios.map((scenario) => scenario.action)).toContain(action);
  });

  it.each([...new Set(scenarios.map(({ action }) => action))])("of a scenario is held by a role (%s)", (action) => {
    expect(holdersOf(action)).not.toEqual([]);
  });
});

describe("for want of", () => {
  it.each(scenarios.map((scenario) => [scenario.action, scenario.purpose, scenario] as const))(
    "%s (to %s) the app names it and its scope, and goes on once it has it",
    async (action, _purpose, scenario) => {
      const { kind, message, refused, after } = await told(scenario);
      const { at, by = "look", writes = wholeRemediation } = scenario;
      expect(kind).toBe(scenario.ends ?? kinds[by]);
      expect(message).toContain(`our identity lacks ${action} at ${at},`);
      expect(new Set(refused)).toEqual(new Set([action]));
      expect(after.outcome?.kind).toMatch(/remediated|compliant/);
      expect(after.writes).toEqual(writes);
    },
  );
});

it("the page on security has the table of all this", async () => {
  const text = readFileSync(page, "utf8");
  const [before = "", after = ""] = [text.split(begin)[0], text.split(end)[1]];
  const wanted = `${before}${begin}\n\n${await table()}\n\n${end}${after}`;
  const formatted = await format(wanted, { ...(await resolveConfig(page)), parser: "markdown" });
  await expect(formatted, `${page} is not what happens. Write it anew: npm run docs:rights`).toMatchFileSnapshot(
    `../../${page}`,
  );
});

async function table(): Promise<string> {
  const rows = await Promise.all(scenarios.map(row));
  return [
    "| action | role | needed to | calls | without it the app says |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

async function row(scenario: Scenario): Promise<string[]> {
  const { action, purpose } = scenario;
  const { kind, message, calls } = await told(scenario);
  const templates = [...new Set(calls.map((call) => `\`${withPlaceholders(call)}\``))].sort();
  const [said = ""] = withPlaceholders(message)
    .replace(`lacks ${action} at`, "lacks … at")
    .split(", or a condition on");
  return [`\`${action}\``, holdersOf(action).join(", "), purpose, templates.join(", "), `\`${kind}\`: ${said}`];
}
