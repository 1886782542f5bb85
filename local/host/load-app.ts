import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createApp, runHooks, type App } from "./app.ts";
import { provideCoreModule } from "./core-module.ts";
import type { Log } from "./log.ts";

/** What the real worker offers before the programming model adds its own (src/eventHandlers/getWorkerCapabilities.ts). */
const workerCapabilities = {
  RawHttpBodyBytes: "true",
  RpcHttpTriggerMetadataRemoved: "true",
  RpcHttpBodyOnly: "true",
  IgnoreEmptyValuedRpcHttpHeaders: "true",
  UseNullableValueDictionaryForHttp: "true",
  WorkerStatus: "true",
  TypedDataCollection: "true",
  HandlesWorkerTerminateMessage: "true",
};

/**
 * Loads the app as the worker does at start: the files that `main` of package.json names (a glob is allowed), then the
 * appStart hooks, then the capabilities, which closes registration. Throws with the worker's wording when the entry
 * point cannot be loaded: the real host then offers no function at all.
 */
export async function loadApp(appRoot: string, log: Log): Promise<App> {
  const app = createApp();
  provideCoreModule(app, log);
  const packageJson = readPackageJson(appRoot);
  for (const file of entryPoints(appRoot, packageJson.main)) {
    try {
      await loadFile(path.join(appRoot, file), packageJson.type === "module");
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`Worker was unable to load entry point "${file}": ${reason}`, { cause: error });
    }
  }
  await runHooks(app, "appStart", {
    hookData: app.appLevelHookData,
    appHookData: app.appHookData,
    functionAppDirectory: appRoot,
  });
  const capabilities = (await app.programmingModel?.getCapabilities?.({ ...workerCapabilities })) ?? {};
  if (capabilities.HttpUri !== undefined) throw new Error("app.setup({ enableHttpStream: true }) is not modelled.");
  app.locked = true;
  return app;
}

interface PackageJson {
  readonly main?: string;
  readonly type?: string;
}

function readPackageJson(appRoot: string): PackageJson {
  return JSON.parse(readFileSync(path.join(appRoot, "package.json"), "utf8")) as PackageJson;
}

function entryPoints(appRoot: string, pattern: string | undefined): string[] {
  if (pattern === undefined) return [];
  const files = globSync(pattern, { cwd: appRoot }).sort();
  if (files.length === 0) {
    throw new Error(`Worker was unable to load entry point "${pattern}": File does not exist, or no file matches.`);
  }
  return files;
}

async function loadFile(file: string, packageIsModule: boolean): Promise<void> {
  const isModule = file.endsWith(".mjs") || (packageIsModule && !file.endsWith(".cjs"));
  if (isModule) await import(pathToFileURL(file).href);
  else createRequire(file)(file);
}
