import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const folder = ".github/workflows";
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

describe.each(readdirSync(folder))("the workflow %s", (file) => {
  const text = readFileSync(`${folder}/${file}`, "utf8");
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  it("names only npm scripts that exist", () => {
    const named = commands.flatMap((run) => [...run.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name]) => name));
    const ofNpm = ["ci", "audit"];
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name = "") => !ofNpm.includes(name) && !(name in scripts))).toEqual([]);
  });

  it("takes each action as one commit, and says which version that is", () => {
    const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action);
    expect(uses).toHaveLength(steps.filter((step) => step.uses !== undefined).length);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  it("may read the code and nothing else, except for signing in, and knows no secret", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const { permissions } of jobs) expect([undefined, { "id-token": "write" }]).toContainEqual(permissions);
    expect(text).not.toMatch(/\bsecrets\b|persist-credentials: true|pull_request_target/);
  });

  it("puts nothing that others wrote into a command line", () => {
    expect(commands.filter((run) => run.includes("${{"))).toEqual([]);
  });

  it("ends by itself, and does not run twice at once", () => {
    expect(workflow.concurrency.group).toContain("${{");
    for (const job of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});

it("updates are looked for in all that the project takes from elsewhere", () => {
  const { updates } = parse(readFileSync(".github/dependabot.yml", "utf8")) as {
    updates: readonly { readonly "package-ecosystem": string }[];
  };
  expect(updates.map((one) => one["package-ecosystem"])).toEqual(["npm", "github-actions", "nuget"]);
});
