import { readFileSync, rmSync } from "node:fs";
import { unzipSync } from "fflate";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { pack } from "../../package.ts";
import { useStack } from "../e2e/app.ts";
import { enforcing, platform, subscriptionId } from "../e2e/cast.ts";
import { smoke } from "../e2e/smoke.suite.ts";
import { unpacked } from "./unpacked.ts";

const archive = pack();
const contents = unzipSync(archive);
const names = Object.keys(contents);
const textOf = (name: string): string => new TextDecoder().decode(contents[name]);

/** The files of the archive that one of them imports, at once or later, and those that these import. */
function reachedFrom(first: string): ReadonlySet<string> {
  const reached = new Set([first]);
  // It grows while it is gone through.
  for (const file of reached)
    for (const [, name = ""] of textOf(file).matchAll(/"\.\/([\w-]+\.mjs)"/g)) reached.add(`dist/${name}`);
  return reached;
}

describe("the archive", () => {
  const { TZ } = process.env;
  afterEach(() => {
    process.env.TZ = TZ;
    if (TZ === undefined) delete process.env.TZ;
  });

  it("is no larger than 1 MB", () => {
    expect(archive.length).toBeLessThanOrEqual(1_000_000);
  });

  it("holds what the worker loads at start, all that leads to, and besides only what describes it and its licences", () => {
    const loaded = reachedFrom("dist/main.mjs");
    expect(names).toEqual(expect.arrayContaining([...loaded]));
    expect(loaded.size).toBeGreaterThan(10);
    const rest = names.filter((name) => !loaded.has(name) && !/^dist\/[\w-]+\.mjs\.LEGAL\.txt$/.test(name));
    expect(rest).toEqual(["LICENSE", "host.json", "package.json"]);
  });

  it("has a package.json from which nothing would be installed, and that names what the worker loads", () => {
    const ofProject = JSON.parse(readFileSync("package.json", "utf8")) as { version: string; main: string };
    const { version, main } = ofProject;
    const described = JSON.parse(textOf("package.json")) as object;
    expect(described).toMatchObject({ name: "azureml-acr-remediator", version, main, type: "module" });
    expect(Object.keys(described)).not.toEqual(expect.arrayContaining(["dependencies"]));
    expect(Object.keys(described)).not.toEqual(expect.arrayContaining(["scripts"]));
    expect(names).toContain(main);
  });

  it("has the same bytes whenever and wherever it is packed", () => {
    process.env.TZ = "Asia/Kathmandu";
    expect(Buffer.from(archive).equals(pack())).toBe(true);
  });
});

describe("unpacked into an empty folder elsewhere", () => {
  const folder = unpacked();
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const stack = useStack({
    appRoot: folder,
    azure: { fixture: { subscriptions: [{ subscriptionId }], resources: platform } },
    settings: enforcing,
  });
  smoke(() => stack);
});
