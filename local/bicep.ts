import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isExecutable, onPath } from "./executable.ts";

export const howToInstallBicep =
  "There is no Bicep CLI. `dotnet restore infra/bicep-cli` fetches it on Linux, `az bicep install` elsewhere; or name one by BICEP_PATH.";

const project = new URL("../infra/bicep-cli/", import.meta.url);

/**
 * The Bicep CLI that BICEP_PATH names; else the one that `dotnet restore infra/bicep-cli` fetched, as it has the version by which
 * the committed azuredeploy.json was made; else `bicep` of the PATH, or what `az bicep install` left. Undefined where there is none.
 */
export function findBicep(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const { BICEP_PATH: named, PATH } = env;
  if (named !== undefined && named !== "") return named;
  const ofAzureCli = path.join(homedir(), ".azure/bin/bicep");
  return [restored(), onPath(["bicep"], PATH), ofAzureCli].find((file) => file !== undefined && isExecutable(file));
}

/** Where NuGet puts the package that the project names; there is one for Linux alone. */
function restored(): string {
  const text = readFileSync(new URL("bicep-cli.csproj", project), "utf8");
  const [, name = "", version = ""] = /Include="([^"]+)" Version="\[([^\]]+)\]"/.exec(text) ?? [];
  return fileURLToPath(new URL(`packages/${name.toLowerCase()}/${version}/tools/bicep`, project));
}

// `npm run infra:…`
if (import.meta.main) {
  const bicep = findBicep();
  if (bicep === undefined) {
    console.error(howToInstallBicep);
    process.exit(1);
  }
  process.exitCode = spawnSync(bicep, process.argv.slice(2), { stdio: "inherit" }).status ?? 1;
}
