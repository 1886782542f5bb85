import type { TokenCredential } from "@azure/core-auth";
import type { Environment } from "../settings.ts";
import { telemetrySettings } from "./settings.ts";
import { silent, type Telemetry } from "./telemetry.ts";

/**
 * Loads what tells, if the environment names somebody to tell. What cannot be opened is a problem that is told instead, and
 * keeps nothing else from its work.
 * @param credential for Application Insights, where that lets in identities only
 */
export async function openTelemetry(environment: Environment, credential: TokenCredential): Promise<Telemetry> {
  const settings = telemetrySettings(environment);
  if (settings === undefined) return silent;
  try {
    const { startTelemetry } = await import("./start.ts");
    return await startTelemetry(settings, credential);
  } catch (error) {
    // The message may quote what was found, and that may hold a key.
    const name = error instanceof Error ? error.name : typeof error;
    const problem = `No telemetry is sent (${name}): see whether OTEL_… and APPLICATIONINSIGHTS_CONNECTION_STRING are right.`;
    return { ...silent, problem };
  }
}
