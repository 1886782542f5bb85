import { fileURLToPath } from "node:url";
import { startHost, type Host, type HostLogLine, type HostOptions } from "../../local/host/index.ts";

export const fixtureRoot = fileURLToPath(new URL("fixture-app", import.meta.url));

/** Settings for all of the fixture app's functions, those of the queues excepted. */
export const commonSettings = { "AzureWebJobs.disabled.Disabled": "true", SCHEDULE: "0 30 2 * * *" };

/** Enough to run the fixture app without storage. */
export const withoutStorage: Readonly<Record<string, string>> = {
  ...commonSettings,
  "AzureWebJobs.work.Disabled": "1",
  "AzureWebJobs.returns.Disabled": "True",
};

export function startFixture(options: Partial<HostOptions> = {}): Promise<Host> {
  return startHost({ appRoot: fixtureRoot, env: withoutStorage, ...options });
}

/** What a function of the fixture app told that it was given, oldest first. */
export function seen<Shape>(host: Host, functionName: string): Shape[] {
  return userLines(host, functionName)
    .filter((line) => line.message.startsWith("seen "))
    .map((line) => JSON.parse(line.message.slice("seen ".length)) as Shape);
}

/** How the runs of a function ended: "Succeeded" or "Failed", oldest first. */
export function endings(host: Host, functionName: string): string[] {
  const lines = host.logs().filter((line) => line.category === `Function.${functionName}`);
  return lines.flatMap(({ message }) => /^Executed '[^']+' \((\w+)/.exec(message)?.slice(1) ?? []);
}

function userLines(host: Host, functionName: string): HostLogLine[] {
  return host.logs().filter((line) => line.category === `Function.${functionName}.User`);
}
