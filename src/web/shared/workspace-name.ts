/** The parts of an ARM id that a person tells workspaces and registries apart by. */

/** The last part of an ARM id: what the resource is called. */
export function nameOf(id: string): string {
  return id.split("/").at(-1) ?? id;
}

/** The subscription and the resource group in an ARM id. */
export function placeOf(id: string): { readonly subscription: string; readonly resourceGroup: string } {
  const parts = id.split("/");
  return { subscription: parts[2] ?? "", resourceGroup: parts[4] ?? "" };
}

/** The path of a workspace in the API, below `/api/`. */
export function pathOf(id: string): string {
  const { subscription, resourceGroup } = placeOf(id);
  return `workspaces/${[subscription, resourceGroup, nameOf(id)].map(encodeURIComponent).join("/")}`;
}
