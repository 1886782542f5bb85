import { describe, expect, it } from "vitest";
import { openTelemetry } from "../../src/telemetry/open.ts";
import { telemetrySettings } from "../../src/telemetry/settings.ts";
import { silent } from "../../src/telemetry/telemetry.ts";

const connectionString = "InstrumentationKey=00000000-0000-4000-8000-000000000000";
const nobody = { getToken: () => Promise.resolve(null) };

describe("telemetry", () => {
  it.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: "", APPLICATIONINSIGHTS_CONNECTION_STRING: " " },
    { OTEL_SERVICE_NAME: "remediator", OTEL_METRIC_EXPORT_INTERVAL: "1000" },
    { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" },
  ])("is for nobody with %j", async (environment) => {
    expect(telemetrySettings(environment)).toBeUndefined();
    expect(await openTelemetry(environment, nobody)).toBe(silent);
  });

  it("goes to whom the standard variables name, to both where both are", () => {
    const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318", OTEL_METRIC_EXPORT_INTERVAL: "x" };
    const azure = { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString };
    expect(telemetrySettings(otlp)).toEqual({ otlp: true, intervalMs: 60_000 });
    expect(telemetrySettings({ ...otlp, ...azure, WEBSITE_SITE_NAME: "remediator" })).toEqual({
      otlp: true,
      azureMonitor: { connectionString, withIdentity: false },
      intervalMs: 60_000,
      site: "remediator",
    });
  });

  it.each([
    ["Authorization=AAD", true],
    ["ClientId=00000000-0000-4000-8000-000000000000;Authorization=AAD", true],
    ["authorization = aad", true],
    ["Authorization=AADx", false],
    ["", false],
  ])("goes to Application Insights as the app's identity with %s: %s", (text, withIdentity) => {
    const environment = {
      APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text,
    };
    expect(telemetrySettings(environment)?.azureMonitor?.withIdentity).toBe(withIdentity);
  });

  it("says so where it cannot be opened, without what it found, and is silent", async () => {
    const environment = { APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=s3cret" };
    const opened = await openTelemetry(environment, nobody);
    expect(opened.isOn).toBe(false);
    expect(opened.problem).toMatch(/^No telemetry is sent \(\w*Error\): /);
    expect(opened.problem).not.toContain("s3cret");
  });
});
