import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import type { Clock } from "../core/ports.ts";
import type { SweepRecords } from "../core/sweep.ts";
import { requestIdOf, type SweepRecord } from "../core/sweep-record.ts";
import type { Storage } from "./connection.ts";
import { asciiJson, fromJsonColumns, jsonColumns, longestJson } from "./json-columns.ts";
import { keyText, newestFirst } from "./keys.ts";
import { claimOnce, rememberFirstStart } from "./once.ts";
import { holdSweep } from "./sweep-hold.ts";
import type { StoredSweepResults } from "./sweep-results.ts";
import { UnreadableRowError } from "./storage-error.ts";
import type { Row, RowKey } from "./table.ts";
import { time } from "./time-column.ts";
import { trim } from "./trim.ts";

export const keptSweeps = 400;
const searched = 50;
/** Of more sweeps than these it is not kept what became of each look. */
const keptResults = 30;
/** How long nobody else sweeps after a sweep was last heard of, in milliseconds: longer than it waits for Azure at a time. */
export const defaultHoldMs = 10 * 60_000;
const partitionKey = "sweep";

export interface Sweeps extends SweepRecords {
  /** Writes a record, over an earlier one of the same sweep. Of errors that do not fit into a row it keeps the first, and says how many more there were. */
  save(record: SweepRecord): Promise<void>;
  get(id: string, startedAt: number): Promise<SweepRecord | undefined>;
  /** The sweep that started last, finished or not, if it is among the newest {@link searched}. */
  latest(): Promise<SweepRecord | undefined>;
  /** The last sweep that came to its end, if it is among the newest {@link searched}. */
  latestFinished(): Promise<SweepRecord | undefined>;
  /** The sweep of this name, if its record is kept. */
  find(id: string): Promise<SweepRecord | undefined>;
  /** The newest first, of one that was begun again the last time only. */
  list(limit: number): Promise<readonly SweepRecord[]>;
  /** Notes in the record of each sweep but the newest how its looks ended, and deletes the results of all but the newest {@link keptResults}. */
  settleResults(results: StoredSweepResults): Promise<void>;
  /** When the app was started for the first time, by whoever asked this first; ms since the epoch. */
  firstStart(): Promise<number>;
  /**
   * Whether it falls to the caller to do what the text names: true for one of all who ask with the same text. One that fails
   * afterwards takes it with it, and a call that throws may have; so a text names a time, after which another comes.
   * Only the newest hundred are remembered.
   */
  claim(what: string): Promise<boolean>;
}

/** The records of sweeps. A finished sweep deletes all but the newest {@link keptSweeps}. Records that cannot be read are passed over. */
export function openSweeps(storage: Storage, clock: Pick<Clock, "now">, holdMs = defaultHoldMs): Sweeps {
  const table = storage.table("Sweeps");
  const newest = async function* (limit: number): AsyncGenerator<SweepRecord> {
    for await (const row of table.rows(odata`PartitionKey eq ${partitionKey}`, limit)) {
      const record = recordOf(row);
      if (record !== undefined) yield record;
    }
  };
  return {
    async save(record) {
      await table.put(keyOf(record.id, record.startedAt), jsonColumns("record", fitting(record)));
      if (record.finishedAt !== undefined) await trim(table, partitionKey, keptSweeps, 0);
    },
    async get(id, startedAt) {
      const row = await table.get(keyOf(id, startedAt));
      return row === undefined ? undefined : recordOf(row);
    },
    async latest() {
      for (const limit of [1, searched]) for await (const record of newest(limit)) return record;
      return undefined;
    },
    async latestFinished() {
      for await (const record of newest(searched)) if (record.finishedAt !== undefined) return record;
      return undefined;
    },
    async find(id) {
      // Whoever asks again and again asks about the newest.
      for (const limit of [1, keptSweeps])
        for await (const record of newest(limit)) if (record.id === id) return record;
      return undefined;
    },
    async list(limit) {
      // One that died and was begun again left a record of its own.
      const records = new Map<string, SweepRecord>();
      for await (const record of newest(limit)) if (!records.has(record.id)) records.set(record.id, record);
      return [...records.values()];
    },
    async settleResults(results) {
      // Each comes by here on its way out, as every sweep clears away.
      const [, ...earlier] = await this.list(2 * keptResults);
      for (const [index, record] of earlier.entries()) {
        const requestId = requestIdOf(record.id);
        if (record.results === undefined) await this.save({ ...record, results: await results.counts(requestId) });
        if (index + 1 >= keptResults) await results.forget(requestId);
      }
    },
    hold: (sweepId) => holdSweep(table, clock, holdMs, sweepId),
    firstStart: () => rememberFirstStart(table, clock),
    claim: (what) => claimOnce(table, clock, what),
  };
}

function keyOf(id: string, startedAt: number): RowKey {
  return { partitionKey, rowKey: `${newestFirst(startedAt)}-${keyText(id)}` };
}

/** Lists that do not fit into a row are cut short: those of a thousand registries and subscriptions and a hundred errors do. */
function fitting(record: SweepRecord): SweepRecord {
  const { drift, unreadable } = record;
  let kept: SweepRecord = { ...record, drift: drift.slice(0, 1_000), unreadable: unreadable.slice(0, 1_000) };
  let count = record.errors.length;
  while (count > 0 && asciiJson(kept).length > longestJson) {
    count = Math.floor(count / 2);
    const more = { subject: "sweep", message: `${record.errors.length - count} more errors are not kept.` };
    kept = { ...kept, errors: [...record.errors.slice(0, count), more] };
  }
  return kept;
}

const count = z.number();
const shape: z.ZodMiniType<SweepRecord> = z.looseObject({
  id: z.string(),
  startedAt: time,
  progressAt: time,
  finishedAt: z.exactOptional(time),
  failedAt: z.exactOptional(time),
  seen: count,
  requested: count,
  nominated: z.record(z.string(), count),
  pending: count,
  unreadable: z.array(z.string()),
  queries: count,
  drift: z.array(
    z.looseObject({
      registryId: z.string(),
      workspaces: count,
      attachments: count,
      grants: count,
      keySyncs: count,
    }),
  ),
  results: z.exactOptional(z.record(z.string(), count)),
  errors: z.array(z.looseObject({ subject: z.string(), message: z.string() })),
});

function recordOf(row: Row): SweepRecord | undefined {
  try {
    return shape.safeParse(fromJsonColumns("record", row)).data;
  } catch (error) {
    if (error instanceof UnreadableRowError) return undefined;
    throw error;
  }
}
