/** `npm run local`: the whole stack on this machine until interrupted. Prints one line of JSON when it is ready. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Fixture } from "./azure/index.ts";
import { parseFixture } from "./azure/fixture.ts";
import { fixture as demoFixture, settings as demoSettings } from "./demo/story.ts";
import { policyFor } from "./fixture-policy.ts";
import { startStack } from "./stack.ts";

const usage = `npm run local -- [--azure-port N] [--host-port N] [--fixture FILE] [--set NAME=VALUE]…

  --azure-port  where the stand-in for Azure listens; any free port by default
  --host-port   where the Functions host listens; any free port by default
  --fixture     a JSON file of the resources to begin with (local/azure/fixture.ts describes the format); by default
                those of the demo. The app then looks after all its subscriptions with its first registry.
  --set         an app setting, e.g. --set REMEDIATOR_MODE=audit (default here: enforce), or
                --set REMEDIATOR_WAIT_SCALE=1 (default here: 0.1, every wait a tenth of what it is in production)`;

const options = readOptions();
const fixture = options.fixture === undefined ? demoFixture : readFixture(options.fixture);
const stack = await startStack({
  azure: { fixture, port: options.azurePort },
  hostPort: options.hostPort,
  settings: { ...demoSettings, ...policyFor(fixture), ...options.settings },
  onLog: ({ level, message }) => {
    console.error(`${level}: ${message}`);
  },
}).catch(fail);
const { azure, azurite, host } = stack;

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (stopping) process.exit(1);
    stopping = true;
    void stack.close().finally(() => process.exit(0));
  });

console.log(
  JSON.stringify({
    armEndpoint: azure.armEndpoint,
    caCertificate: azure.caCertificate,
    identityEndpoint: azure.identityEndpoint,
    identityHeader: azure.identityHeader,
    hostUrl: host.url,
    functionKey: host.functionKey,
    masterKey: host.masterKey,
    queueEndpoint: azurite.queueEndpoint,
  }),
);

interface Options {
  readonly azurePort: number;
  readonly hostPort: number;
  readonly fixture: string | undefined;
  readonly settings: Record<string, string>;
}

function readOptions(): Options {
  const string = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      options: {
        "azure-port": string,
        "host-port": string,
        fixture: string,
        set: { type: "string", multiple: true },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    return {
      azurePort: port("--azure-port", values["azure-port"]),
      hostPort: port("--host-port", values["host-port"]),
      fixture: values.fixture,
      settings: Object.fromEntries((values.set ?? []).map(setting)),
    };
  } catch (error) {
    return fail(error);
  }
}

function port(name: string, text = "0"): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535) throw new Error(`${name} takes a port, 0 to 65535; found ${text}.`);
  return number;
}

function setting(text: string): [string, string] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--set takes NAME=VALUE; found ${text}.`);
  return [name, value];
}

function readFixture(file: string): Fixture {
  try {
    const fixture = JSON.parse(readFileSync(file, "utf8")) as Fixture;
    parseFixture(fixture);
    return fixture;
  } catch (error) {
    return fail(new Error(`The fixture ${file}: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function fail(error: unknown): never {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exit(2);
}
