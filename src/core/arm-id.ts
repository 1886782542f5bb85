/**
 * Azure Resource Manager ids, parsed once into typed values.
 *
 * ARM compares ids without regard to case and services disagree about the casing they send (`resourcegroups` and
 * `resourceGroups` arrive side by side), so ids are compared only through {@link sameId} or {@link idKey}.
 */

/** A resource in a resource group: `/subscriptions/…/resourceGroups/…/providers/{type}/{name}`. */
export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Provider and types, e.g. `Microsoft.MachineLearningServices/workspaces`. */
  readonly type: string;
  /** One name per type segment; a child resource has several. */
  readonly names: readonly string[];
}

/** The id of an Azure Machine Learning workspace, of whatever kind (default, hub, project, feature store). */
export type WorkspaceId = ResourceId & { readonly kind: "workspace"; readonly name: string };

/** The id of a container registry. */
export type RegistryId = ResourceId & { readonly kind: "registry"; readonly name: string };

/** A subscription, a resource group, or one resource of a type that goes without saying. */
export interface Scope {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
  readonly name?: string;
}

export const workspaceType = "Microsoft.MachineLearningServices/workspaces";
export const registryType = "Microsoft.ContainerRegistry/registries";

/** Says what is wrong with an id, and what a right one looks like. */
export class InvalidIdError extends Error {
  override readonly name = "InvalidIdError";
}

const shape = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/{provider}/{type}/{name}";
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// Azure naming rules ("Naming rules and restrictions for Azure resources"): resource groups 1–90 letters, digits and ._-(), not ending in a period.
const resourceGroupName = /^[\p{L}\p{N}._\-()]{0,89}[\p{L}\p{N}_\-()]$/u;
const typeSegment = /^[A-Za-z][A-Za-z0-9.]*$/;
// Wide enough for every resource name; narrow enough that a name never leaves its path segment (`..` would) or its line in a log.
const resourceName = /^(?!\.+$)[\p{L}\p{N}._\-()]{1,260}$/u;

/**
 * Parses the id of a resource, or of a child resource.
 * @throws InvalidIdError naming the segment that is wrong and what was found there.
 */
export function parseResourceId(text: string): ResourceId {
  const fail = (what: string): never => {
    throw new InvalidIdError(`${quote(text)} is not the id of an Azure resource: ${what}. Expected ${shape}.`);
  };
  if (!text.startsWith("/")) fail("it does not start with '/'");
  const segments = text.slice(1).replace(/\/$/, "").split("/");
  const [subscriptions, subscriptionId = "", resourceGroups, resourceGroup = "", providers, provider = "", ...rest] =
    segments;
  if (subscriptions?.toLowerCase() !== "subscriptions")
    fail(`segment 1 is ${quote(subscriptions)}, not 'subscriptions'`);
  if (!guid.test(subscriptionId)) fail(`the subscription id ${quote(subscriptionId)} is not a GUID`);
  if (resourceGroups?.toLowerCase() !== "resourcegroups")
    fail(`segment 3 is ${quote(resourceGroups)}, not 'resourceGroups'`);
  if (!resourceGroupName.test(resourceGroup)) fail(`${quote(resourceGroup)} cannot be the name of a resource group`);
  if (providers?.toLowerCase() !== "providers") fail(`segment 5 is ${quote(providers)}, not 'providers'`);
  if (!typeSegment.test(provider) || !provider.includes(".")) fail(`${quote(provider)} is not a resource provider`);
  if (rest.length === 0 || rest.length % 2 === 1) fail("type and name must come in pairs after the provider");
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  for (const type of types) if (!typeSegment.test(type)) fail(`${quote(type)} is not a resource type`);
  for (const name of names) if (!resourceName.test(name)) fail(`${quote(name)} cannot be the name of a resource`);
  return { subscriptionId, resourceGroup, type: [provider, ...types].join("/"), names };
}

/**
 * Parses a scope: a subscription, a resource group, or a resource in one, which is answered besides.
 * @returns `undefined` for what lies above subscriptions, or in one without a resource group
 * @throws InvalidIdError
 */
