import { odata } from "@azure/data-tables";
import type { Clock } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { forgetRequests } from "./inbox.ts";
import { type StateRow, StateRows } from "./state-row.ts";
import { UnreadableRowError } from "./storage-error.ts";
import type { RowKey } from "./table.ts";
import { timeOrStored } from "./time-column.ts";
import { trim } from "./trim.ts";

/** A handful of calls each, one after the other: some ten seconds in all. */
const mostAtOnce = 500;
const dayMs = 24 * 60 * 60 * 1000;

export interface ForgetOptions {
  readonly olderThanDays: number;
  /** How many workspaces one call works on. */
  readonly atMost?: number;
}

/**
 * Forgets workspaces that are gone and were last looked at longer ago: of each it deletes history and requests that are as
 * old, and then, if that was all and nobody has touched it meanwhile, its state. So whatever is cut off in between goes on
 * with the next call, and a workspace that comes back, at whatever moment, loses nothing that is younger.
 * Rows that cannot be read are left alone.
 * @returns how many were forgotten
 * @throws what storage throws
 */
export async function forgetGone(
  storage: Storage,
  clock: Pick<Clock, "now">,
  { olderThanDays, atMost = mostAtOnce }: ForgetOptions,
): Promise<number> {
  const since = clock.now() - olderThanDays * dayMs;
  let [worked, forgotten] = [0, 0];
  for await (const row of storage.table("Workspaces").rows(odata`outcome eq 'gone'`, Infinity, ["lookedAt"])) {
    if (timeOrStored(row["lookedAt"], row) >= since) continue;
    if (worked === atMost) break;
    worked += 1;
    if (await forgetIfGone(row, storage, clock, since)) forgotten += 1;
  }
  return forgotten;
}

async function forgetIfGone(
  { partitionKey, rowKey }: RowKey,
  storage: Storage,
  clock: Pick<Clock, "now">,
  since: number,
): Promise<boolean> {
  const key = { partitionKey, rowKey };
  const state = await readable(new StateRows(storage), key);
  if (state === undefined || !isOver(state, clock.now(), since)) return false;
  const history = storage.table("History");
  await trim(history, rowKey, Infinity, since);
  await forgetRequests(storage, rowKey, since);
  for (const table of [history, storage.table("Inbox")])
    for await (const _left of table.rows(odata`PartitionKey eq ${rowKey}`, 1, [])) return false;
  return storage.table("Workspaces").deleteUnchanged(key, state.etag);
}

function isOver({ row, leaseOwner, leaseUntil }: StateRow, now: number, since: number): boolean {
  const leased = leaseOwner !== "" && leaseUntil > now;
  return row["outcome"] === "gone" && !leased && timeOrStored(row["lookedAt"], row) < since;
}

async function readable(rows: StateRows, key: RowKey): Promise<StateRow | undefined> {
  try {
    return await rows.read(key);
  } catch (error) {
    if (error instanceof UnreadableRowError) return undefined;
    throw error;
  }
}
