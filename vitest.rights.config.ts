import { defineConfig } from "vitest/config";
import { common } from "./vitest.config.ts";

/** `npm run test:rights`: the end-to-end tests, the app with the rights of infra/roles instead of all there are. */
export default defineConfig({
  test: {
    ...common,
    include: ["test/e2e/**/*.test.ts"],
    // Its commands start an Azure of their own.
    exclude: ["test/e2e/commands.test.ts"],
    env: { DOCUMENTED_RIGHTS: "1" },
  },
});
