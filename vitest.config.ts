import { fileURLToPath } from "node:url";
import { defineConfig, type TestUserConfig } from "vitest/config";

// Workers, and through them Azurite and the hosts of the end-to-end tests, keep compiled what each of them loads.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

/** What gives the whole machine enough to do: beside others it would but meet the time limits of its own calls. */
const storms = ["test/chaos/chaos.test.ts", "test/e2e/{burst,fleet-burst}.test.ts"];

/** What changes something of which a process has but one. */
const isolated = [
  "test/azure/identity.test.ts",
  "test/bench/reconcile.test.ts",
  "test/contract/managed-identity.test.ts",
  "test/telemetry/{exported,azure-monitor}.test.ts",
];

/** What starts processes and waits for them: to begin early, lest one of them run alone at the end. */
const long = ["test/{browser,chaos,cli,conformance,e2e,host,infra,package,rights,storage,upgrade}/**/*.test.ts"];

const all = ["test/**/*.test.ts"];

/** `npm run test:func` runs these. */
const withCoreTools = ["test/func/**"];

// Most share their process and what it has loaded: to load that for each would take as long as many of them do.
const shared = { isolate: false } as const;
const first = { maxWorkers: 1, sequence: { groupOrder: 0 } } as const;
const then = { sequence: { groupOrder: 1 } } as const;

export const common: TestUserConfig = {
  // What `npm run conformance` runs against real Azure as well.
  tags: [{ name: "everywhere" }],
  // Much of the time is spent waiting for real queues and clocks, so more files than cores at once.
  maxWorkers: 4,
  // Nothing is tested by how long it takes; a machine that is busy may take several times as long as an idle one.
  testTimeout: 90_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    ...common,
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: "dist/test-report.json" }]] : ["default"],
    // Of one group in the order of their names.
    projects: [
      { extends: true, test: { name: "isolated", include: isolated, ...then } },
      { extends: true, test: { name: "storms", include: storms, ...shared, ...first } },
      { extends: true, test: { name: "long", include: long, exclude: storms, ...shared, ...then } },
      {
        extends: true,
        test: {
          name: "short",
          include: all,
          exclude: [...storms, ...isolated, ...long, ...withCoreTools],
          ...shared,
          ...then,
        },
      },
    ],
  },
});
