import { odata } from "@azure/data-tables";
import type { SweepResults } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { keyText, workspaceHash } from "./keys.ts";

/** How often each outcome is counted, of the looks that a sweep asked for. */
export type ResultCounts = Readonly<Record<string, number>>;

export interface StoredSweepResults extends SweepResults {
  /** @param requestId of the sweep's requests */
  counts(requestId: string): Promise<ResultCounts>;
  /** Deletes those of one sweep. */
  forget(requestId: string): Promise<void>;
}

/** What became of the looks that sweeps asked for: a row for each, in a partition for each sweep. */
export function openSweepResults(storage: Storage): StoredSweepResults {
  const table = storage.table("SweepResults");
  const rows = (requestId: string, columns: readonly string[]): ReturnType<typeof table.rows> =>
    table.rows(odata`PartitionKey eq ${keyText(requestId)}`, Infinity, columns);
  return {
    async put(requestId, workspace, outcome) {
      await table.put({ partitionKey: keyText(requestId), rowKey: workspaceHash(workspace) }, { outcome });
    },
    async counts(requestId) {
      const counts: Record<string, number> = {};
      for await (const { outcome } of rows(requestId, ["outcome"]))
        if (typeof outcome === "string") counts[outcome] = (counts[outcome] ?? 0) + 1;
      return counts;
    },
    async forget(requestId) {
      const keys: string[] = [];
      for await (const { rowKey } of rows(requestId, [])) keys.push(rowKey);
      await table.delete(keyText(requestId), keys);
    },
  };
}
