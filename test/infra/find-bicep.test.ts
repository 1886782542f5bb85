import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findBicep } from "../../local/bicep.ts";
import { onPath } from "../../local/executable.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "path-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it("the Bicep CLI that is named comes before all others", () => {
  expect(findBicep({ BICEP_PATH: "/some/bicep", PATH: folder })).toBe("/some/bicep");
});

it("a command is found in the first folder of the PATH that has it, where it can be run", () => {
  const file = path.join(folder, "bicep");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  const PATH = ["/nowhere", folder].join(path.delimiter);
  expect(onPath(["bicep"], PATH)).toBeUndefined();
  chmodSync(file, 0o755);
  expect(onPath(["other", "bicep"], PATH)).toBe(file);
  expect(onPath(["bicep"])).toBeUndefined();
});
