/** Where telemetry goes: the standard variables of OpenTelemetry and of Application Insights, and none of our own. */
import type { Environment } from "../settings.ts";

export interface TelemetrySettings {
  /** To whom `OTEL_EXPORTER_OTLP_ENDPOINT` names; the exporters read the rest of `OTEL_EXPORTER_OTLP_…` themselves. */
  readonly otlp: boolean;
  readonly azureMonitor?: {
    readonly connectionString: string;
    /** Application Insights lets in identities only, so that a key would be refused. */
    readonly withIdentity: boolean;
  };
  /** How often metrics are exported, in milliseconds. */
  readonly intervalMs: number;
  /** What the platform calls the app and the instance; absent on a machine of one's own. */
  readonly site?: string;
  readonly instance?: string;
}

/** The default of `OTEL_METRIC_EXPORT_INTERVAL` (OpenTelemetry Environment Variable Specification, "Periodic exporting MetricReader"). */
const defaultIntervalMs = 60_000;

/** `undefined` when nobody is to be told anything. */
export function telemetrySettings(environment: Environment): TelemetrySettings | undefined {
  if (environment["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return undefined;
  // An empty app setting is how portals and templates leave one out.
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const otlp = given("OTEL_EXPORTER_OTLP_ENDPOINT") !== undefined;
  const connectionString = given("APPLICATIONINSIGHTS_CONNECTION_STRING");
  if (!otlp && connectionString === undefined) return undefined;
  const intervalMs = Number(given("OTEL_METRIC_EXPORT_INTERVAL"));
  const [site, instance] = [given("WEBSITE_SITE_NAME"), given("WEBSITE_INSTANCE_ID")];
  return {
    otlp,
    ...(connectionString === undefined
      ? {}
      : { azureMonitor: { connectionString, withIdentity: asksForIdentity(given(authentication)) } }),
    intervalMs: Number.isFinite(intervalMs) && intervalMs > 0 ? intervalMs : defaultIntervalMs,
    ...(site === undefined ? {} : { site }),
    ...(instance === undefined ? {} : { instance }),
  };
}

/** Microsoft Learn, "App settings reference for Azure Functions": `Authorization=AAD`, or `ClientId=…;Authorization=AAD`. */
const authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

function asksForIdentity(text = ""): boolean {
  return text.split(";").some((part) => /^authorization=aad$/i.test(part.replaceAll(/\s/g, "")));
}
