import {
  InvalidIdError,
  parseIdOf,
  parseRegistryId,
  parseResourceId,
  parseScope,
  parseWorkspaceId,
  registryType,
  type ResourceId,
  sameText,
  type Scope,
  type WorkspaceId,
  workspaceId,
  workspaceType,
} from "../core/arm-id.ts";
import { covers, type Policy } from "../core/policy.ts";
import type { IndexName, Request, RotatedKeys } from "../core/ports.ts";
import type { AzureEvent } from "./event-parsing.ts";
import { notLookedAfter } from "./judged.ts";

/** Where an event leads. */
export type Route =
  | { readonly kind: "workspace"; readonly workspace: WorkspaceId; readonly hints: Hints }
  /** To every workspace that the index lists under the scope. */
  | { readonly kind: "fanOut"; readonly index: IndexName; readonly scope: Scope; readonly hints: Hints }
  /** To nothing of ours: an operation that we must hear of happened to something else. */
  | { readonly kind: "elsewhere"; readonly message: string }
  | { readonly kind: "unroutable"; readonly reason: UnroutableReason; readonly message: string };

/** What the operation implies for the look. */
export type Hints = Pick<Request, "fresh" | "list" | "confirm" | "rotated">;

export type UnroutableReason =
  "UnknownOperation" | "NotASuccess" | "InvalidEventTime" | "InvalidResourceId" | "SubscriptionNotInPolicy";

interface Row {
  readonly operation: string;
  /** What the resource of the event is, and so who is concerned. */
  readonly subject: keyof typeof subjects;
  readonly fresh?: true;
  readonly list?: true;
  readonly confirm?: true;
  readonly rotates?: RotatedKeys;
}

/** Which operations concern us, and how. */
const rows: readonly Row[] = [
  { operation: "Microsoft.MachineLearningServices/workspaces/write", subject: "workspace" },
  { operation: "Microsoft.MachineLearningServices/workspaces/delete", subject: "workspace", confirm: true },
  {
    operation: "Microsoft.MachineLearningServices/workspaces/computes/write",
    subject: "childOfWorkspace",
    list: true,
    confirm: true,
  },
  {
    operation: "Microsoft.MachineLearningServices/workspaces/computes/delete",
    subject: "childOfWorkspace",
    list: true,
    confirm: true,
  },
  {
    operation: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write",
    subject: "childOfWorkspace",
    list: true,
    confirm: true,
  },
  {
    operation: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete",
    subject: "childOfWorkspace",
    list: true,
    confirm: true,
  },
  { operation: "Microsoft.Resources/tags/write", subject: "tagged" },
  { operation: "Microsoft.ContainerRegistry/registries/write", subject: "registry", fresh: true, confirm: true },
  { operation: "Microsoft.ContainerRegistry/registries/delete", subject: "registry", fresh: true, confirm: true },
  {
    operation: "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
    subject: "registry",
    fresh: true,
    confirm: true,
    rotates: "registry",
  },
  {
    operation: "Microsoft.Storage/storageAccounts/regenerateKey/action",
    subject: "storageAccount",
    fresh: true,
    confirm: true,
    rotates: "storageAccount",
  },
  { operation: "Microsoft.Authorization/roleAssignments/delete", subject: "roleAssignment", confirm: true },
  {
    operation: "Microsoft.Authorization/roleDefinitions/write",
    subject: "roleDefinition",
    fresh: true,
    confirm: true,
  },
];

/** The operations of the table: what the event subscription should let through, and the types of events that tell of them. */
export const routedOperations: readonly string[] = rows.map(({ operation }) => operation);
export const routedTypes: readonly string[] = [...new Set(routedOperations.map(successOf))];

