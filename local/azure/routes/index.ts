import type { Route } from "../route.ts";
import { denyAssignmentRoutes } from "./deny-assignments.ts";
import { registryRoutes } from "./registries.ts";
import { resourceGraphRoutes } from "./resource-graph.ts";
import { roleAssignmentRoutes } from "./role-assignments.ts";
import { roleDefinitionRoutes } from "./role-definitions.ts";
import { secretRoutes } from "./secrets.ts";
import { storageAccountRoutes } from "./storage-accounts.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { userAssignedIdentityRoutes } from "./user-assigned-identities.ts";
import { workspaceChildRoutes } from "./workspace-children.ts";
import { workspaceDependencyRoutes } from "./workspace-dependencies.ts";
import { workspaceRoutes } from "./workspaces.ts";

/** Everything of ARM that is modelled. What is not in this table is answered with ARM's 404. */
export const routes: readonly Route[] = [
  ...subscriptionRoutes,
  ...workspaceRoutes,
  ...workspaceChildRoutes,
  ...registryRoutes,
  ...storageAccountRoutes,
  ...workspaceDependencyRoutes,
  ...secretRoutes,
  ...userAssignedIdentityRoutes,
  ...roleDefinitionRoutes,
  ...roleAssignmentRoutes,
  ...denyAssignmentRoutes,
  ...resourceGraphRoutes,
];
