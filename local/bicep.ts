import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** How the Bicep CLI is run: a program, and what comes before its own arguments. */
export interface Bicep {
  readonly program: string;
  readonly leading: readonly string[];
}

export const howToInstallBicep =
  "There is no Bicep CLI. `dotnet restore infra/bicep-cli` fetches it on Linux; elsewhere install bicep or the Azure CLI, or name it by BICEP_PATH.";

const project = new URL("../infra/bicep-cli/", import.meta.url);

/**
 * The Bicep CLI that BICEP_PATH names; else the one that `dotnet restore infra/bicep-cli` fetched, as it has the version by which
 * the committed azuredeploy.json was made; else `bicep` of the PATH, or the one of the Azure CLI. Undefined where there is none.
 */
export function findBicep(env: Readonly<Record<string, string | undefined>> = process.env): Bicep | undefined {
  const { BICEP_PATH: named, PATH = "" } = env;
  if (named !== undefined && named !== "") return { program: named, leading: [] };
  const onPath = (name: string): string[] => PATH.split(path.delimiter).map((folder) => path.join(folder, name));
  const program = [restored(), ...onPath("bicep")].find(isExecutable);
  if (program !== undefined) return { program, leading: [] };
  const az = onPath("az").find(isExecutable);
  return az === undefined ? undefined : { program: az, leading: ["bicep"] };
}

/** Runs it and answers what it says: nothing, when there is nothing to warn of. @throws Error with that when it fails */
export function runBicep({ program, leading }: Bicep, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, [...leading, ...args], { encoding: "utf8" });
  if (error !== undefined) throw error;
  const said = `${stderr}${stdout}`;
  if (status !== 0) throw new Error(`bicep ${args.join(" ")}: ${said}`);
  return said;
}

/** Where NuGet puts the package that the project names; there is one for Linux alone. */
function restored(): string {
  const text = readFileSync(new URL("bicep-cli.csproj", project), "utf8");
  const [, name = "", version = ""] = /Include="([^"]+)" Version="\[([^\]]+)\]"/.exec(text) ?? [];
  return fileURLToPath(new URL(`packages/${name.toLowerCase()}/${version}/tools/bicep`, project));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// `npm run infra:…`
if (import.meta.main) {
  const bicep = findBicep();
  if (bicep === undefined) {
    console.error(howToInstallBicep);
    process.exit(1);
  }
  const { program, leading } = bicep;
  process.exitCode = spawnSync(program, [...leading, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
}
