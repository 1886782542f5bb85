/** The templates of infra/, compiled and evaluated by the Bicep CLI: what Azure Resource Manager would be asked for. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findBicep, howToInstallBicep } from "../../local/bicep.ts";
import { type BicepValue, bicepLiteral } from "./bicep-literal.ts";
import { type BicepServer, type Compiled, startBicep } from "./bicep-server.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export const program = findBicep();

/** Their paths below infra/. */
export const templates = readdirSync(`${root}infra`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".bicep") && !file.startsWith("bicep-cli"))
  .sort();

/** A resource as it would be sent. What is known only in Azure is left as an expression in brackets. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly location?: string;
  readonly sku?: Readonly<Record<string, unknown>>;
  readonly kind?: string;
  readonly identity?: { readonly type: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Evaluated {
  readonly resources: readonly Resource[];
  readonly ofType: (type: string) => readonly Resource[];
  /** The one of that type. @throws Error unless there is exactly one */
  readonly the: (type: string) => Resource;
}

export type Parameters = Readonly<Record<string, BicepValue>>;

/** With letters, which may come in either casing. */
export const homeSubscriptionId = "1a1a1a1a-1111-4111-8111-1a1a1a1a1a1a";

/** Where a template is deployed. */
const scopes = {
  subscription: { subscriptionId: homeSubscriptionId },
  managementGroup: { managementGroupId: "contoso-ml" },
} as const;

let server: BicepServer | undefined;
let folder: string | undefined;
let evaluated = 0;
let compiled: Promise<ReadonlyMap<string, Compiled>> | undefined;

function bicep(): BicepServer {
  if (program === undefined) throw new Error(howToInstallBicep);
  return (server ??= startBicep(program));
}

export function closeBicep(): void {
  server?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
}

/** All templates by their paths below infra/. */
export function compileAll(): Promise<ReadonlyMap<string, Compiled>> {
  const compile = async (file: string) => [file, await bicep().compile(`${root}infra/${file}`)] as const;
  compiled ??= Promise.all(templates.map(compile)).then((entries) => new Map(entries));
  return compiled;
}

export async function compile(template: string): Promise<string> {
  return (await compileAll()).get(template)?.contents ?? "";
}

export function formatted(template: string): Promise<string> {
  return bicep().format(`${root}infra/${template}`);
}

/** What a template asks for with these parameters. @throws Error with what the compiler said, where it does not compile */
export async function evaluate(
  template: string,
  parameters: Parameters,
  scope: keyof typeof scopes = "subscription",
): Promise<Evaluated> {
  folder ??= mkdtempSync(path.join(tmpdir(), "infra-"));
  const place = path.join(folder, String((evaluated += 1)));
  mkdirSync(place);
  const file = path.join(place, "parameters.bicepparam");
  const using = bicepLiteral(path.relative(place, `${root}infra/${template}`)); // absolute paths are refused
  const lines = Object.entries(parameters).map(([name, value]) => `param ${name} = ${bicepLiteral(value)}\n`);
  writeFileSync(file, `using ${using}\n${lines.join("")}`);
  const at = { ...scopes[scope], location: "westeurope", deploymentName: "deployment" };
  const { predictedResources: resources } = JSON.parse(await bicep().snapshot(file, at)) as {
    readonly predictedResources: readonly Resource[];
  };
  const ofType = (type: string): readonly Resource[] => resources.filter((resource) => resource.type === type);
  return {
    resources,
    ofType,
    the: (type) => {
      const [first, ...others] = ofType(type);
      if (first === undefined || others.length > 0) throw new Error(`Not one ${type}, but ${ofType(type).length}.`);
      return first;
    },
  };
}
