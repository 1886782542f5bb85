import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { audit, everything, onboarded } from "./deployments.ts";
import { type Evaluated, root } from "./templates.ts";

describe.each([
  ["as it comes", audit],
  ["with every option", everything],
])("what is deployed %s", (_how, deployment) => {
  /** The properties of the one resource of a type. */
  const properties = (type: string): Evaluated["resources"][number]["properties"] => deployment.the(type).properties;

  it("is an app on Flex Consumption with Node 24 that acts as its user-assigned identity", () => {
    const { kind, identity, properties } = deployment.the("Microsoft.Web/sites");
    expect(kind).toBe("functionapp,linux");
    expect(identity?.type).toBe("UserAssigned");
    expect(deployment.the("Microsoft.Web/serverfarms").sku).toEqual({ name: "FC1", tier: "FlexConsumption" });
    expect(properties["functionAppConfig"]).toMatchObject({
      runtime: { name: "node", version: "24" },
      deployment: { storage: { type: "blobContainer", authentication: { type: "UserAssignedIdentity" } } },
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 },
    });
  });

  it("lets in over https only, by TLS 1.2 at least", () => {
    expect(properties("Microsoft.Web/sites")).toMatchObject({
      httpsOnly: true,
      siteConfig: { minTlsVersion: "1.2", scmMinTlsVersion: "1.2" },
    });
    expect(properties("Microsoft.Storage/storageAccounts")).toMatchObject({
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
    });
    for (const topic of deployment.ofType("Microsoft.EventGrid/topics"))
      expect(topic.properties).toMatchObject({ minimumTlsVersionAllowed: "1.2" });
  });

  it("takes no code over FTP or by a password", () => {
    expect(properties("Microsoft.Web/sites")).toMatchObject({ siteConfig: { ftpsState: "Disabled" } });
    const policies = deployment.ofType("Microsoft.Web/sites/basicPublishingCredentialsPolicies");
    expect(policies.map(({ name, properties }) => [name.split("/").at(-1), properties])).toEqual([
      ["ftp", { allow: false }],
      ["scm", { allow: false }],
    ]);
  });

  it("keeps nothing that a key opens, or that is public", () => {
    expect(properties("Microsoft.Storage/storageAccounts")).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      defaultToOAuthAuthentication: true,
    });
    const containers = deployment.ofType("Microsoft.Storage/storageAccounts/blobServices/containers");
    expect(containers.map(({ name, properties }) => [name.split("/").at(-1), properties])).toEqual([
      ["app-package", { publicAccess: "None" }],
      ["dead-letters", { publicAccess: "None" }],
    ]);
    expect(properties("Microsoft.Insights/components")).toMatchObject({ DisableLocalAuth: true });
    expect(properties("Microsoft.OperationalInsights/workspaces")).toMatchObject({
      features: { disableLocalAuth: true },
    });
    for (const topic of deployment.ofType("Microsoft.EventGrid/topics"))
      expect(topic.properties).toMatchObject({ disableLocalAuth: true });
  });

  it("carries the tag by which azd finds it", () => {
    expect(deployment.the("Microsoft.Resources/resourceGroups").tags).toMatchObject({ "azd-env-name": "prod" });
    expect(deployment.the("Microsoft.Web/sites").tags).toMatchObject({
      "azd-env-name": "prod",
      "azd-service-name": "app",
    });
  });
});

it("nothing is switched on that was not asked for", () => {
  const types = new Set(audit.resources.map(({ type }) => type));
  const options = [
    "Microsoft.Network/virtualNetworks",
    "Microsoft.EventGrid/topics",
    "Microsoft.Web/sites/config",
    "Microsoft.Web/sites/extensions",
  ];
  expect(options.filter((type) => types.has(type))).toEqual([]);
  const { functionAppConfig } = audit.the("Microsoft.Web/sites").properties;
  expect(functionAppConfig).toMatchObject({ scaleAndConcurrency: { alwaysReady: [] } });
});

describe("with every option", () => {
  it("storage lets in private endpoints and Event Grid only, and the app goes out through its network", () => {
    expect(everything.the("Microsoft.Storage/storageAccounts").properties).toMatchObject({
      networkAcls: { defaultAction: "Deny", bypass: "AzureServices" },
    });
    const services = everything.ofType("Microsoft.Network/privateEndpoints").map(({ name }) => name.split("-").at(-1));
    expect(services).toEqual(["blob", "queue", "table"]);
    expect(everything.ofType("Microsoft.Network/privateDnsZones")).toHaveLength(3);
    expect(everything.the("Microsoft.Web/sites").properties["virtualNetworkSubnetId"]).toMatch(/\/subnets\/app$/);
  });

  it("people sign in; Event Grid and probes, who cannot, are left alone", () => {
    expect(everything.the("Microsoft.Web/sites/config").properties).toMatchObject({
      platform: { enabled: true },
      httpSettings: { requireHttps: true },
      globalValidation: {
        requireAuthentication: true,
        excludedPaths: [
          "/runtime/webhooks/EventGrid",
          "/runtime/webhooks/eventgrid",
          "/api/health",
          "/api/health/ready",
        ],
      },
      identityProviders: {
        azureActiveDirectory: { registration: { clientId: "44444444-4444-4444-8444-444444444444" } },
      },
    });
  });

  it("an instance of the queue function is always ready", () => {
    expect(readFileSync(`${root}src/main.ts`, "utf8")).toContain('functions.storageQueue("requests"');
    const { functionAppConfig } = everything.the("Microsoft.Web/sites").properties;
    expect(functionAppConfig).toMatchObject({
      scaleAndConcurrency: { alwaysReady: [{ name: "function:requests", instanceCount: 1 }] },
    });
  });

  it("everything carries the customer's tags that can", () => {
    const untaggable =
      /\/(blobServices|containers|managementPolicies|roleAssignments|roleDefinitions|subnets|privateDnsZoneGroups|config|extensions|eventSubscriptions|basicPublishingCredentialsPolicies)$/;
    const without = everything.resources.filter(
      ({ type, tags }) => !untaggable.test(type) && tags?.["costCenter"] !== "ml",
    );
    expect(without.map(({ id }) => id)).toEqual([]);
  });
});

it("the topic of a subscription acts as the identity for dead letters, which holds no right but that", () => {
  expect(onboarded.the("Microsoft.EventGrid/systemTopics").identity?.type).toBe("UserAssigned");
});
