import * as z from "zod/mini";
import { baselineOf, provingRoles } from "../core/baseline.ts";
import { formatId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Memory } from "../core/memory.ts";
import { countedAs } from "../core/outcome.ts";
import type { MemoryStore } from "../core/ports.ts";
import { rolesColumn } from "./fleet.ts";
import { fromJsonColumns, jsonColumns, oneColumn } from "./json-columns.ts";
import { stateKey } from "./keys.ts";
import { memoryShape } from "./memory-shape.ts";
import { countedColumn } from "./outcome-counts.ts";
import { type LeasedWriter, type StateRows, stateSchemaVersion } from "./state-row.ts";
import { StorageUnavailableError, UnreadableRowError } from "./storage-error.ts";
import type { Columns } from "./table.ts";

/** So that all of them end within a lease even when each takes as long as a call may. */
const triesForOperation = 5;

/**
 * The memory of workspaces, in their state rows: as JSON, and beside it the columns by which a fleet is filtered.
 *
 * `load` asks for no lease; whoever has just taken one is answered what was read for it. It throws UnreadableRowError for a row of a newer version and for a memory that makes no sense.
 *
 * `save` writes only under the lease that `rows` holds for the workspace, and only if nobody else wrote the row since:
 * so a worker that lost its lease cannot overwrite what its successor remembers. Without a lease it throws an AzureFailure
 * of kind `leaseLost`. A RangeError means that the memory is larger than a row. A memory that holds a running operation is
 * saved more patiently than others, for what is not remembered of it would be sent to Azure again.
 */
export function openMemory(rows: StateRows): MemoryStore {
  return {
    async load(workspace) {
      const first = rows.writer(workspace)?.takeFirst();
      const state = first === undefined ? await rows.read(stateKey(workspace)) : first.found;
      if (state === undefined || state.memoryParts === 0) return undefined;
      const parsed = memoryShape.safeParse(fromJsonColumns("memory", state.row));
      if (parsed.success) return parsed.data;
      throw new UnreadableRowError(
        `What is remembered of ${formatId(workspace)} cannot be read: ${z.prettifyError(parsed.error)}`,
      );
    },
    async save(workspace, memory) {
      const writer = rows.writer(workspace);
      if (writer === undefined) {
        const message = `Nothing is remembered of ${formatId(workspace)} without a lease of it.`;
        throw new AzureFailure({ kind: "leaseLost", message });
      }
      const isRunning = memory.operation !== undefined || memory.importing !== undefined;
      await write(writer, memory, isRunning ? triesForOperation : 1);
    },
  };
}

async function write(writer: LeasedWriter, memory: Memory, tries: number): Promise<void> {
  try {
    await writer.write((memoryParts) => columnsOf(memory, memoryParts));
  } catch (error) {
    if (tries === 1 || !(error instanceof StorageUnavailableError)) throw error;
    await write(writer, memory, tries - 1);
  }
}

/**
 * What a state row holds of a memory.
 * @param before how many columns hold the memory that is there now
 */
export function columnsOf(memory: Memory, before: number): Columns {
  return { schemaVersion: stateSchemaVersion, ...filterColumns(memory), ...jsonColumns("memory", memory, before) };
}

/** Empty text where there is nothing; times as ISO 8601 in UTC, whose order as text is their order. */
function filterColumns(memory: Memory): Columns {
  const { workspaceId, outcome, seen, startedAt, nextLookAt } = memory;
  const baseline = baselineOf(memory);
  return {
    workspaceId,
    outcome: outcome?.kind ?? "",
    reason: outcome !== undefined && "reason" in outcome ? outcome.reason : "",
    registryId: seen?.registryId ?? "",
    lookedAt: startedAt === undefined ? "" : new Date(startedAt).toISOString(),
    nextLookAt: nextLookAt === undefined ? "" : new Date(nextLookAt).toISOString(),
    baseline: baseline === undefined ? "" : (oneColumn(baseline) ?? ""),
    [countedColumn]: countedAs(outcome),
    provingRoles: baseline === undefined ? "" : rolesColumn(provingRoles(baseline)),
  };
}
