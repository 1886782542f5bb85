/**
 * The format of a fixture: the Azure that the stand-in begins with.
 *
 * A fixture is one JSON object. The smallest useful one is a subscription with a registry and a workspace:
 *
 * ```json
 * {
 *   "subscriptions": [{ "subscriptionId": "11111111-1111-4111-8111-111111111111" }],
 *   "resources": [
 *     { "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml/providers/Microsoft.ContainerRegistry/registries/images" },
 *     { "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/broken",
 *       "identity": { "type": "SystemAssigned" } }
 *   ]
 * }
 * ```
 *
 * Everything else has a default; resource groups come into being with the resources that lie in them. Resources of a
 * fixture have always been there: their identities are visible and known to the directory whatever the delays are, and
 * what Azure grants by itself at creation they have only if `roleAssignments` says so.
 */
import { z } from "zod";
import { SUBSCRIPTION_STATES } from "./containers.ts";

/** The object id of the identity the app runs as, unless a fixture gives another. */
export const SELF = "5e1f0000-0000-4000-8000-000000000001";

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "must be a GUID");
const scope = z.string().regex(/^\/(subscriptions\/.+|providers\/.+)?$/i, "must be an ARM scope: it begins with '/'");
const resourceId = z
  .string()
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+(\/(?!providers\/)[^/]+\/[^/]+)?$/i,
    "must be the ARM id of a resource: /subscriptions/…/resourceGroups/…/providers/Namespace/type/name",
  );

/** A managed identity as resources carry it. */
const identity = z.strictObject({
  /** `SystemAssigned`, `UserAssigned`, `SystemAssigned,UserAssigned` or `None`. */
  type: z.string(),
  /** The system identity's object id; made from the resource's id when it is not given. */
  principalId: guid.optional(),
  /** Keys are ids of `Microsoft.ManagedIdentity/userAssignedIdentities` resources; values are filled in. */
  userAssignedIdentities: z.record(z.string(), z.unknown()).optional(),
});

/** Tags by repository: `{"team/base": ["1.0", "latest"]}`. */
const repositories = z.record(z.string(), z.array(z.string()));

const resource = z.strictObject({
  /**
   * Which service it belongs to follows from the id. Modelled are `Microsoft.MachineLearningServices/workspaces` with
   * its children `computes` and `onlineEndpoints`, `Microsoft.ContainerRegistry/registries`,
   * `Microsoft.Storage/storageAccounts`, `Microsoft.ManagedIdentity/userAssignedIdentities` and, for those who publish
   * to it, `Microsoft.EventGrid/topics`, which takes CloudEvents. Key vaults, Application Insights and Log Analytics
   * workspaces are there or not, and nothing more.
   */
  id: resourceId,
  /** Default `westeurope`. */
  location: z.string().optional(),
  /** Of a workspace: `default`, `hub`, `project` (then with `properties.hubResourceId`) or `featurestore`. */
  kind: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  /** Default of a workspace: `{"type": "SystemAssigned"}`; of everything else: none. */
  identity: identity.optional(),
  sku: z.record(z.string(), z.unknown()).optional(),
  /**
   * As the service shows them, e.g. of a workspace `containerRegistry`, `storageAccount`, `applicationInsights`,
   * `primaryUserAssignedIdentity`; of a compute `computeType`; of a registry `adminUserEnabled`, `roleAssignmentMode`; of a storage account
   * `keyCreationTime: {"key1", "key2"}`; of a user-assigned identity `principalId`, `clientId`.
   */
  properties: z.record(z.string(), z.unknown()).optional(),
  /** Of a workspace: whether what it stores of its dependencies' keys is current. Default true. */
  keysInSync: z.boolean().optional(),
  /** Of a registry: the images it has. Default none; a PUT without it leaves them alone. */
  repositories: repositories.optional(),
});

const permission = z.strictObject({
  /** `/` for everything. */
  scope,
  /** Patterns such as `*`, `*\/read` or `Microsoft.ContainerRegistry/registries/read`. */
  actions: z.array(z.string()),
  notActions: z.array(z.string()).optional(),
  dataActions: z.array(z.string()).optional(),
});

const permissionLists = z.strictObject({
  actions: z.array(z.string()).default([]),
  notActions: z.array(z.string()).default([]),
  dataActions: z.array(z.string()).default([]),
  notDataActions: z.array(z.string()).default([]),
});

const roleDefinition = z.strictObject({
  /** The GUID that is the role definition's name. */
  id: guid,
  roleName: z.string(),
  description: z.string().optional(),
  permissions: z.array(permissionLists),
  assignableScopes: z.array(scope).min(1),
});

const roleAssignment = z.strictObject({
  scope,
  /** The name of a role, its GUID, or the id of a role definition. */
  role: z.string(),
  principalId: guid,
  /** `ServicePrincipal` (default), `User`, `Group` or `ForeignGroup`. */
  principalType: z.string().optional(),
  /** Of an assignment to the app's own identity it is evaluated, and must be one that `condition.ts` can. */
  condition: z.string().optional(),
});

const deniedPrincipal = z.strictObject({
  id: guid,
  /** `ServicePrincipal`, `User`, `Group`, or `SystemDefined` with the GUID of zeros, which is everybody. */
  type: z.string(),
  displayName: z.string().optional(),
});

const denyAssignment = z.strictObject({
  /** The GUID that is its name; made up when it is not given. */
  name: guid.optional(),
  /** What a person reads. */
  denyAssignmentName: z.string(),
  description: z.string().optional(),
  scope,
  permissions: z.array(permissionLists).min(1),
  principals: z.array(deniedPrincipal).min(1),
  excludePrincipals: z.array(deniedPrincipal).default([]),
  doNotApplyToChildScopes: z.boolean().default(false),
  isSystemProtected: z.boolean().default(true),
});

