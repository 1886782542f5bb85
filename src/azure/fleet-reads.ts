import * as z from "zod/mini";
import { $ZodError } from "zod/v4/core"; // not as z.core.$ZodError, which keeps all of z.core in the bundle, 380 kB
import { InvalidIdError, isGuid, parseWorkspaceId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { FleetReads, Page, ShownAssignment, ShownEndpoint, ShownStorageAccount } from "../core/fleet.ts";
import { roleIdOf } from "../core/grants.ts";
import type { ObservedWorkspace } from "../core/observation.ts";
import type { Clock } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { managementGroupId } from "./management-group-id.ts";
import { type GraphQuery, ResourceGraph } from "./resource-graph.ts";
import { describedWorkspace, identityShape, toIdentity, toWorkspace } from "./workspaces.ts";

/**
 * The queries, as few and as simple as they can be: what is joined is joined here. Each names its columns, because what is not
 * named is sent as well; projects texts and JSON only, as a bool may come as a number; and orders by what does not change from page to page. Tables and columns: Microsoft Learn, "Azure
 * Resource Graph table and resource type reference".
 */
export const queries = {
  // By subscription first: ids differ in casing, this column does not.
  workspaces: `resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, subscriptionId, kind, location, tags, identity, ${[
    "provisioningState",
    "containerRegistry",
    "hubResourceId",
    "storageAccount",
    "applicationInsights",
    "primaryUserAssignedIdentity",
  ]
    .map((name) => `${name} = tostring(properties.${name})`)
    .join(", ")} | order by subscriptionId asc, id asc`,
  endpoints:
    "resources | where type =~ 'microsoft.machinelearningservices/workspaces/onlineendpoints' | project id, name, identity, provisioningState = tostring(properties.provisioningState) | order by id asc",
  storageAccounts:
    "resources | where type =~ 'microsoft.storage/storageaccounts' | project id, key1 = tostring(properties.keyCreationTime.key1), key2 = tostring(properties.keyCreationTime.key2) | order by id asc",
  /** @param roleIds GUIDs */
  assignments: (roleIds: readonly string[]): string =>
    `authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | extend role = tolower(tostring(properties.roleDefinitionId)) | where ${roleIds
      .map((id) => `role endswith '/${id}'`)
      .join(
        " or ",
      )} | project id, role, principalId = tostring(properties.principalId), scope = tostring(properties.scope), condition = tostring(properties.condition) | order by id asc`,
  /** Those that a person may still work in: Microsoft Learn, "Azure subscription states". The others refuse changes. */
  subscriptions:
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' and tostring(properties.state) in~ ('Enabled', 'Warned', 'PastDue') | project id, subscriptionId | order by id asc",
} as const;

const text = z.string();
const rows = {
  endpoint: z.object({ id: text, name: text, identity: identityShape, provisioningState: text }),
  storageAccount: z.object({ id: text, key1: text, key2: text }),
  subscription: z.object({ subscriptionId: text.check(z.refine(isGuid)) }),
  assignment: z.object({ id: text, role: text, principalId: text, scope: text, condition: text }),
};

/** What Azure Resource Graph shows, through its SDK. For one sweep. */
export function fleetReads(arm: Arm, clock: Clock): FleetReads {
  const graph = new ResourceGraph(arm, clock);
  async function* pages<Row>(
    query: GraphQuery,
    subscriptionIds: readonly string[],
    read: (row: unknown) => Row,
  ): AsyncGenerator<Page<Row>> {
    for await (const page of graph.pages(query, subscriptionIds)) yield pageOf(page, read);
  }
  return {
    get queries() {
      return graph.queries;
    },
    workspaces: (ids) => pages({ what: "list the workspaces", text: queries.workspaces }, ids, workspaceOf),
    endpoints: (ids) => pages({ what: "list the online endpoints", text: queries.endpoints }, ids, endpointOf),
    storageAccounts: (ids) =>
      pages({ what: "list the storage accounts", text: queries.storageAccounts }, ids, storageAccountOf),
    assignments: (ids, roleIds) =>
      pages(
        {
          what: "list the role assignments",
          text: queries.assignments(roleIds),
          // What is inherited from management groups as well.
          authorizationScopeFilter: "AtScopeAboveAndBelow",
        },
        ids,
        assignmentOf,
      ),
  };
}

/**
 * The ids of the subscriptions in a management group and in those below it, in lower case, through Azure Resource Graph.
 * @returns for a group by its name; nothing where Azure shows it as empty
 * @throws AzureFailure, which our identity's rights may be the reason of
 */
export function managementGroupReads(arm: Arm, clock: Clock): (name: string) => Promise<readonly string[]> {
  const graph = new ResourceGraph(arm, clock);
  return async (name) => {
    const query = {
      what: `list the subscriptions of the management group ${name}`,
      text: queries.subscriptions,
      needs: { action: "Microsoft.Resources/subscriptions/read", scope: managementGroupId(name) },
    };
    const ids: string[] = [];
    for await (const page of graph.pagesUnder(query, name)) ids.push(...page.map(subscriptionOf));
    return ids;
  };
}

/** Where one cannot be read, it is not known what the group holds. */
function subscriptionOf(row: unknown): string {
  const { data } = rows.subscription.safeParse(row);
  if (data !== undefined) return data.subscriptionId.toLowerCase();
  const message = `Azure Resource Graph shows a subscription in a way nobody expects: ${nameOf(row)}.`;
  throw new AzureFailure({ kind: "bug", message });
}

/** One row that nobody can read costs the others nothing. */
function pageOf<Row>(page: readonly unknown[], read: (row: unknown) => Row): Page<Row> {
  const [good, unreadable]: [Row[], { subject: string; message: string }[]] = [[], []];
  for (const row of page)
    try {
      good.push(read(row));
    } catch (error) {
      if (!(error instanceof InvalidIdError) && !(error instanceof $ZodError)) throw error;
      unreadable.push({
        subject: nameOf(row),
        message: `Azure Resource Graph shows it in a way nobody expects: ${error.message}`,
      });
    }
  return { rows: good, unreadable };
}

function nameOf(row: unknown): string {
  const id = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
  return typeof id === "string" ? id : "a row without an id";
}

function workspaceOf(row: unknown): ObservedWorkspace {
  const { id, kind, location, tags, identity, ...properties } = row as Record<string, unknown>;
  return toWorkspace(describedWorkspace.parse({ id, kind, location, tags, identity, properties }));
}

function endpointOf(row: unknown): ShownEndpoint {
  const { id, name, identity, provisioningState } = rows.endpoint.parse(row);
  const workspace = parseWorkspaceId(id.slice(0, id.toLowerCase().lastIndexOf("/onlineendpoints/")));
  const observed = {
    of: "endpoint",
    name,
    provisioningState,
    identity: toIdentity(identity ?? {}, undefined),
  } as const;
  return { workspace, endpoint: observed };
}

function storageAccountOf(row: unknown): ShownStorageAccount {
  const { id, key1, key2 } = rows.storageAccount.parse(row);
  return { id, key1: Date.parse(key1), key2: Date.parse(key2) };
}

function assignmentOf(row: unknown): ShownAssignment {
  const { id, role, principalId, scope, condition } = rows.assignment.parse(row);
  return { id, principalId, scope, roleId: roleIdOf(role), isConditional: condition !== "" };
}
