/** The types that are modelled, in the casing of their providers. */
export const WORKSPACE = "Microsoft.MachineLearningServices/workspaces";
export const COMPUTE = `${WORKSPACE}/computes`;
export const ONLINE_ENDPOINT = `${WORKSPACE}/onlineEndpoints`;
export const REGISTRY = "Microsoft.ContainerRegistry/registries";
export const STORAGE_ACCOUNT = "Microsoft.Storage/storageAccounts";
/** What a workspace needs besides; of these nothing is modelled but that they are there. */
export const KEY_VAULT = "Microsoft.KeyVault/vaults";
export const APPLICATION_INSIGHTS = "Microsoft.Insights/components";
export const LOG_ANALYTICS = "Microsoft.OperationalInsights/workspaces";
export const TOPIC = "Microsoft.EventGrid/topics";
export const USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";
