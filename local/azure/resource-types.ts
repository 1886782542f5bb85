/** The types that are modelled, in the casing of their providers. */
export const WORKSPACE = "Microsoft.MachineLearningServices/workspaces";
export const COMPUTE = `${WORKSPACE}/computes`;
export const ONLINE_ENDPOINT = `${WORKSPACE}/onlineEndpoints`;
export const REGISTRY = "Microsoft.ContainerRegistry/registries";
export const STORAGE_ACCOUNT = "Microsoft.Storage/storageAccounts";
export const TOPIC = "Microsoft.EventGrid/topics";
export const USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";
