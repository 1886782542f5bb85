import { describe, expect, test } from "vitest";

import { loadConfig } from "../src/config.ts";
import { parseIdOf, parseRegistryId } from "../src/core/arm-id.ts";
import { defaultWaits } from "../src/core/policy.ts";
import { connectionString, least, registryId, rulesOf, second, subscription } from "./config-samples.ts";

describe("settings that are given", () => {
  test("make the policy", () => {
    const groupId = `/subscriptions/${subscription}/resourceGroups/ml`;
    const identityId = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/team`;
    const rules = [
      {
        subscriptionId: second,
        resourceGroup: "ml",
        location: "West Europe",
        registryIds: [registryId, `${registryId}2`],
      },
      { registryIds: [registryId] },
    ];
    const digest = `sha256:${"0a".repeat(32)}`;
    const images = [
      { image: "team/base" },
      { image: `a__b/c-d.e@${digest}` },
      { image: "winarena:v1.0_x", importFrom: "Docker.io/windowsarena/winarena:latest" },
      { image: `pinned@${digest}`, importFrom: `contoso.azurecr.io:443/pinned@${digest}` },
    ];
    const { policy } = loadConfig({
      ...least,
      REMEDIATOR_MODE: "enforce",
      REMEDIATOR_SUBSCRIPTIONS: ` ${second.toUpperCase()} , ${subscription},${second}`,
      REMEDIATOR_DEFAULT_REGISTRY: undefined,
      REMEDIATOR_REGISTRY_RULES: rulesOf(rules),
      REMEDIATOR_ATTACH: "replace",
      REMEDIATOR_PULL_PRINCIPALS: "endpoint, Workspace,endpoint",
      REMEDIATOR_ALLOWED_IDENTITY_SCOPES: `/subscriptions/${second}, ${groupId} ,${identityId}`,
      REMEDIATOR_ADMIN_USER_REGISTRIES: ` ${registryId}, ${registryId}2`,
      REMEDIATOR_PRUNE: "on",
      REMEDIATOR_FIRST_SIGHT: "adopt",
      REMEDIATOR_CONTEST_ROUNDS: " 100 ",
      REMEDIATOR_REQUIRED_IMAGES: JSON.stringify(images),
    });
    expect(policy).toEqual({
      mode: "enforce",
      subscriptions: [second, subscription],
      rules: [
        {
          subscriptionId: second,
          resourceGroup: "ml",
          location: "West Europe",
          registries: [registryId, `${registryId}2`].map(parseRegistryId),
        },
        { registries: [parseRegistryId(registryId)] },
      ],
      attach: "replace",
      pullPrincipals: ["endpoint", "workspace"],
      allowedIdentityScopes: [
        { subscriptionId: second },
        { subscriptionId: subscription, resourceGroup: "ml" },
        {
          subscriptionId: subscription,
          resourceGroup: "ml",
          identity: parseIdOf("Microsoft.ManagedIdentity/userAssignedIdentities", identityId),
        },
      ],
      adminUserRegistries: [registryId, `${registryId}2`].map(parseRegistryId),
      prune: true,
      firstSight: "adopt",
      contestRounds: 100,
      requiredImages: [
        { repository: "team/base", reference: "latest" },
        { repository: "a__b/c-d.e", reference: digest },
        {
          repository: "winarena",
          reference: "v1.0_x",
          importFrom: { host: "docker.io", repository: "windowsarena/winarena", reference: "latest" },
        },
        {
          repository: "pinned",
          reference: digest,
          importFrom: { host: "contoso.azurecr.io:443", repository: "pinned", reference: digest },
        },
      ],
      waits: defaultWaits,
    });
  });

  test("may name management groups, with subscriptions or without", () => {
    const REMEDIATOR_MANAGEMENT_GROUPS = ` Platform,mg_1.(a)-b ,PLATFORM, ${second}`;
    const groups = ["platform", "mg_1.(a)-b", second];
    const both = loadConfig({ ...least, REMEDIATOR_MANAGEMENT_GROUPS });
    expect([both.managementGroups, both.policy.subscriptions]).toEqual([groups, [subscription]]);
    const alone = loadConfig({ ...least, REMEDIATOR_MANAGEMENT_GROUPS, REMEDIATOR_SUBSCRIPTIONS: "" });
    expect([alone.managementGroups, alone.policy.subscriptions]).toEqual([groups, []]);
  });

  test("set the waits, and scale all but the time that one reconcile takes", () => {
    const { policy, freshness } = loadConfig({
      ...least,
      REMEDIATOR_ARM_ENDPOINT: "https://management.local.example",
      REMEDIATOR_SWEEP_SCHEDULE: " 0  0 */6 * * * ",
      REMEDIATOR_DEADLINE_HOURS: "2",
      REMEDIATOR_RECHECK_MINUTES: "30",
      REMEDIATOR_RECHECK_AFTER_DAYS: "10",
      REMEDIATOR_WAIT_SCALE: "0.1",
    });
    expect(freshness).toEqual({
      schedule: "0 0 */6 * * *",
      sweepGraceMs: 360_000,
      sweepHoldMs: 60_000,
      backlogMs: 90_000,
    });
    expect(policy.waits).toEqual({
      deadlineMs: 720_000,
      youngPermissionMs: 180_000,
      blockedRecheckMs: 180_000,
      pruneMs: 360_000,
      recheckAfterMs: 86_400_000,
      followUpMs: 60_000,
      contestMs: 8_640_000,
      staleReadMs: 12_000,
      backOffMs: 1_500,
      backOffMaxMs: 60_000,
      betweenReconcilesMs: 1_000,
      firstSyncMs: 100,
      leaseHeldMs: 500,
      operationMs: 20_000,
    });
  });

  test.each([
    ["AzureCloud", "https://management.azure.com", "https://containerregistry.azure.net"],
    ["AzureUSGovernment", "https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net"],
    ["AzureChinaCloud", "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
  ])("choose the cloud %s", (REMEDIATOR_CLOUD, url, registryAudience) => {
    const arm = { endpoint: url, audience: url };
    expect(loadConfig({ ...least, REMEDIATOR_CLOUD })).toMatchObject({ arm, registryAudience });
  });

  test.each([
    ["AzureCloud", "https://portal.azure.com"],
    ["AzureUSGovernment", "https://portal.azure.us"],
    ["AzureChinaCloud", "https://portal.azure.cn"],
  ])("may name a topic to publish to, with the portal of %s", (REMEDIATOR_CLOUD, portal) => {
    const given = " https://contoso.westeurope-1.EventGrid.azure.net:443/api/events ";
    const { notices } = loadConfig({ ...least, REMEDIATOR_CLOUD, REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: given });
    expect(notices).toEqual({
      topicEndpoint: "https://contoso.westeurope-1.eventgrid.azure.net/api/events",
      portal,
    });
  });

  test("may name another Resource Manager, which is the audience of tokens unless told otherwise", () => {
    const REMEDIATOR_ARM_ENDPOINT = "https://management.local.example:8443/";
    const endpoint = "https://management.local.example:8443";
    expect(loadConfig({ ...least, REMEDIATOR_ARM_ENDPOINT }).arm).toEqual({ endpoint, audience: endpoint });
    const REMEDIATOR_ARM_AUDIENCE = "https://management.azure.com";
    expect(loadConfig({ ...least, REMEDIATOR_ARM_ENDPOINT, REMEDIATOR_ARM_AUDIENCE }).arm).toEqual({
      endpoint,
      audience: REMEDIATOR_ARM_AUDIENCE,
    });
  });

  test("choose the identity, the lease and storage by identity", () => {
    const config = loadConfig({
      ...least,
      AzureWebJobsStorage: "",
      AzureWebJobsStorage__queueServiceUri: "https://a.queue.core.windows.net",
      AzureWebJobsStorage__tableServiceUri: "https://a.table.core.windows.net",
      AZURE_CLIENT_ID: ` ${second} `,
      REMEDIATOR_CREDENTIAL: "developer",
      REMEDIATOR_LEASE_SECONDS: "5",
    });
    expect(config).toMatchObject({
      credential: { kind: "developer", clientId: second },
      storage: {
        kind: "identity",
        queueServiceUri: "https://a.queue.core.windows.net",
        tableServiceUri: "https://a.table.core.windows.net",
      },
      leaseSeconds: 5,
    });
  });

  test.each([
    "UseDevelopmentStorage=true",
    connectionString,
    "QueueEndpoint=https://a;TableEndpoint=https://b;SharedAccessSignature=sv=1",
  ])("may have the connection string %s", (AzureWebJobsStorage) => {
    expect(loadConfig({ ...least, AzureWebJobsStorage }).storage).toEqual({
      kind: "connectionString",
      connectionString: AzureWebJobsStorage,
    });
  });
});
