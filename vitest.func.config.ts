import { defineConfig } from "vitest/config";
import { common } from "./vitest.config.ts";

/** `npm run test:func`: the archive under Azure Functions Core Tools, the real host. */
export default defineConfig({
  test: {
    ...common,
    include: ["test/func/**/*.test.ts"],
    hookTimeout: 240_000, // a first start downloads the extension bundle
  },
});
