/** Commands of the Azure CLI that a person may copy: with real ids, quoted for a shell. */
import { formatId, type RegistryId, type WorkspaceId } from "./arm-id.ts";
import type { Role } from "./pull-permission.ts";

/** `az ml workspace …` for one workspace. */
export function azWorkspace(verb: string, { name, resourceGroup, subscriptionId }: WorkspaceId, more = ""): string {
  return `az ml workspace ${verb} --name ${quoted(name)} --resource-group ${quoted(resourceGroup)} --subscription ${subscriptionId}${tail(more)}`;
}

/** `az acr …` for one registry. @param option what the verb calls the registry's name */
export function azRegistry(
  verb: string,
  { name, resourceGroup, subscriptionId }: RegistryId,
  more = "",
  option: "--name" | "--registry" | "--registry-name" = "--name",
): string {
  return `az acr ${verb} ${option} ${quoted(name)} --resource-group ${quoted(resourceGroup)} --subscription ${subscriptionId}${tail(more)}`;
}

/** Attaches a registry. Without `--update-dependent-resources` the CLI asks first, as it may break the lineage of earlier jobs. */
export function azAttach(workspace: WorkspaceId, registry: RegistryId): string {
  const more = `--container-registry ${quoted(formatId(registry))} --update-dependent-resources`;
  return azWorkspace("update", workspace, more);
}

/** Assigns a role to a managed identity. With the principal's type given, the directory need not know it yet. */
export function azAssign({ name }: Pick<Role, "name">, principalId: string, scope: RegistryId): string {
  return `az role assignment create --role ${quoted(name)} --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --scope ${quoted(formatId(scope))}`;
}

export function azUnassign(assignmentId: string): string {
  return `az role assignment delete --ids ${quoted(assignmentId)}`;
}

/** Gives a workspace that has none a system-assigned identity; `az ml` has no option for that. */
export function azGiveIdentity(workspace: WorkspaceId): string {
  return `az rest --method patch --url ${quoted(`${formatId(workspace)}?api-version=2024-10-01`)} --body '{"identity":{"type":"SystemAssigned"}}'`;
}

/** One word for a shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function tail(more: string): string {
  return more === "" ? "" : ` ${more}`;
}
