/** The path that names one workspace. */
export const workspaceRoute = "workspaces/{subscriptionId}/{resourceGroup}/{name}";
