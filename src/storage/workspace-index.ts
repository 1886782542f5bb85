import { odata } from "@azure/data-tables";
import { formatId, idKey, type ResourceId, type Scope, type WorkspaceId } from "../core/arm-id.ts";
import type { IndexName, WorkspaceIndex } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { sha256, workspaceHash } from "./keys.ts";
import type { RowKey } from "./table.ts";

export interface IndexOptions {
  /** How many rows a page holds: about as many requests as can be put into the inbox within seconds. */
  readonly pageSize?: number;
}

/**
 * Index rows: the partition is the subscription of the resource, the row key names resource group, resource and workspace in
 * this order, each by its hash. So a scope is a range of keys, and a page goes on where the last one ended, whatever was
 * added or removed meanwhile. A row that names no workspace is passed over.
 */
export function openWorkspaceIndex(storage: Storage, { pageSize = 200 }: IndexOptions = {}): WorkspaceIndex {
  const table = storage.table("Index");
  return {
    async put(index, resource, workspace) {
      await table.put(keyOf(index, resource, workspace), { workspaceId: formatId(workspace) });
    },
    async remove(index, resource, workspace) {
      const { partitionKey, rowKey } = keyOf(index, resource, workspace);
      await table.delete(partitionKey, [rowKey]);
    },
    async page(index, scope, after = "") {
      const { partitionKey, rowKey: prefix } = rangeOf(index, scope);
      const from = after > prefix ? after : prefix;
      const filter = odata`PartitionKey eq ${partitionKey} and RowKey gt ${from} and RowKey lt ${`${prefix}~`}`;
      const rows = [];
      for await (const row of table.rows(filter, pageSize, ["workspaceId"])) rows.push(row);
      const workspaceIds = rows.flatMap(({ workspaceId }) => (typeof workspaceId === "string" ? [workspaceId] : []));
      const last = rows.at(-1);
      return { workspaceIds, ...(rows.length < pageSize || last === undefined ? {} : { after: last.rowKey }) };
    },
  };
}

function keyOf(index: IndexName, { subscriptionId, resourceGroup, names }: ResourceId, workspace: WorkspaceId): RowKey {
  const { partitionKey, rowKey } = rangeOf(index, { subscriptionId, resourceGroup, name: names.join("/") });
  return { partitionKey, rowKey: `${rowKey}${workspaceHash(workspace)}` };
}

/** Where the rows of a scope are: the row key is what theirs begin with. */
function rangeOf(index: IndexName, { subscriptionId, resourceGroup, name }: Scope): RowKey {
  // Told apart as ids are, which is not quite by their lower case.
  const resource = { subscriptionId, resourceGroup: resourceGroup ?? "", type: "any/any", names: [name ?? ""] };
  const [, , subscription = "", , group = "", , , , ...rest] = idKey(resource).split("/");
  const parts = resourceGroup === undefined ? [] : name === undefined ? [group] : [group, rest.join("/")];
  return { partitionKey: `${index}-${subscription}`, rowKey: parts.map((part) => `${short(part)}-`).join("") };
}

/** Two that meet on one hash cost each other a look. */
function short(name: string): string {
  return sha256(name).slice(0, 16);
}
