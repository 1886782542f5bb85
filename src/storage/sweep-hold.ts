import { randomUUID } from "node:crypto";
import type { Clock } from "../core/ports.ts";
import type { SweepHold } from "../core/sweep.ts";
import type { RowKey, Table } from "./table.ts";
import { timeOrStored } from "./time-column.ts";

const key: RowKey = { partitionKey: "hold", rowKey: "sweep" };

/**
 * Takes the right to sweep, of which there is one. One that was not kept until its end goes to whoever asks next, so a killed
 * process blocks nobody for longer than `holdMs`.
 * @returns `undefined` when somebody else has it
 * @throws what storage throws
 */
export async function holdSweep(
  table: Table,
  clock: Pick<Clock, "now">,
  holdMs: number,
  sweepId: string,
): Promise<SweepHold | undefined> {
  const owner = randomUUID();
  const columns = (untilMs: number): Record<string, string> => {
    return { owner, sweepId, until: new Date(untilMs).toISOString() };
  };
  const take = async (isMine: boolean): Promise<boolean> => {
    const row = await table.get(key);
    const now = clock.now();
    // After a lost answer the SDK sends again, and what it then finds changed may be its own row.
    if (row === undefined)
      return !isMine && ((await table.insert(key, columns(now + holdMs))) !== undefined || (await isOurs()));
    if (row["owner"] !== owner && (isMine || isRunning(timeOrStored(row["until"], row), now))) return false;
    return (await table.merge(key, columns(now + holdMs), row.etag)) !== undefined || (await isOurs());
  };
  /** One that ends later than it can was written by a clock that was ahead. */
  const isRunning = (until: number, now: number): boolean => until > now && until <= now + 2 * holdMs;
  const isOurs = async (): Promise<boolean> => (await table.get(key))?.["owner"] === owner;

  if (!(await take(false))) return undefined;
  return {
    keep: () => take(true),
    async release() {
      try {
        const row = await table.get(key);
        if (row?.["owner"] === owner) await table.deleteUnchanged(key, row.etag);
      } catch {
        // It ends by itself.
      }
    },
  };
}
