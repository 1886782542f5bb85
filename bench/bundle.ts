/** What is in the bundle, as esbuild tells it: `dist/metafile.json`, which `npm run build` writes. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Metafile } from "esbuild";

export type Outputs = Metafile["outputs"];
type Import = Outputs[string]["imports"][number];

/** What a message that asks for a look makes the worker load. */
export const lookParts = [
  "src/main.ts",
  "src/app.ts",
  "src/functions/queue-functions.ts",
  "src/azure/identity.ts",
  "src/azure/arm-ports.ts",
] as const;

/** @throws Error when there is no build */
export function readOutputs(): Outputs {
  const file = fileURLToPath(new URL("../dist/metafile.json", import.meta.url));
  return (JSON.parse(readFileSync(file, "utf8")) as Metafile).outputs;
}

/** The modules of ours at which a part of the bundle begins, by the file that it is in. */
export function partsOf(outputs: Outputs): ReadonlyMap<string, string> {
  const begins = Object.entries(outputs).flatMap(([file, { entryPoint = "" }]): [string, string][] =>
    entryPoint.startsWith("src/") ? [[entryPoint, file]] : [],
  );
  return new Map(begins);
}

/** What loading these parts brings into memory, everything once: files of the bundle. @param parts as `partsOf` names them */
export function loadedBy(outputs: Outputs, ...parts: readonly string[]): ReadonlySet<string> {
  const files = partsOf(outputs);
  const begins = parts.map((part) => {
    const file = files.get(part);
    if (file === undefined) throw new Error(`No part of the bundle begins at ${part}: run npm run build.`);
    return file;
  });
  return reachedFrom(outputs, begins, ({ kind }) => kind !== "dynamic-import");
}

/** These files of the bundle, and those to which imports lead from them, each once. @param isFollowed which imports count; all when absent */
export function reachedFrom(
  outputs: Outputs,
  files: readonly string[],
  isFollowed: (one: Import) => boolean = () => true,
): ReadonlySet<string> {
  const reached = new Set(files);
  // It grows while it is gone through.
  for (const file of reached)
    for (const one of outputs[file]?.imports ?? []) if (one.path in outputs && isFollowed(one)) reached.add(one.path);
  return reached;
}

export function bytesOf(outputs: Outputs, files: Iterable<string>): number {
  return [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
}

/** The modules that these files hold, as paths below the root of the project. */
export function modulesIn(outputs: Outputs, files: Iterable<string>): readonly string[] {
  return [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
}

/** The package that a module is of, the innermost one; `undefined` for a module of ours. */
export function packageOf(module: string): string | undefined {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
}
