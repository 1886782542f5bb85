import { ConfigError, loadConfig } from "../src/config.ts";
import type { Environment } from "../src/settings.ts";

export const subscription = "11111111-1111-4111-8111-111111111111";
export const second = "22222222-2222-4222-8222-222222222222";
export const registryId = `/subscriptions/${subscription}/resourceGroups/shared/providers/Microsoft.ContainerRegistry/registries/contoso`;
export const connectionString = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0";
export const least: Environment = {
  REMEDIATOR_SUBSCRIPTIONS: subscription,
  REMEDIATOR_DEFAULT_REGISTRY: registryId,
  AzureWebJobsStorage: connectionString,
};

export function problemsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

export const rulesOf = (rules: unknown): string => JSON.stringify(rules);
