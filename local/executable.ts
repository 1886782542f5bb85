import { accessSync, constants } from "node:fs";
import path from "node:path";

/** The first of these commands that a folder of PATH has, undefined where none does. */
export function onPath(names: readonly string[], PATH = ""): string | undefined {
  return PATH.split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
