import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(folder: string): readonly Source[] {
  return readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(resolve(root, folder, name), "utf8") }));
}

/** Where a file imports from, in whatever way. */
function importsOf(text: string): string[] {
  const patterns = [
    /\b(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/g,
    /\bimport\s*["']([^"']+)["']/g,
    /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, from]) => from ?? ""));
}

/** The comment that a file begins with. */
function openingComment(text: string): string {
  return /^(?:\s*(?:\/\/.*|\/\*[\s\S]*?\*\/))*/.exec(text)?.[0] ?? "";
}

describe("the core", () => {
  const core = sources("src/core");

  it("imports nothing but itself", () => {
    const outside = core.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((from) => !/^\.\/[a-z-]+\.ts$/.test(from))
        .map((from) => `${path} imports ${from}`),
    );
    expect(outside).toEqual([]);
  });

  it("is read from its files, imports and all", () => {
    expect(core.length).toBeGreaterThan(10);
    expect(importsOf(core.find(({ path }) => path.endsWith("/work.ts"))?.text ?? "")).toContain("./reconcile.ts");
    for (const line of [`import "node:fs";`, `export * from 'x';`, `await import("x")`, `import {\n a\n} from "x";`])
      expect(importsOf(line)).toHaveLength(1);
  });

  it("asks nothing of its environment: time, chance and timers come through ports", () => {
    const asking =
      /\b(?:Date\.|new Date|Math\.random|setTimeout|setInterval|setImmediate|process\.|globalThis|fetch\(|console\.)/;
    expect(core.filter(({ text }) => asking.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("every file of src and local", () => {
  it.each(["src", "local"])("%s: has 300 lines at most, or says at its top why it has more", (folder) => {
    const long = sources(folder)
      .filter(({ text }) => text.trimEnd().split("\n").length > 300)
      .filter(({ text }) => !/long|lines/i.test(openingComment(text)));
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
