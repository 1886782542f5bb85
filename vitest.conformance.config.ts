import { defineConfig } from "vitest/config";
import { common } from "./vitest.config.ts";

/** `npm run conformance`: the whole contract is looked through, one file at a time, for its tests share what was made in Azure. */
export default defineConfig({
  test: {
    ...common,
    include: ["test/contract/**/*.test.ts"],
    maxWorkers: 1,
    fileParallelism: false,
    isolate: false,
  },
});