export function parseScope(
  text: string,
): (Pick<Scope, "subscriptionId" | "resourceGroup"> & { readonly resource?: ResourceId }) | undefined {
  const segments = text.replace(/\/$/, "").split("/");
  const [blank, subscriptions, subscriptionId = "", groups, resourceGroup = ""] = segments;
  if (blank === "" && (subscriptions === undefined || sameText(subscriptions, "providers"))) return undefined;
  const inSubscription = blank === "" && sameText(subscriptions ?? "", "subscriptions") && guid.test(subscriptionId);
  if (inSubscription && groups === undefined) return { subscriptionId };
  if (inSubscription && sameText(groups ?? "", "providers")) return undefined;
  if (segments.length > 5) {
    const resource = parseResourceId(text);
    return { subscriptionId, resourceGroup: resource.resourceGroup, resource };
  }
  if (!inSubscription || !sameText(groups ?? "", "resourceGroups") || !resourceGroupName.test(resourceGroup))
    throw new InvalidIdError(`${quote(text)} is not the id of a subscription, a resource group or a resource.`);
  return { subscriptionId, resourceGroup };
}

/**
 * Parses the id of a workspace.
 * @throws InvalidIdError when it is not an id, or is the id of something else.
 */
export function parseWorkspaceId(text: string): WorkspaceId {
  const id = parseIdOf(workspaceType, text);
  return { ...id, kind: "workspace" };
}

/** The id of a workspace from its parts. @throws InvalidIdError as {@link parseWorkspaceId}. */
export function workspaceId(subscriptionId: string, resourceGroup: string, name: string): WorkspaceId {
  return parseWorkspaceId(
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${workspaceType}/${name}`,
  );
}

/**
 * Parses the id of a registry.
 * @throws InvalidIdError when it is not an id, or is the id of something else.
 */
export function parseRegistryId(text: string): RegistryId {
  const id = parseIdOf(registryType, text);
  return { ...id, kind: "registry" };
}

/** The id as ARM writes it, in the casing it was parsed with. */
export function formatId({ subscriptionId, resourceGroup, type, names }: ResourceId): string {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
  // Nearly every id, and there are very many of them in a sweep.
  if (names.length === 1) return `${group}/${type}/${names[0] ?? ""}`;
  const [provider = "", ...types] = type.split("/");
  const path = types.map((one, index) => `${one}/${names[index] ?? ""}`).join("/");
  return `${group}/${provider}/${path}`;
}

/** The same text for every casing of one id: the only form that may be a key. */
export function idKey(id: ResourceId): string {
  return textKey(formatId(id));
}

/** Whether two ids name the same resource. */
export function sameId(a: ResourceId, b: ResourceId): boolean {
  return idKey(a) === idKey(b);
}

/** Whether two texts are equal as Azure compares names and ids. */
export function sameText(a: string, b: string): boolean {
  return textKey(a) === textKey(b);
}

/**
 * The same text for every casing of one id or name: lower case, but for four letters whose lower case is that of another letter (the Kelvin sign becomes k): Azure tells
 * these apart, and whoever may name a resource group must not slip into a rule that names another.
 */
export function textKey(text: string): string {
  if (!/[\u0130\u2126\u212A\u212B]/.test(text)) return text.toLowerCase();
  return text.replace(/[^\u0130\u2126\u212A\u212B]+/gu, (part) => part.toLowerCase());
}

/** Whether a text is a GUID as Azure writes subscription, tenant and principal ids. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}

/**
 * Parses the id of a resource of one type, such as `Microsoft.Storage/storageAccounts`.
 * @throws InvalidIdError when it is not an id, or is the id of something else.
 */
export function parseIdOf(type: string, text: string): ResourceId & { readonly name: string } {
  const id = parseResourceId(text);
  const [name] = id.names;
  if (!sameText(id.type, type) || name === undefined)
    throw new InvalidIdError(`${quote(text)} is the id of a ${id.type}, not of a ${type}.`);
  return { ...id, type, name };
}

function quote(text: string | undefined): string {
  if (text === undefined || text === "") return "(nothing)";
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
