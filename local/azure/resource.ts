import type { IdentityInput, ResourceInput } from "./fixture.ts";
import { guidFrom } from "./directory.ts";
import { parseResourceId } from "./arm-id.ts";

export type Json = Record<string, unknown>;

/** A resource as the stand-in keeps it; what a reader sees of it depends on the api-version and the time. */
export interface Resource extends ResourceInput {
  readonly name: string;
  /** In the provider's own casing. */
  readonly type: string;
  readonly location: string;
  readonly tags: Record<string, string>;
  readonly properties: Json;
}

export const WORKSPACE = "Microsoft.MachineLearningServices/workspaces";
export const REGISTRY = "Microsoft.ContainerRegistry/registries";
export const STORAGE_ACCOUNT = "Microsoft.Storage/storageAccounts";
export const USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** What each service fills in when a property is not given. Field names: the services' OpenAPI specifications. */
const defaults: Record<string, (name: string, id: string, createdAt: string) => Partial<Resource>> = {
  [WORKSPACE]: (name, id) => ({
    kind: "Default",
    sku: { name: "Basic", tier: "Basic" },
    properties: {
      friendlyName: name,
      description: "",
      publicNetworkAccess: "Enabled",
      workspaceId: guidFrom(`workspace ${id.toLowerCase()}`),
      hbiWorkspace: false,
    },
  }),
  [REGISTRY]: (name, _id, createdAt) => ({
    sku: { name: "Premium", tier: "Premium" },
    properties: {
      loginServer: `${name.toLowerCase()}.azurecr.io`,
      creationDate: createdAt,
      provisioningState: "Succeeded",
      adminUserEnabled: false,
      policies: { azureADAuthenticationAsArmPolicy: { status: "enabled" } },
      dataEndpointEnabled: false,
      dataEndpointHostNames: [],
      privateEndpointConnections: [],
      publicNetworkAccess: "Enabled",
      networkRuleBypassOptions: "AzureServices",
      zoneRedundancy: "Disabled",
      anonymousPullEnabled: false,
      roleAssignmentMode: "LegacyRegistryPermissions",
    },
  }),
  [STORAGE_ACCOUNT]: (_name, _id, createdAt) => ({
    kind: "StorageV2",
    sku: { name: "Standard_LRS", tier: "Standard" },
    properties: {
      provisioningState: "Succeeded",
      creationTime: createdAt,
      keyCreationTime: { key1: createdAt, key2: createdAt },
    },
  }),
  [USER_ASSIGNED_IDENTITY]: (_name, id) => ({
    properties: {
      principalId: guidFrom(`principal ${id.toLowerCase()}`),
      clientId: guidFrom(`client ${id.toLowerCase()}`),
    },
  }),
};

/** The resource with its service's defaults; throws for a type that is not modelled. */
export function completeResource(input: ResourceInput, now: number): Resource {
  const parsed = parseResourceId(input.id);
  const type = Object.keys(defaults).find((known) => known.toLowerCase() === parsed?.type.toLowerCase());
  const fill = type === undefined ? undefined : defaults[type];
  if (!parsed || type === undefined || !fill) {
    throw new TypeError(`${input.id}: not modelled; modelled are ${Object.keys(defaults).join(", ")}`);
  }
  const standard = fill(parsed.name, input.id, new Date(now).toISOString());
  const identity: IdentityInput | undefined =
    input.identity ?? (type === WORKSPACE ? { type: "SystemAssigned" } : undefined);
  return {
    ...standard,
    ...input,
    ...(identity && { identity }),
    name: parsed.name,
    type,
    location: input.location ?? "westeurope",
    tags: input.tags ?? {},
    properties: { ...standard.properties, ...input.properties },
  };
}

/** Whether the identity's type names this kind, however it is spaced and cased. */
export function hasIdentityKind(identity: IdentityInput | undefined, kind: "SystemAssigned" | "UserAssigned"): boolean {
  return (identity?.type ?? "")
    .toLowerCase()
    .split(",")
    .some((part) => part.trim() === kind.toLowerCase());
}

/** The resource after a PATCH: properties are merged one by one, everything else that is given replaces what was there. */
export function mergeResource(resource: Resource, changes: Json): Json {
  const { id, location, kind, tags, identity, sku, properties } = resource;
  const current: Json = { id, location, kind, tags, identity, sku };
  const given = Object.entries(withoutNothing(changes)).filter(([name]) => name !== "id" && name in current);
  return {
    ...withoutNothing(current),
    ...Object.fromEntries(given),
    properties: { ...properties, ...(changes.properties as Json | undefined) },
  };
}

/** Without what is undefined or null. */
export function withoutNothing(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
