import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { pack } from "../../package.ts";

/** Unpacks the archive of this build into an empty folder outside of the project. @returns the folder, which is the caller's to remove */
export function unpacked(): string {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  for (const [name, content] of Object.entries(unzipSync(pack()))) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}