export const eventSubscriptionSchema = z.strictObject({
  name: z.string().min(1),
  /** The ARM id of the custom topic whose events it takes, in the schema CloudEventSchemaV1_0; those of subscriptions when it is not given. */
  topicId: z.string().optional(),
  /** The subscription whose events it takes; every subscription's when it is not given. */
  subscriptionId: z.string().optional(),
  endpoint: z.url(),
  schema: z.enum(["EventGridSchema", "CloudEventSchemaV1_0"]).default("EventGridSchema"),
  /** `data.operationName` to deliver, without regard to case; every one when not given. */
  operations: z.array(z.string()).readonly().optional(),
  /** e.g. `Microsoft.Resources.ResourceWriteSuccess`; every type when not given. */
  eventTypes: z.array(z.string()).optional(),
  /** How many events one delivery may carry. Default 1, as in Azure. */
  maxEventsPerBatch: z.int().min(1).default(1),
});

const fixtureSchema = z.strictObject({
  tenantId: guid.default("72f988bf-0000-4000-8000-2d7cd011db47"),
  subscriptions: z
    .array(
      z.strictObject({
        subscriptionId: guid,
        displayName: z.string().optional(),
        /** Told by Resource Graph and by ARM; refuses nothing. */
        state: z.enum(SUBSCRIPTION_STATES).default("Enabled"),
      }),
    )
    .default([]),
  /** Needed only where Resource Graph is asked about management groups: `{"name": "platform", "subscriptions": ["…"]}`. */
  managementGroups: z
    .array(
      z.strictObject({
        /** The last part of its id. */
        name: z.string().min(1),
        /** The name of the group it lies in; the tenant's root when not given. */
        parent: z.string().optional(),
        /** Those that lie directly in it. */
        subscriptions: z.array(guid).default([]),
      }),
    )
    .default([]),
  /**
   * The identity the app runs as, and what it may do besides what its roles permit: default everything everywhere, so
   * that only with `permissions: []` it depends on `roleAssignments`.
   */
  self: z
    .strictObject({
      principalId: guid.default(SELF),
      clientId: guid.default("5e1f0000-0000-4000-8000-000000000002"),
      permissions: z.array(permission).default([{ scope: "/", actions: ["*"], dataActions: ["*"] }]),
    })
    .prefault({}),
  /** Only needed for empty groups, or to say where one lies. */
  resourceGroups: z
    .array(
      z.strictObject({
        id: z.string().regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i, "must be the id of a resource group"),
        location: z.string().optional(),
        tags: z.record(z.string(), z.string()).optional(),
      }),
    )
    .default([]),
  resources: z.array(resource).default([]),
  /** Object ids of people the directory knows. */
  users: z.array(guid).default([]),
  /** Members may be groups: membership is transitive. */
  groups: z.array(z.strictObject({ id: guid, members: z.array(guid) })).default([]),
  /** Custom roles; the built-in ones are always there. */
  roleDefinitions: z.array(roleDefinition).default([]),
  roleAssignments: z.array(roleAssignment).default([]),
  /** Registries out there, by host such as `docker.io`: what can be imported. */
  publicRegistries: z.record(z.string(), repositories).default({}),
  denyAssignments: z.array(denyAssignment).default([]),
  /** Object ids that the directory never knows, whatever else names them. */
  unknownPrincipals: z.array(guid).default([]),
  eventSubscriptions: z.array(eventSubscriptionSchema).default([]),
});

/** A fixture as a person writes it. */
export type Fixture = z.input<typeof fixtureSchema>;
/** A fixture with every default filled in. */
export type CompleteFixture = z.output<typeof fixtureSchema>;
export type ResourceInput = z.output<typeof resource>;
export type IdentityInput = z.output<typeof identity>;
export type Permission = z.output<typeof permission>;
export type RoleAssignmentInput = z.output<typeof roleAssignment>;
export type DenyAssignmentInput = z.output<typeof denyAssignment>;
export type RoleDefinitionInput = z.output<typeof roleDefinition>;
export type EventSubscriptionInput = z.input<typeof eventSubscriptionSchema>;
export type EventSubscription = z.output<typeof eventSubscriptionSchema>;

/** Checks a fixture and fills in its defaults; throws naming the path of everything that is wrong. */
export function parseFixture(input: unknown): CompleteFixture {
  const parsed = fixtureSchema.safeParse(input);
  if (!parsed.success) throw new TypeError(`Fixture: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Checks one resource, as in a fixture's `resources`. */
export function parseResource(input: unknown): ResourceInput {
  const parsed = resource.safeParse(input);
  if (!parsed.success) throw new TypeError(`Resource: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Checks images, as in a registry's `repositories`. */
export function parseRepositories(input: unknown): Record<string, string[]> {
  const parsed = repositories.safeParse(input);
  if (!parsed.success) throw new TypeError(`Repositories: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Checks one role assignment, as in a fixture's `roleAssignments`. */
export function parseRoleAssignment(input: unknown): RoleAssignmentInput {
  const parsed = roleAssignment.safeParse(input);
  if (!parsed.success) throw new TypeError(`Role assignment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Checks one deny assignment, as in a fixture's `denyAssignments`. */
export function parseDenyAssignment(input: unknown): DenyAssignmentInput {
  const parsed = denyAssignment.safeParse(input);
  if (!parsed.success) throw new TypeError(`Deny assignment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Checks permissions, as in a fixture's `self.permissions`. */
export function parsePermissions(input: unknown): Permission[] {
  const parsed = z.array(permission).safeParse(input);
  if (!parsed.success) throw new TypeError(`Permissions: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
