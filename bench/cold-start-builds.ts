/** What is measured at a cold start, built into a folder of its own that lies where packages are found. */
import { cpSync, globSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { appOptions, options } from "../build.ts";
import { appRoot } from "../local/stack.ts";
import type { Outputs } from "./bundle.ts";

const folder = `${appRoot}dist/bench`;

export interface Builds {
  /** Path of `cold-start-load.ts`, built. */
  readonly load: string;
  /** Path of the stand-in for the host, built: stripped of its types at run time it would weigh more than what is measured. */
  readonly host: string;
  /** Where an app lies that consists of the SDKs. */
  readonly sdks: string;
  /** How large its bundle is, in bytes. */
  readonly sdkBytes: number;
  /** The path of a module of ours, each a file of its own, that finds packages where npm has put them. */
  readonly unbundled: (module: string) => string;
  /** The app's bundle without what tells traces and metrics. */
  readonly untold: Outputs;
}

export async function buildAll(): Promise<Builds> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/sdks`, { recursive: true });
  const [untold] = await Promise.all([
    build({ ...appOptions, outdir: `${folder}/untold`, plugins: [...options.plugins, nothingTold] }),
    build({ ...options, entryPoints: ["bench/cold-start-load.ts", "local/host/main.ts"], outdir: folder }),
    build({ ...options, entryPoints: { main: "bench/cold-start-sdks.ts" }, outdir: `${folder}/sdks` }),
    build({
      entryPoints: globSync("src/**/*.ts"),
      outbase: "src",
      outdir: `${folder}/src`,
      outExtension: { ".js": ".mjs" },
      bundle: true, // into which nothing is taken: so the names of files can be replaced
      plugins: [nothingTakenIn],
      format: "esm",
      platform: "node",
      target: options.target,
    }),
  ]);
  cpSync(`${appRoot}host.json`, `${folder}/sdks/host.json`);
  writeFileSync(`${folder}/sdks/package.json`, JSON.stringify({ main: "main.mjs" }));
  const sdkBundle = `${folder}/sdks/main.mjs`;
  return {
    load: `${folder}/bench/cold-start-load.mjs`,
    host: `${folder}/local/host/main.mjs`,
    sdks: `${folder}/sdks`,
    sdkBytes: statSync(sdkBundle).size,
    unbundled: (module) => `${folder}/${module.replace(/\.ts$/, ".mjs")}`,
    untold: untold.metafile.outputs,
  };
}

const nothingTold: Plugin = {
  name: "nothing-told",
  setup: (bundle) => {
    const stubs = {
      open: 'import { silent } from "./telemetry.ts"; export const openTelemetry = async () => silent;',
      invocation: "export const traced = (telemetry, context, work) => work();",
    };
    for (const [module, contents] of Object.entries(stubs))
      bundle.onLoad({ filter: new RegExp(`src/telemetry/${module}\\.ts$`) }, () => ({ contents, loader: "ts" }));
  },
};

const nothingTakenIn: Plugin = {
  name: "nothing-taken-in",
  setup: (bundle) => {
    bundle.onResolve({ filter: /^/ }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path: path.replace(/\.ts$/, ".mjs"), external: true },
    );
  },
};
