import { idKey, parseResourceId, subscriptionOf } from "../arm-id.ts";
import type { Subscription } from "../containers.ts";
import { hubOf } from "../hub.ts";
import { renderIdentity } from "../identity.ts";
import { visibleProperties } from "../key-sync.ts";
import {
  type Json,
  ONLINE_ENDPOINT,
  REGISTRY,
  type Resource,
  STORAGE_ACCOUNT,
  USER_ASSIGNED_IDENTITY,
  WORKSPACE,
} from "../resource.ts";
import { type RoleAssignment, roleAssignmentId, roleDefinitionId } from "../roles.ts";
import type { RoleDefinition } from "../role-catalogue.ts";
import type { World } from "../world.ts";
import type { Schema } from "./expression.ts";
import type { Row, ScalarType } from "./values.ts";

/**
 * The columns that every table of Resource Graph has, here given to all that are modelled.
 * Source: the results in https://learn.microsoft.com/azure/governance/resource-graph/samples/starter
 */
const columns: Schema = new Map<string, ScalarType>([
  ["id", "string"],
  ["name", "string"],
  ["type", "string"],
  ["tenantId", "string"],
  ["kind", "string"],
  ["location", "string"],
  ["resourceGroup", "string"],
  ["subscriptionId", "string"],
  ["managedBy", "string"],
  ["sku", "dynamic"],
  ["plan", "dynamic"],
  ["properties", "dynamic"],
  ["tags", "dynamic"],
  ["identity", "dynamic"],
  ["zones", "dynamic"],
  ["extendedLocation", "dynamic"],
]);

const RESOURCES = "resources";
export const AUTHORIZATION_RESOURCES = "authorizationresources";
const RESOURCE_CONTAINERS = "resourcecontainers";

export const tables: ReadonlyMap<string, Schema> = new Map([
  [RESOURCES, columns],
  [AUTHORIZATION_RESOURCES, columns],
  [RESOURCE_CONTAINERS, columns],
]);

/** A row and what decides who sees it. */
export interface Entry {
  readonly row: Row;
  /** In the provider's own casing; reading it is the action that a reader needs. */
  readonly type: string;
  /** Where the reader needs it, in lower case. */
  readonly scope: string;
  /** Of a role definition, where it can be assigned. */
  readonly assignableScopes?: readonly string[];
}

/**
 * The types in the graph. Computes are not among them.
 * Source: https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
 */
const RESOURCE_TYPES: ReadonlySet<string> = new Set([
  WORKSPACE,
  ONLINE_ENDPOINT,
  REGISTRY,
  STORAGE_ACCOUNT,
  USER_ASSIGNED_IDENTITY,
]);

const ROLE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments";
export const ROLE_DEFINITION = "Microsoft.Authorization/roleDefinitions";
const SUBSCRIPTION = "Microsoft.Resources/subscriptions";

/**
 * Everything in a table as of this time, in no particular order. Types, locations and resource groups are in lower case,
 * as the graph gives them; ids keep their casing, which is therefore not to be compared. Deny assignments are in no table; of
 * what resources lie in only subscriptions are modelled.
 */
export function entriesOf(world: World, table: string, at: number): Entry[] {
  if (table === AUTHORIZATION_RESOURCES) {
    return [
      ...world.roles.assignments(at).map((assignment) => assignmentEntry(world, assignment)),
      ...world.roles.definitions().map((definition) => definitionEntry(world, definition)),
    ];
  }
  if (table === RESOURCE_CONTAINERS)
    return world.containers.subscriptions().map((one) => subscriptionEntry(world, one));
  return world
    .resources(at)
    .filter(({ type }) => RESOURCE_TYPES.has(type))
    .map((resource) => resourceEntry(world, resource, at));
}

