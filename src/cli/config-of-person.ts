import { type Config, loadConfig } from "../config.ts";
import type { Environment } from "../settings.ts";

/**
 * The app's settings as they hold without an app: storage is not touched, and a person signs in where an app has its identity,
 * unless they say otherwise.
 * @throws ConfigError
 */
export function configOfPerson(environment: Environment): Config {
  return loadConfig({
    ...environment,
    AzureWebJobsStorage: "UseDevelopmentStorage=true",
    REMEDIATOR_CREDENTIAL: environment["REMEDIATOR_CREDENTIAL"] || "developer",
  });
}
