/** Bundles the function app into the one file that the Functions worker loads (`main` of package.json). */
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.cjs",
  bundle: true,
  minify: true,
  keepNames: true, // errors are told apart by their class names
  platform: "node",
  target: "node22",
  format: "cjs",
  external: ["@azure/functions-core"], // no package: the worker supplies it
  // Some SDKs call createRequire(import.meta.url), which a CommonJS bundle does not have.
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "linked",
  logLevel: "warning",
});
