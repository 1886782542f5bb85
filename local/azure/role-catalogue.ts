import type { RoleDefinitionInput } from "./fixture.ts";

export interface RoleDefinition extends RoleDefinitionInput {
  readonly type: "BuiltInRole" | "CustomRole";
}

/**
 * The built-in roles that decide who may pull, with the permissions Microsoft documents.
 * Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
 */
export const builtInRoles: readonly RoleDefinition[] = [
  builtIn("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", { actions: ["*"] }),
  builtIn("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", {
    actions: ["*"],
    notActions: [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
      "Microsoft.Blueprint/blueprintAssignments/write",
      "Microsoft.Blueprint/blueprintAssignments/delete",
      "Microsoft.Compute/galleries/share/action",
      "Microsoft.Purview/consents/write",
      "Microsoft.Purview/consents/delete",
      "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
    ],
  }),
  builtIn("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", { actions: ["*/read"] }),
  builtIn("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", {
    actions: ["Microsoft.ContainerRegistry/registries/pull/read"],
  }),
  builtIn("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", {
    actions: ["Microsoft.ContainerRegistry/registries/pull/read", "Microsoft.ContainerRegistry/registries/push/write"],
  }),
  builtIn("c2f4ef07-c644-48eb-af81-4b1b4947fb11", "AcrDelete", {
    actions: ["Microsoft.ContainerRegistry/registries/artifacts/delete"],
  }),
  builtIn("b93aa761-3e63-49ed-ac28-beffa264f7ac", "Container Registry Repository Reader", {
    dataActions: [
      "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
      "Microsoft.ContainerRegistry/registries/repositories/content/read",
    ],
  }),
  builtIn("2a1e307c-b015-4ebd-883e-5b7698a07328", "Container Registry Repository Writer", {
    dataActions: [
      "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
      "Microsoft.ContainerRegistry/registries/repositories/content/read",
      "Microsoft.ContainerRegistry/registries/repositories/content/write",
    ],
  }),
  builtIn("2efddaa5-3f1f-4df3-97df-af3f13818f4c", "Container Registry Repository Contributor", {
    dataActions: [
      "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/write",
      "Microsoft.ContainerRegistry/registries/repositories/metadata/delete",
      "Microsoft.ContainerRegistry/registries/repositories/content/read",
      "Microsoft.ContainerRegistry/registries/repositories/content/write",
      "Microsoft.ContainerRegistry/registries/repositories/content/delete",
    ],
  }),
  builtIn("b78c5d69-af96-48a3-bf8d-a8b4d589de94", "Azure AI Administrator", {
    actions: [
      "Microsoft.Authorization/*/read",
      "Microsoft.CognitiveServices/*",
      "Microsoft.ContainerRegistry/registries/*",
      "Microsoft.DocumentDb/databaseAccounts/*",
      "Microsoft.Features/features/read",
      "Microsoft.Features/providers/features/read",
      "Microsoft.Features/providers/features/register/action",
      "Microsoft.Insights/alertRules/*",
      "Microsoft.Insights/components/*",
      "Microsoft.Insights/diagnosticSettings/*",
      "Microsoft.Insights/generateLiveToken/read",
      "Microsoft.Insights/logDefinitions/read",
      "Microsoft.Insights/metricAlerts/*",
      "Microsoft.Insights/metricdefinitions/read",
      "Microsoft.Insights/metrics/read",
      "Microsoft.Insights/topology/read",
      "Microsoft.Insights/transactions/read",
      "Microsoft.KeyVault/*",
      "Microsoft.MachineLearningServices/workspaces/*",
      "Microsoft.ResourceHealth/availabilityStatuses/read",
      "Microsoft.Resources/deployments/*",
      "Microsoft.Resources/deployments/operations/read",
      "Microsoft.Resources/subscriptions/operationresults/read",
      "Microsoft.Resources/subscriptions/read",
      "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
      "Microsoft.Resources/subscriptions/resourceGroups/read",
      "Microsoft.Resources/subscriptions/resourceGroups/write",
      "Microsoft.Storage/storageAccounts/*",
      "Microsoft.Support/*",
      "Microsoft.Search/searchServices/write",
      "Microsoft.Search/searchServices/read",
      "Microsoft.Search/searchServices/delete",
    ],
  }),
  builtIn("d5a91429-5739-47e2-a06b-3470a27159e7", "EventGrid Data Sender", {
    actions: [
      "Microsoft.Authorization/*/read",
      "Microsoft.EventGrid/topics/read",
      "Microsoft.EventGrid/domains/read",
      "Microsoft.EventGrid/partnerNamespaces/read",
      "Microsoft.Resources/subscriptions/resourceGroups/read",
      "Microsoft.EventGrid/namespaces/read",
    ],
    dataActions: ["Microsoft.EventGrid/events/send/action"],
  }),
  builtIn("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator", {
    actions: [
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete",
      "*/read",
      "Microsoft.Support/*",
    ],
  }),
];

function builtIn(
  id: string,
  roleName: string,
  permission: Partial<RoleDefinitionInput["permissions"][number]>,
): RoleDefinition {
  const nothing = { actions: [], notActions: [], dataActions: [], notDataActions: [] };
  return { id, roleName, permissions: [{ ...nothing, ...permission }], assignableScopes: ["/"], type: "BuiltInRole" };
}
