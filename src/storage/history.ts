import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import type { WorkspaceId } from "../core/arm-id.ts";
import type { Clock, History, HistoryEntry } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { asciiJson, fromJsonColumns, jsonColumns, longestJson } from "./json-columns.ts";
import { keyText, newestFirst, sha256, workspaceHash } from "./keys.ts";
import { UnreadableRowError } from "./storage-error.ts";
import type { Row } from "./table.ts";
import { time } from "./time-column.ts";
import { trim } from "./trim.ts";

const keptRows = 200;
export const keptDays = 90;
/** A burst may bring hundreds of requests into one reconcile; the first of them tell the story. */
const keptRequests = 100;

/** An entry as it is read back. */
export type RecordedEntry = HistoryEntry & {
  /** How many requests the reconcile covered; `requests` holds the first of them. */
  readonly requestCount: number;
};

export interface TableHistory extends History {
  /** The newest entries first, none older than {@link keptDays}, at most {@link keptRows}. An entry that cannot be read is passed over. */
  list(workspace: WorkspaceId, limit: number): Promise<readonly RecordedEntry[]>;
}

/**
 * The history of workspaces, append-only: the partition is the workspace, keys sort the newest first. Appending an entry
 * again changes nothing. One append in sixteen, chosen by the hash of its key, also deletes what
 * `list` would not show; the others cost one request.
 */
export function openHistory(storage: Storage, clock: Pick<Clock, "now">): TableHistory {
  const table = storage.table("History");
  const oldest = (): number => clock.now() - keptDays * 24 * 60 * 60 * 1000;
  return {
    async append(workspace, entry) {
      const [partitionKey, rowKey] = [workspaceHash(workspace), keyOf(entry)];
      await table.insert({ partitionKey, rowKey }, jsonColumns("entry", fitting(entry)));
      if (sha256(rowKey).startsWith("0")) await trim(table, partitionKey, keptRows, oldest());
    },
    async list(workspace, limit) {
      const since = `${newestFirst(oldest())}~`;
      const filter = odata`PartitionKey eq ${workspaceHash(workspace)} and RowKey le ${since}`;
      const entries: RecordedEntry[] = [];
      for await (const row of table.rows(filter, Math.min(limit, keptRows))) {
        const entry = entryOf(row);
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    },
  };
}

/** Of one reconcile, the end sorts before its plan even within one millisecond. */
function keyOf({ at, phase, reconcileId }: HistoryEntry): string {
  return `${newestFirst(at)}-${phase === "ended" ? 0 : 1}-${keyText(reconcileId)}`;
}

/** The entry with as many of its requests as fit into a row. */
function fitting(entry: HistoryEntry): RecordedEntry {
  const requestCount = entry.requests.length;
  let requests = entry.requests.slice(0, keptRequests);
  while (requests.length > 0 && asciiJson({ ...entry, requests }).length > longestJson - 100)
    requests = requests.slice(0, Math.floor(requests.length / 2));
  return { ...entry, requests, requestCount };
}

const shape = z.looseObject({
  at: time,
  reconcileId: z.string(),
  phase: z.enum(["planned", "ended"]),
  requests: z.array(z.looseObject({ id: z.string(), cause: z.string(), acceptedAt: time })),
  requestCount: z.number(),
  planned: z.array(z.string()),
  done: z.array(z.string()),
  durationMs: z.number(),
});

function entryOf(row: Row): RecordedEntry | undefined {
  try {
    const { data } = shape.safeParse(fromJsonColumns("entry", row));
    // Checked as far as anything but a person's eye rests on it.
    return data as RecordedEntry | undefined;
  } catch (error) {
    if (error instanceof UnreadableRowError) return undefined;
    throw error;
  }
}
