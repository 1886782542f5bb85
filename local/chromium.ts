import { onPath } from "./executable.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The Chromium that CHROMIUM_PATH names, or the first one on the PATH. */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const { CHROMIUM_PATH: named, PATH } = env;
  return named !== undefined && named !== "" ? named : onPath(names, PATH);
}
