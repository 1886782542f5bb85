/** Which role lets an identity pull, and whether a role definition does: by its permissions, not by its name. */

/**
 * How a registry reads role assignments (`properties.roleAssignmentMode`). In `AbacRepositoryPermissions` mode AcrPull,
 * Reader, Contributor and Owner are not honoured (Microsoft Learn, "Azure attribute-based access control (ABAC) for
 * repository permissions in Azure Container Registry").
 */
export type RegistryMode = "LegacyRegistryPermissions" | "AbacRepositoryPermissions";

export interface Role {
  readonly name: string;
  /** The GUID of the built-in role definition (Microsoft Learn, "Azure built-in roles"). */
  readonly id: string;
}

/** The least role that lets an identity pull, for each mode. */
export const pullRoles: Readonly<Record<RegistryMode, Role>> = {
  LegacyRegistryPermissions: { name: "AcrPull", id: "7f951dda-4ed3-4680-a7ca-43fe172d538d" },
  AbacRepositoryPermissions: {
    name: "Container Registry Repository Reader",
    id: "b93aa761-3e63-49ed-ac28-beffa264f7ac",
  },
};

/** The role that Azure documents for building images in a registry; see {@link permitsBuild}. Never granted by the app. */
export const contributor: Role = { name: "Contributor", id: "b24988ac-6180-42a0-ab88-20f7382dd24c" };

/** The most role assignments that a subscription takes (Microsoft Learn, "Azure RBAC limits"); those of management groups do not count. */
export const mostAssignments = 4_000;

/** One block of a role definition's permissions. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

/** What it takes to pull, in either mode. */
export const pullAction = "Microsoft.ContainerRegistry/registries/pull/read";
const buildAction = "Microsoft.ContainerRegistry/registries/scheduleRun/action";
export const pullDataActions = [
  "Microsoft.ContainerRegistry/registries/repositories/content/read",
  "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
];

/** Whether a role with these permissions lets its holder pull from a registry in this mode. */
export function permitsPull(permissions: readonly Permission[], mode: RegistryMode): boolean {
  switch (mode) {
    case "LegacyRegistryPermissions":
      return permissions.some((p) => permits(p.actions, p.notActions, pullAction));
    case "AbacRepositoryPermissions":
      return pullDataActions.every((action) =>
        permissions.some((p) => permits(p.dataActions, p.notDataActions, action)),
      );
  }
}

/** Whether a deny assignment with these permissions takes away what it takes to pull from a registry in this mode. */
export function deniesPull(permissions: readonly Permission[], mode: RegistryMode): boolean {
  switch (mode) {
    case "LegacyRegistryPermissions":
      return permissions.some((p) => permits(p.actions, p.notActions, pullAction));
    case "AbacRepositoryPermissions":
      return pullDataActions.some((action) =>
        permissions.some((p) => permits(p.dataActions, p.notDataActions, action)),
      );
  }
}

/**
 * Whether a role with these permissions lets its holder build images in a registry, by the action that starts a build. A
 * user-assigned identity of a workspace needs it, and Azure documents Contributor for it (Microsoft Learn, "Set up
 * authentication between Azure Machine Learning and other services").
 */
export function permitsBuild(permissions: readonly Permission[]): boolean {
  return permissions.some((p) => permits(p.actions, p.notActions, buildAction));
}

/** ARM's rule: some pattern allows it and, within the same block, none takes it away again. `*` stands for any text; case does not count. */
function permits(allowed: readonly string[], excluded: readonly string[], action: string): boolean {
  return allowed.some((pattern) => matches(pattern, action)) && !excluded.some((pattern) => matches(pattern, action));
}

function matches(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}
