import type { WorkspaceId } from "../core/arm-id.ts";

/** The path that names one workspace. */
export const workspaceRoute = "workspaces/{subscriptionId}/{resourceGroup}/{name}";

/** The path of one workspace, below `/api/`. */
export function workspacePath({ subscriptionId, resourceGroup, name }: WorkspaceId): string {
  return `workspaces/${[subscriptionId, resourceGroup, name].map(encodeURIComponent).join("/")}`;
}
