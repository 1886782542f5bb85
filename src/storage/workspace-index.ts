import { odata } from "@azure/data-tables";
import type { ResourceId, Scope, WorkspaceId } from "../core/arm-id.ts";
import { formatId } from "../core/arm-id.ts";
import type { IndexName, WorkspaceIndex } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { sha256, workspaceHash } from "./keys.ts";
import type { RowKey } from "./table.ts";

/** How many rows a page holds: about as many requests as can be put into the inbox within seconds. */
const pageSize = 200;

/**
 * Index rows: the partition is the subscription of the resource, the row key names resource group, resource and workspace in
 * this order, each by its hash. So a scope is a range of keys.
 */
export function openWorkspaceIndex(storage: Storage): WorkspaceIndex {
  const table = storage.table("Index");
  return {
    async put(index, resource, workspace) {
      await table.put(keyOf(index, resource, workspace), { workspaceId: formatId(workspace) });
    },
    async remove(index, resource, workspace) {
      const { partitionKey, rowKey } = keyOf(index, resource, workspace);
      await table.delete(partitionKey, [rowKey]);
    },
    async page(index, scope, after) {
      const partitionKey = partitionOf(index, scope.subscriptionId);
      const prefix = prefixOf(scope);
      const from = after ?? prefix;
      const filter = odata`PartitionKey eq ${partitionKey} and RowKey gt ${from} and RowKey lt ${`${prefix}~`}`;
      const rows = [];
      for await (const row of table.rows(filter, pageSize, ["workspaceId"])) rows.push(row);
      const workspaceIds = rows.flatMap(({ workspaceId }) => (typeof workspaceId === "string" ? [workspaceId] : []));
      const last = rows.at(-1);
      return { workspaceIds, ...(rows.length < pageSize || last === undefined ? {} : { after: last.rowKey }) };
    },
  };
}

function partitionOf(index: IndexName, subscriptionId: string): string {
  return `${index}-${subscriptionId.toLowerCase()}`;
}

function keyOf(index: IndexName, resource: ResourceId, workspace: WorkspaceId): RowKey {
  const { subscriptionId, resourceGroup, names } = resource;
  const prefix = prefixOf({ subscriptionId, resourceGroup, name: names.join("/") });
  return { partitionKey: partitionOf(index, subscriptionId), rowKey: `${prefix}${workspaceHash(workspace)}` };
}

function prefixOf({ resourceGroup, name }: Scope): string {
  return [resourceGroup, name].flatMap((part) => (part === undefined ? [] : [`${short(part)}-`])).join("");
}

/** Two that meet on one hash cost each other a look. */
function short(name: string): string {
  return sha256(name.toLowerCase()).slice(0, 16);
}
