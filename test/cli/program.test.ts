import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

it("the bundle ends without a word when nobody reads on", async () => {
  const child = spawn(process.execPath, ["dist/cli/main.mjs", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit") as Promise<[number]>]);
  expect([status, stderr]).toEqual([0, ""]);
});
