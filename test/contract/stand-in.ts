import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { ResourceGraphClient } from "@azure/arm-resourcegraph";
import type { TokenCredential } from "@azure/core-auth";
import { afterAll, beforeAll, onTestFinished } from "vitest";

import { trust } from "../../local/azure/certificates.ts";
import { type Azure, type AzureOptions, type Fixture, startAzure } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
export const group = `/subscriptions/${subscriptionId}/resourceGroups/ml`;
export const workspaceId = `${group}/providers/Microsoft.MachineLearningServices/workspaces/alpha`;
export const registryId = `${group}/providers/Microsoft.ContainerRegistry/registries/images`;
export const storageId = `${group}/providers/Microsoft.Storage/storageAccounts/data`;
export const acrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
export const acrPullId = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`;

/** A stand-in of its own for one test, its clock in the test's hand, its certificate trusted by this process. */
export async function azureOf(
  fixture: Fixture = { resources: [{ id: workspaceId }, { id: registryId }, { id: storageId }] },
  settings: SettingsInput = {},
  options: Omit<AzureOptions, "fixture" | "settings" | "now"> = {},
): Promise<TestAzure> {
  const azure = await start(fixture, settings, options);
  onTestFinished(() => azure.close());
  return azure;
}

/** One stand-in for all tests of a file, which change nothing in it; to be called once, outside of tests. */
export function sharedAzure(fixture: Fixture): () => TestAzure {
  let azure: TestAzure | undefined;
  beforeAll(async () => {
    azure = await start(fixture, {}, {});
  });
  afterAll(() => azure?.close());
  return () => {
    if (!azure) throw new Error("The stand-in runs only while tests do.");
    return azure;
  };
}

async function start(
  fixture: Fixture,
  settings: SettingsInput,
  options: Omit<AzureOptions, "fixture" | "settings" | "now">,
): Promise<TestAzure> {
  const clock = { ms: Date.parse("2026-03-01T12:00:00Z") };
  const azure = await startAzure({
    ...options,
    fixture: { subscriptions: [{ subscriptionId }], ...fixture },
    settings,
    now: () => clock.ms,
  });
  trust(azure);
  return Object.assign(azure, {
    /** Lets so many seconds pass. */
    pass: (seconds: number) => {
      clock.ms += seconds * 1000;
    },
  });
}

export type TestAzure = Azure & { pass: (seconds: number) => void };

function credentialOf(azure: Azure, principalId?: string): TokenCredential {
  return {
    getToken: () => Promise.resolve({ token: azure.token(principalId), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
}

const withoutRetries = { retryOptions: { maxRetries: 0 } };

export function machineLearning(azure: Azure, apiVersion = "2024-10-01"): AzureMachineLearningWorkspaces {
  const options = { endpoint: azure.armEndpoint, apiVersion, ...withoutRetries };
  return new AzureMachineLearningWorkspaces(credentialOf(azure), subscriptionId, options);
}

export function authorization(azure: Azure): AuthorizationManagementClient {
  const options = { endpoint: azure.armEndpoint, ...withoutRetries };
  return new AuthorizationManagementClient(credentialOf(azure), subscriptionId, options);
}

export function containerRegistry(azure: Azure): ContainerRegistryManagementClient {
  const options = { endpoint: azure.armEndpoint, ...withoutRetries };
  return new ContainerRegistryManagementClient(credentialOf(azure), subscriptionId, options);
}

export function resourceGraph(azure: Azure, principalId?: string): ResourceGraphClient {
  const options = { endpoint: azure.armEndpoint, ...withoutRetries };
  return new ResourceGraphClient(credentialOf(azure, principalId), options);
}

/** A request as the app's identity (or with the headers given) makes it, without an SDK between. */
export async function raw(
  azure: Azure,
  path: string,
  init: RequestInit & { principalId?: string } = {},
): Promise<{ status: number; code: string | undefined; message: string; headers: Headers; body: unknown }> {
  const { principalId, ...rest } = init;
  const response = await fetch(`${azure.armEndpoint}${path}`, {
    headers: { authorization: `Bearer ${azure.token(principalId)}` },
    ...rest,
  });
  const text = await response.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  const error = (body as { error?: { code: string; message: string } } | undefined)?.error;
  return { status: response.status, code: error?.code, message: error?.message ?? "", headers: response.headers, body };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