/** Finds whom an event concerns, by the table above. Nothing but ids and times is taken from the event. */
export function routeEvent(event: AzureEvent, policy: Pick<Policy, "subscriptions">): Route {
  const unroutable = (reason: UnroutableReason, message: string): Route => ({ kind: "unroutable", reason, message });
  const row = rows.find(({ operation }) => sameText(operation, event.operation));
  if (row === undefined)
    return unroutable(
      "UnknownOperation",
      `No route for the operation ${JSON.stringify(event.operation)}. Narrow the event subscription's filter to ${routedOperations.join(", ")}.`,
    );
  const success = successOf(row.operation);
  if (!sameText(success, event.type))
    return unroutable(
      "NotASuccess",
      `${JSON.stringify(event.type)} changes nothing; only ${success} leads to a look. Narrow the event subscription's event types to ${routedTypes.join(", ")}.`,
    );
  const time = Date.parse(event.time);
  if (row.rotates !== undefined && Number.isNaN(time))
    return unroutable(
      "InvalidEventTime",
      `${JSON.stringify(event.time)} is not the time of an event, so it is not known when keys were rotated. Expected ISO 8601.`,
    );
  const hints: Hints = {
    ...(row.fresh === undefined ? {} : { fresh: row.fresh }),
    ...(row.list === undefined ? {} : { list: row.list }),
    ...(row.confirm === undefined ? {} : { confirm: row.confirm }),
    ...(row.rotates === undefined ? {} : { rotated: { of: row.rotates, at: time } }),
  };
  let concerned: Concerned;
  try {
    concerned = subjects[row.subject](event.resourceUri);
  } catch (error) {
    if (error instanceof InvalidIdError) return unroutable("InvalidResourceId", error.message);
    throw error;
  }
  if (concerned === undefined)
    return { kind: "elsewhere", message: `${event.resourceUri} concerns no workspace and no registry.` };
  if ("scope" in concerned) return { kind: "fanOut", ...concerned, hints };
  const { subscriptionId } = concerned;
  if (!covers(policy, subscriptionId))
    return unroutable(
      "SubscriptionNotInPolicy",
      `${notLookedAfter(subscriptionId)}. Add it to one of them, or remove the event subscription.`,
    );
  return { kind: "workspace", workspace: concerned, hints };
}

type Concerned = WorkspaceId | { readonly index: IndexName; readonly scope: Scope } | undefined;

const storageAccountType = "Microsoft.Storage/storageAccounts";

/** Who is concerned by a change to a resource. All throw InvalidIdError for an id that cannot be one. */
const subjects = {
  workspace: parseWorkspaceId,
  childOfWorkspace: workspaceAbove,
  /** Tags are a resource of their own below the one that carries them, or come under the id of that one. */
  tagged: (uri) => workspaceAt(uri.replace(/\/providers\/Microsoft\.Resources\/tags\/[^/]*\/?$/i, "")),
  registry: (uri) => ({ index: "registry", scope: scopeOf(parseRegistryId(uri)) }),
  storageAccount: (uri) => ({ index: "storageAccount", scope: scopeOf(parseIdOf(storageAccountType, uri)) }),
  roleAssignment: (uri) => registriesUnder(uri, "roleAssignments"),
  roleDefinition: (uri) => registriesUnder(uri, "roleDefinitions"),
} satisfies Record<string, (uri: string) => Concerned>;

function workspaceAbove(uri: string): WorkspaceId {
  const { subscriptionId, resourceGroup, type, names } = parseResourceId(uri);
  const [provider, parent, ...below] = type.split("/");
  if (!sameText(`${provider}/${parent}`, workspaceType) || below.length === 0)
    throw new InvalidIdError(`${quote(uri)} is the id of a ${type}, not of something in a ${workspaceType}.`);
  return workspaceId(subscriptionId, resourceGroup, names[0] ?? "");
}

function workspaceAt(uri: string): WorkspaceId | undefined {
  if (isOfOtherType(uri, workspaceType)) return undefined;
  const resource = parseScope(uri)?.resource;
  return resource !== undefined && sameText(resource.type, workspaceType) ? parseWorkspaceId(uri) : undefined;
}

/** A role at a subscription, a resource group or a registry reaches the registries there; at anything else it does not. What lies above subscriptions the sweep finds. */
function registriesUnder(uri: string, kind: "roleAssignments" | "roleDefinitions"): Concerned {
  const at = new RegExp(`^([^]*)/providers/Microsoft\\.Authorization/${kind}/[^/]+/?$`, "i").exec(uri)?.[1];
  if (at === undefined) throw new InvalidIdError(`${quote(uri)} is not the id of one of the ${kind}.`);
  if (isOfOtherType(at, registryType)) return undefined;
  const above = parseScope(at);
  if (above === undefined) return undefined;
  const { resource, ...scope } = above;
  if (resource === undefined) return { index: "registry", scope };
  return sameText(resource.type, registryType) ? { index: "registry", scope: scopeOf(resource) } : undefined;
}

/** Resources that are none of ours may have names that ours may not, such as `$web` or one with blanks. */
function isOfOtherType(uri: string, type: string): boolean {
  const found = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/([^/]+\/[^/]+)\/[^/]/i.exec(uri)?.[1];
  return found !== undefined && !sameText(found, type);
}

function quote(uri: string): string {
  return JSON.stringify(uri.slice(0, 200));
}

function scopeOf({ subscriptionId, resourceGroup, names }: ResourceId): Scope {
  return { subscriptionId, resourceGroup, name: names.join("/") };
}

/** Event Grid names the success of an operation by its last word. */
function successOf(operation: string): string {
  const verb = /[^/]*$/.exec(operation)?.[0] ?? "";
  return `Microsoft.Resources.Resource${verb.charAt(0).toUpperCase()}${verb.slice(1)}Success`;
}
