import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { azureDiagnosisReads } from "../../src/azure/diagnosis-reads.ts";
import { parseRegistryId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import { adapters, failureOf, registry, registryId, unaborted, workspace, workspaceId } from "./setting.ts";

async function diagnosing(fixture?: Fixture, settings: SettingsInput = {}) {
  const setting = await adapters(fixture, settings);
  return { ...setting, diagnosisReads: azureDiagnosisReads(setting.arm, setting.clock) };
}

const broken: Fixture = {
  resources: [{ id: registryId }, { id: workspaceId, properties: { containerRegistry: registryId } }],
};

describe("the details of a registry", () => {
  test("are what the specification says where the registry says nothing", async () => {
    const { diagnosisReads } = await diagnosing();
    expect(await diagnosisReads.registryDetails(registry, unaborted)).toEqual({
      kind: "found",
      id: registry,
      provisioningState: "Succeeded",
      mode: "LegacyRegistryPermissions",
      adminUserEnabled: false,
      sku: "Premium",
      publicNetworkAccess: "Enabled",
      defaultAction: "Allow",
      ipRules: [],
      networkRuleBypassOptions: "AzureServices",
      privateEndpoints: [],
      armTokensMayLogIn: true,
      loginServer: expect.any(String) as string,
    });
  });

  test("tell of network rules, private endpoints and the login policy", async () => {
    const { diagnosisReads } = await diagnosing({
      resources: [
        {
          id: registryId,
          sku: { name: "Basic", tier: "Basic" },
          properties: {
            adminUserEnabled: true,
            publicNetworkAccess: "Disabled",
            networkRuleSet: { defaultAction: "Deny", ipRules: [{ action: "Allow", value: "10.0.0.0/8" }] },
            networkRuleBypassOptions: "None",
            policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
            privateEndpointConnections: [
              { name: "pe", properties: { privateLinkServiceConnectionState: { status: "Pending" } } },
            ],
          },
        },
      ],
    });
    expect(await diagnosisReads.registryDetails(registry, unaborted)).toMatchObject({
      adminUserEnabled: true,
      sku: "Basic",
      publicNetworkAccess: "Disabled",
      defaultAction: "Deny",
      ipRules: ["10.0.0.0/8"],
      networkRuleBypassOptions: "None",
      privateEndpoints: [{ name: "pe", status: "Pending" }],
      armTokensMayLogIn: false,
    });
  });

  test("of one that is not there are undefined, of one that may not be read a failure naming action and scope", async () => {
    const { azure, diagnosisReads } = await diagnosing();
    expect(await diagnosisReads.registryDetails(parseRegistryId(`${registryId}-none`), unaborted)).toBeUndefined();
    azure.world.setPermissions([]);
    expect(await failureOf(diagnosisReads.registryDetails(registry, unaborted))).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.ContainerRegistry/registries/read",
      scope: registryId,
    });
  });
});

test("the compute that builds images is read with the workspace", async () => {
  const { azure, reads } = await diagnosing();
  expect(await reads.workspace(workspace, unaborted)).not.toHaveProperty("imageBuildCompute");
  azure.world.patch(workspaceId, { properties: { imageBuildCompute: "cpu" } });
  expect(await reads.workspace(workspace, unaborted)).toMatchObject({ imageBuildCompute: "cpu" });
});

describe("Azure Machine Learning's own diagnosis", () => {
  const accessDenied = [
    {
      area: "containerRegistry",
      code: "ContainerRegistryAccessDenied",
      level: "Error",
      message: expect.stringContaining("no permission to pull from images") as string,
    },
  ];

  test("is told finding by finding, each with its area", async () => {
    const { azure, diagnosisReads } = await diagnosing(broken);
    expect(await diagnosisReads.serviceDiagnosis(workspace, unaborted)).toEqual(accessDenied);
    const [sent] = azure.requests.filter(({ method }) => method === "POST");
    expect(Object.keys((sent?.body as { value: object }).value)).toContain("containerRegistry");
  });

  test("that takes its time is followed at the pace that Azure asks for, and sent once", async () => {
    const { azure, diagnosisReads } = await diagnosing(broken, { diagnoseSeconds: 15, retryAfterSeconds: 10 });
    expect(await diagnosisReads.serviceDiagnosis(workspace, unaborted)).toEqual(accessDenied);
    expect(azure.requests.map(({ method, status, early }) => [method, status, early])).toEqual([
      ["POST", 202, false],
      ["GET", 202, false],
      ["GET", 200, false],
    ]);
  });

  test("is waited for 25 seconds and no longer", async () => {
    const { clock, diagnosisReads } = await diagnosing(broken, { diagnoseSeconds: 60, retryAfterSeconds: 10 });
    const from = clock.now();
    expect(await diagnosisReads.serviceDiagnosis(workspace, unaborted)).toBeUndefined();
    expect(clock.now() - from).toBeLessThanOrEqual(25_000);
  });

  test("that is refused names the action; one that ends badly, and a workspace that is not there, are failures too", async () => {
    const { azure, diagnosisReads } = await diagnosing();
    const none = parseWorkspaceId(`${workspaceId}-none`);
    expect(await failureOf(diagnosisReads.serviceDiagnosis(none, unaborted))).toMatchObject({ kind: "notFound" });
    azure.setFaults([
      { match: { method: "POST" }, operation: { code: "InternalServerError", message: "Out of order." } },
    ]);
    expect((await failureOf(diagnosisReads.serviceDiagnosis(workspace, unaborted))).message).toContain("Out of order.");
    azure.world.setPermissions([]);
    expect(await failureOf(diagnosisReads.serviceDiagnosis(workspace, unaborted))).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.MachineLearningServices/workspaces/diagnose/read",
      scope: workspaceId,
    });
  });

  test("is given up when its caller is", async () => {
    const { diagnosisReads } = await diagnosing(broken, { diagnoseSeconds: 15 });
    expect(await failureOf(diagnosisReads.serviceDiagnosis(workspace, AbortSignal.abort()))).toMatchObject({
      kind: "transient",
    });
  });
});
