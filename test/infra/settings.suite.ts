import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { secretInside } from "../../src/setting-values.ts";
import { settingNames } from "../../src/settings.ts";
import { telemetrySettings } from "../../src/telemetry/settings.ts";
import { defaultRegistry, everyOption } from "./cast.ts";
import { audit, everything } from "./deployments.ts";
import { compile, type Evaluated, homeSubscriptionId } from "./templates.ts";

/** What the Functions host reads, and the app by way of it ("App settings reference for Azure Functions"). */
const ofTheHost = [
  "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
  "APPLICATIONINSIGHTS_CONNECTION_STRING",
  "AzureWebJobsStorage__blobServiceUri",
  "AzureWebJobsStorage__clientId",
  "AzureWebJobsStorage__credential",
];

/** For other places than Azure, and the one that would be a secret. */
const notDeployed = [
  "AzureWebJobsStorage",
  "REMEDIATOR_ARM_AUDIENCE",
  "REMEDIATOR_ARM_ENDPOINT",
  "REMEDIATOR_CREDENTIAL",
];

const clientId = "66666666-6666-4666-8666-666666666666";
const connectionString =
  "InstrumentationKey=77777777-7777-4777-8777-777777777777;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/";

/** What Azure would put in place of the expressions. */
const known: readonly (readonly [RegExp, string])[] = [
  [/^\[environment\(\)\.name\]$/, "AzureCloud"],
  [/^\[reference\(.*userAssignedIdentities\/id-acr-remediator-.*\)\.clientId\]$/, clientId],
  [
    /^\[format\('ClientId=\{0\};Authorization=AAD', reference\(.*userAssignedIdentities\/id-acr-remediator-.*\)\.clientId\)\]$/,
    `ClientId=${clientId};Authorization=AAD`,
  ],
  [/^\[reference\(.*\)\.primaryEndpoints\.(blob|queue|table)\]$/, "https://stacrr.$1.core.windows.net/"],
  [/^\[reference\(.*\)\.ConnectionString\]$/, connectionString],
  [/^\[reference\(.*\/topics\/.*\)\.endpoint\]$/, "https://evgt-notices.westeurope-1.eventgrid.azure.net/api/events"],
];

function settingsOf(deployment: Evaluated): Readonly<Record<string, string>> {
  const { siteConfig } = deployment.the("Microsoft.Web/sites").properties;
  const { appSettings } = siteConfig as {
    readonly appSettings: readonly { readonly name: string; readonly value: string }[];
  };
  return Object.fromEntries(
    appSettings.map(({ name, value }) => {
      const [pattern, text] = known.find(([pattern]) => pattern.test(value)) ?? [];
      return [name, pattern === undefined ? value : value.replace(pattern, text ?? "")];
    }),
  );
}

describe.each([
  ["as it comes", audit],
  ["with every option", everything],
])("the app settings %s", (_how, deployment) => {
  it("are known to the app or its host", () => {
    const names = Object.keys(settingsOf(deployment));
    expect(names.filter((name) => ![...settingNames, ...ofTheHost].includes(name))).toEqual([]);
  });

  it("hold no key and no secret; telemetry's connection string only says whose it is, as keys are not let in there", () => {
    const { APPLICATIONINSIGHTS_CONNECTION_STRING: told, ...settings } = settingsOf(deployment);
    expect(told).toBe(connectionString);
    expect(
      Object.entries(settings).filter(([, value]) => secretInside.test(value) || /key=|sig=/i.test(value)),
    ).toEqual([]);
    expect(Object.keys(settings)).not.toContain("AzureWebJobsStorage");
  });

  it("are right to the app, which takes its storage as its identity", () => {
    const config = loadConfig(settingsOf(deployment));
    expect(config.storage.kind).toBe("identity");
    expect(config.credential).toEqual({ kind: "managedIdentity", clientId });
  });

  it("have telemetry sent as the identity", () => {
    const { azureMonitor } = telemetrySettings(settingsOf(deployment)) ?? {};
    expect(azureMonitor?.withIdentity).toBe(true);
  });
});

it("the app looks after this subscription and changes nothing unless it is told to", () => {
  const { policy, notices } = loadConfig(settingsOf(audit));
  expect(policy).toMatchObject({
    mode: "audit",
    subscriptions: [homeSubscriptionId],
    prune: false,
    adminUserRegistries: [],
    requiredImages: [],
  });
  expect(formatId(policy.defaultRegistry ?? expect.fail("no registry")).toLowerCase()).toBe(
    defaultRegistry.toLowerCase(),
  );
  expect(notices).toBeUndefined();
});

it("what is answered reaches the app", () => {
  const { policy, managementGroups, notices } = loadConfig(settingsOf(everything));
  expect(policy).toMatchObject({
    mode: "enforce",
    subscriptions: everyOption.subscriptionIds,
    prune: true,
    attach: "never",
  });
  expect(policy.rules).toHaveLength(2);
  expect(policy.requiredImages).toHaveLength(1);
  expect(policy.adminUserRegistries).toHaveLength(1);
  expect(managementGroups).toEqual(everyOption.managementGroups);
  expect(notices?.topicEndpoint).toBe("https://evgt-notices.westeurope-1.eventgrid.azure.net/api/events");
});

it("every setting of the app can be given, but for those that have no place in Azure", async () => {
  const { definitions } = JSON.parse(await compile("modules/types.bicep")) as {
    readonly definitions: { readonly furtherSettings: { readonly properties: object } };
  };
  const given = new Set([...Object.keys(settingsOf(audit)), ...Object.keys(definitions.furtherSettings.properties)]);
  expect(settingNames.filter((name) => !given.has(name)).sort()).toEqual(notDeployed);
  expect([...given].filter((name) => ![...settingNames, ...ofTheHost].includes(name))).toEqual([]);
});
