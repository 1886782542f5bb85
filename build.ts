/**
 * Bundles the function app: into the one file that the Functions worker loads (`main` of package.json), and into one beside it
 * that only an app which looks for images loads.
 */
import { build, type BuildOptions, type Plugin } from "esbuild";

const common: BuildOptions = {
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
};

/** Leaves what is imported from there in the file beside the bundle. */
const apart: Plugin = {
  name: "apart",
  setup: (bundle) => {
    bundle.onResolve({ filter: /\/registry-client\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./registry-client.cjs", external: true } : undefined,
    );
  },
};

await Promise.all([
  build({ ...common, entryPoints: ["src/main.ts"], outfile: "dist/main.cjs", plugins: [apart] }),
  build({ ...common, entryPoints: ["src/azure/registry-client.ts"], outfile: "dist/registry-client.cjs" }),
]);
