import { readFileSync } from "node:fs";
import type { Environment } from "../settings.ts";
import { AppClient } from "./app-client.ts";
import { CommandError } from "./exit-code.ts";
import { openTerminal, type Streams, type Terminal } from "./terminal.ts";

/** The options that every command takes. */
export interface CommonOptions {
  readonly app?: string;
  readonly json?: boolean;
  readonly settings?: string;
}

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal;
  /** The deployed app, where one was named. */
  readonly app: AppClient | undefined;
  /** Settings as the app reads them: those of the file that was named, over those of the environment. */
  readonly environment: Environment;
  /** Aborted when the person at the terminal says stop. */
  readonly signal: AbortSignal;
}

/** @throws CommandError when an option is wrong */
export function contextOf(
  { app, json = false, settings }: CommonOptions,
  environment: Environment,
  streams: Streams,
  signal: AbortSignal,
): Context {
  const url = app ?? environment["ACR_REMEDIATOR_APP"];
  return {
    terminal: openTerminal(json, environment, streams),
    app:
      url === undefined || url === ""
        ? undefined
        : new AppClient({ url, key: environment["ACR_REMEDIATOR_KEY"] ?? "" }, signal),
    environment: settings === undefined ? environment : { ...environment, ...settingsIn(settings) },
    signal,
  };
}

/** The app, for what only an app can do. @throws CommandError when none was named */
export function appOf({ app }: Context, what: string): AppClient {
  if (app !== undefined) return app;
  throw new CommandError(`${what} asks a deployed app: name it with --app URL, or in ACR_REMEDIATOR_APP.`);
}

/** The app has its own policy. @throws CommandError when a registry is named all the same */
export function refuseRegistry(registry: string | undefined): void {
  if (registry !== undefined)
    throw new CommandError("--registry is for a look without an app: the app has its own policy.");
}

/** The `Values` of a file in the form of local.settings.json. */
function settingsIn(file: string): Environment {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError(`--settings ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const values = (parsed as { Values?: unknown } | null)?.Values;
  const isRight =
    typeof values === "object" && values !== null && Object.values(values).every((value) => typeof value === "string");
  if (!isRight)
    throw new CommandError(
      `--settings ${file}: allowed: {"Values": {NAME: "text", …}}, as in local.settings.json.example.`,
    );
  return values as Environment;
}
