import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Workers, and through them Azurite and the hosts of the end-to-end tests, keep compiled what each of them loads.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

/** What is to have a process to itself: the long ones, and those that change what there is once in a process. */
const alone = [
  "test/{browser,chaos,cli,e2e,host,rights,storage}/**/*.test.ts",
  "test/azure/identity.test.ts",
  "test/bench/reconcile.test.ts",
  "test/contract/managed-identity.test.ts",
  "test/telemetry/{exported,azure-monitor}.test.ts",
];

export const common = {
  // Much of the time is spent waiting for real queues and clocks, so more files than cores at once.
  maxWorkers: 4,
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    ...common,
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: "dist/test-report.json" }]] : ["default"],
    // In the order of their names; the long files are to begin first, lest one of them run alone at the end.
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      // The others share their process and what it has loaded: to load that for each would take as long as they do.
      { extends: true, test: { name: "shared", include: ["test/**/*.test.ts"], exclude: alone, isolate: false } },
    ],
  },
});
