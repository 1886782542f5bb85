import { expect, it } from "vitest";
import { openTelemetry } from "../../src/telemetry/open.ts";

// The exporter asks Azure for its own statistics otherwise.
process.env["APPLICATION_INSIGHTS_NO_STATSBEAT"] = "1";
process.env["APPLICATIONINSIGHTS_SDKSTATS_DISABLED"] = "1";

/** Whom a token was asked for, when one thing was told to an Application Insights that is away. */
async function askedFor(authentication: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const getToken = (scopes: string | string[]): Promise<never> => {
    asked.push(...[scopes].flat());
    return Promise.reject(new Error("There is no token."));
  };
  const environment = {
    APPLICATIONINSIGHTS_CONNECTION_STRING:
      "InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=https://127.0.0.1:9",
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication,
  };
  const telemetry = await openTelemetry(environment, { getToken });
  expect([telemetry.isOn, telemetry.problem]).toEqual([true, undefined]);
  expect(await telemetry.span({ name: "work" }, () => Promise.resolve("done"))).toBe("done");
  await telemetry.flush();
  await telemetry.close();
  return [...new Set(asked)];
}

it("Application Insights that lets in identities only is told as the app's identity", async () => {
  expect(await askedFor("Authorization=AAD")).toEqual(["https://monitor.azure.com/.default"]);
});

it("Application Insights that takes the key of its connection string is asked with no token", async () => {
  expect(await askedFor("")).toEqual([]);
});
