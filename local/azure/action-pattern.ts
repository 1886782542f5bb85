/** A pattern of a role definition or a deny assignment matches an action: `*` is any text, case does not count. */
export function matchesAction(pattern: string, action: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

/** Actions are of the control plane, data actions of the data plane; a permission lists them apart. */
export type Plane = "actions" | "dataActions";

export interface PermissionLists {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

/** Whether the permission names the action and does not take it out again. */
export function covers(permission: PermissionLists, plane: Plane, action: string): boolean {
  const except = plane === "actions" ? permission.notActions : permission.notDataActions;
  const matches = (pattern: string): boolean => matchesAction(pattern, action);
  return permission[plane].some(matches) && !except.some(matches);
}