function resourceEntry(world: World, resource: Resource, at: number): Entry {
  const { id, name, type, kind, location, tags, sku } = resource;
  const parsed = parseResourceId(id);
  return {
    type,
    scope: idKey(id),
    row: {
      ...empty(world),
      id,
      name,
      type: type.toLowerCase(),
      kind: kind ?? "",
      location: location.toLowerCase(),
      resourceGroup: parsed?.resourceGroup.toLowerCase() ?? "",
      subscriptionId: parsed?.subscriptionId ?? "",
      sku: sku ?? null,
      tags,
      identity: renderIdentity(world, resource, at) ?? null,
      properties: propertiesOf(world, resource, at),
    },
  };
}

/**
 * As the service's own answer shows them, without what only its newest api-versions have: which of them the graph asks is
 * not documented, so a registry's `roleAssignmentMode` is missing, the harder case for a reader.
 */
function propertiesOf(world: World, resource: Resource, at: number): Json {
  const { id, name, type } = resource;
  const properties = visibleProperties(resource.properties);
  delete properties.roleAssignmentMode;
  const state = world.operations.running(id, at)?.state ?? properties.provisioningState ?? "Succeeded";
  switch (type) {
    case WORKSPACE: {
      const { containerRegistry } = (hubOf(world, resource, at) ?? resource).properties;
      return { ...properties, containerRegistry, tenantId: world.tenantId, provisioningState: state };
    }
    case REGISTRY: {
      const loginServer = world.loginServers.get(idKey(id)) ?? `${name.toLowerCase()}.azurecr.io`;
      return { loginServer, ...properties, provisioningState: state };
    }
    case USER_ASSIGNED_IDENTITY:
      return { tenantId: world.tenantId, ...properties };
    default:
      return { ...properties, provisioningState: state };
  }
}

function assignmentEntry(world: World, assignment: RoleAssignment): Entry {
  const { name, scope, roleId, ...properties } = assignment;
  return {
    type: ROLE_ASSIGNMENT,
    scope: idKey(scope),
    row: {
      ...empty(world),
      id: roleAssignmentId(assignment),
      name,
      type: ROLE_ASSIGNMENT.toLowerCase(),
      subscriptionId: subscriptionOf(scope) ?? "",
      properties: {
        roleDefinitionId: roleDefinitionId(scope, roleId),
        scope,
        ...properties,
        updatedBy: assignment.createdBy,
      },
    },
  };
}

/** Whether the graph gives a role definition an id below a subscription is not documented; here none has one. */
function definitionEntry(world: World, definition: RoleDefinition): Entry {
  const { id, roleName, type, description, permissions, assignableScopes } = definition;
  return {
    type: ROLE_DEFINITION,
    scope: "",
    assignableScopes,
    row: {
      ...empty(world),
      id: roleDefinitionId("/", id),
      name: id,
      type: ROLE_DEFINITION.toLowerCase(),
      properties: { roleName, type, description: description ?? "", assignableScopes, permissions },
    },
  };
}

/**
 * Source of the properties: https://learn.microsoft.com/azure/governance/management-groups/resource-graph-samples; of the states
 * the model `SubscriptionState` of Microsoft.Resources. The name is what people call the subscription.
 */
function subscriptionEntry(world: World, { subscriptionId, displayName, state }: Subscription): Entry {
  const id = `/subscriptions/${subscriptionId}`;
  return {
    type: SUBSCRIPTION,
    scope: idKey(id),
    row: {
      ...empty(world),
      id,
      name: displayName,
      type: SUBSCRIPTION.toLowerCase(),
      subscriptionId,
      properties: {
        state,
        managementGroupAncestorsChain: world.managementGroups
          .groupsOf(subscriptionId)
          .map((name) => ({ name, displayName: name })),
      },
    },
  };
}

/** Texts are never null in KQL, JSON is. */
function empty({ tenantId }: World): Row {
  return Object.fromEntries(
    [...columns].map(([name, type]) => [name, name === "tenantId" ? tenantId : type === "string" ? "" : null]),
  );
}
