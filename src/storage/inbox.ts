import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { Inbox, Request } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { keyText, workspaceHash } from "./keys.ts";
import { operatorExemption } from "./memory-shape.ts";
import type { Columns, Row, RowKey } from "./table.ts";
import { timeOf, timeOrStored } from "./time-column.ts";

/** Evidence is there to be read by people; a longer text is no name of an operation or a person. In characters. */
const longestEvidence = 1000;

/**
 * The requests that no reconcile has covered, one row each: the partition is the workspace, the row key the request's id,
 * so that the second delivery of an event finds the row of the first.
 *
 * A row that this version reads only in part (another version wrote it) still is a request, for its id alone asks for a
 * look: an unknown cause counts as `event`, a missing time as the time it was stored, a rotation without a time as one when
 * the request was accepted, and whatever else cannot be read is left out.
 * A row without an id is not the work of any version; it is not listed, and not touched.
 */
export function openInbox(storage: Storage): Inbox {
  const table = storage.table("Inbox");
  return {
    async put(workspace, request) {
      const columns = { workspaceId: formatId(workspace), ...columnsOf(request) };
      await table.insert(inboxKey(workspace, request.id), columns);
    },
    async has(workspace, requestId) {
      return (await table.get(inboxKey(workspace, requestId))) !== undefined;
    },
    async list(workspace) {
      const requests: Request[] = [];
      for await (const row of table.rows(odata`PartitionKey eq ${workspaceHash(workspace)}`)) {
        const request = requestOf(row);
        if (request !== undefined) requests.push(request);
      }
      return requests.sort((a, b) => a.acceptedAt - b.acceptedAt);
    },
    async remove(workspace, requestIds) {
      await table.delete(workspaceHash(workspace), requestIds.map(keyText));
    },
  };
}

/**
 * Deletes the requests of a workspace, named by its hash, that were accepted before `since` (ms since the epoch). For one
 * that is gone: elsewhere the next look covers a request, however old.
 */
export async function forgetRequests(storage: Storage, hash: string, since: number): Promise<void> {
  const table = storage.table("Inbox");
  const old: string[] = [];
  for await (const row of table.rows(odata`PartitionKey eq ${hash}`)) {
    const request = requestOf(row);
    if (request !== undefined && request.acceptedAt < since) old.push(row.rowKey);
  }
  await table.delete(hash, old);
}

function inboxKey(workspace: WorkspaceId, requestId: string): RowKey {
  return { partitionKey: workspaceHash(workspace), rowKey: keyText(requestId) };
}

function columnsOf(request: Request): Columns {
  const { id, cause, acceptedAt, dueAt, evidence, changedAt, fresh, list, confirm, exempt, rotated } = request;
  const clipped = Object.entries(evidence ?? {}).map(([name, value]: [string, string | undefined]) => [
    name,
    value?.slice(0, longestEvidence),
  ]);
  return {
    requestId: JSON.stringify(id), // an id may hold what a column cannot, such as half a surrogate pair
    cause,
    acceptedAt: new Date(acceptedAt).toISOString(),
    dueAt: dueAt === undefined ? "" : new Date(dueAt).toISOString(),
    evidence: evidence === undefined ? "" : JSON.stringify(Object.fromEntries(clipped)),
    changedAt: changedAt === undefined ? "" : new Date(changedAt).toISOString(),
    fresh: fresh === true,
    list: list === true,
    confirm: confirm === true,
    exempt: exempt === undefined ? "" : JSON.stringify(exempt),
    rotatedKeys: rotated?.of ?? "",
    rotatedAt: rotated === undefined ? "" : new Date(rotated.at).toISOString(),
  };
}

const cause = z.enum(["event", "sweep", "http", "scheduled"]);
const rotatedKeys = z.enum(["registry", "storageAccount"]);
const exemptShape = z.union([z.literal("lifted"), operatorExemption]);
const evidenceShape = z.object({
  operation: z.exactOptional(z.string()),
  actor: z.exactOptional(z.string()),
  eventId: z.exactOptional(z.string()),
  eventTime: z.exactOptional(z.string()),
});

function requestOf(row: Row): Request | undefined {
  const id = parsed(row["requestId"]);
  if (typeof id !== "string" || keyText(id) !== row.rowKey) return undefined;
  const evidence = evidenceShape.safeParse(parsed(row["evidence"])).data;
  const acceptedAt = timeOrStored(row["acceptedAt"], row);
  const [dueAt, changedAt] = [timeOf(row["dueAt"]), timeOf(row["changedAt"])];
  const exempt = exemptShape.safeParse(parsed(row["exempt"])).data;
  const of = rotatedKeys.safeParse(row["rotatedKeys"]).data;
  return {
    id,
    cause: cause.safeParse(row["cause"]).data ?? "event",
    acceptedAt,
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(row["fresh"] === true ? { fresh: true } : {}),
    ...(row["list"] === true ? { list: true } : {}),
    ...(row["confirm"] === true ? { confirm: true } : {}),
    ...(exempt === undefined ? {} : { exempt }),
    ...(of === undefined ? {} : { rotated: { of, at: timeOf(row["rotatedAt"]) ?? acceptedAt } }),
  };
}

function parsed(json: unknown): unknown {
  try {
    return typeof json === "string" ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}
