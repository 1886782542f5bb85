/**
 * Bundles the function app into `dist/main.mjs`, which the Functions worker loads (`main` of package.json), and the parts
 * beside it that are loaded later: one for each `import()` in src/, and what parts share. test/bundle.test.ts says which parts
 * there are, and what each may hold. The command line is bundled beside it, into `dist/cli/`.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { fleetPage } from "./build-page.ts";

/**
 * Takes Node's own modules by `require`, as a CommonJS bundle does: an `import` reads everything that they export, which with
 * node:http loads all of undici. One that is imported later by a library stays an import: split off, it would be a file that
 * exports what is required as its default only, and none of the names that the library asks for.
 */
const builtinsByRequire: Plugin = {
  name: "builtins-by-require",
  setup: (bundle) => {
    const namespace = "builtin";
    bundle.onResolve({ filter: /^(?:node:)?[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path) || kind === "require-call") return undefined;
      return kind === "dynamic-import" ? { path, external: true } : { path, namespace, sideEffects: false };
    });
    bundle.onLoad({ filter: /^/, namespace }, ({ path }) => ({ contents: `module.exports = require("${path}");` }));
  },
};

/** How code is bundled for the worker, whatever is bundled. */
export const options = {
  bundle: true,
  format: "esm",
  outExtension: { ".js": ".mjs" },
  minify: true,
  platform: "node",
  // Older SDKs name their ES modules there only; their CommonJS brings a second copy of all that they share with newer ones.
  mainFields: ["module", "main"],
  target: "node22",
  external: ["@azure/functions-core"], // no package: the worker supplies it, to `require` only
  banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
  plugins: [fleetPage, builtinsByRequire],
  logLevel: "warning",
} satisfies BuildOptions;

/** How the app itself is, with all of its parts. */
export const appOptions = {
  ...options,
  entryPoints: ["src/main.ts"],
  // Only so is a module that two parts use there once: what is told apart by `instanceof`, or keeps something, must be.
  splitting: true,
  metafile: true,
  // A process that goes on after its files were replaced must not load parts of another build: they have other names.
  chunkNames: "[name]-[hash]",
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "linked",
} satisfies BuildOptions;

const folder = "dist";

/** Bundles the app, and removes what an earlier build left. */
async function bundleApp(): Promise<void> {
  const { metafile } = await build({ ...appOptions, outdir: folder });
  removeOthers(metafile);
  writeFileSync(`${folder}/metafile.json`, JSON.stringify(metafile));
}

function removeOthers({ outputs }: Metafile): void {
  for (const file of readdirSync(folder))
    if (/\.[cm]js(?:\.|$)/.test(file) && !(path.posix.join(folder, file) in outputs)) rmSync(`${folder}/${file}`);
}

/** Bundles the command line into `dist/cli/`: what each command needs is loaded when it is run. */
async function bundleCli(): Promise<void> {
  rmSync(`${folder}/cli`, { recursive: true, force: true });
  await build({
    ...options,
    entryPoints: ["src/cli/main.ts"],
    outdir: `${folder}/cli`,
    splitting: true,
    legalComments: "linked",
  });
}

if (import.meta.main) await Promise.all([bundleApp(), bundleCli()]);
