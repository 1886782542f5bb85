import { odata } from "@azure/data-tables";
import { randomUUID } from "node:crypto";
import type { Clock } from "../core/ports.ts";
import { keyText } from "./keys.ts";
import type { RowKey, Table } from "./table.ts";
import { timeOrStored } from "./time-column.ts";

const keptClaims = 100;
const claims = "claim";
const firstStart: RowKey = { partitionKey: "start", rowKey: "first" };

/** When the app was started for the first time, by whoever asked this first; ms since the epoch. */
export async function rememberFirstStart(table: Table, clock: Pick<Clock, "now">): Promise<number> {
  const now = clock.now();
  const found = await table.get(firstStart);
  if (found !== undefined) return timeOrStored(found["at"], found);
  await table.insert(firstStart, { at: new Date(now).toISOString() });
  const stored = await table.get(firstStart); // by somebody who was faster, perhaps
  return stored === undefined ? now : timeOrStored(stored["at"], stored);
}

/**
 * Whether it falls to the caller to do what the text names: true for one of all who ask with the same text.
 * Only the newest {@link keptClaims} are remembered.
 */
export async function claimOnce(table: Table, clock: Pick<Clock, "now">, what: string): Promise<boolean> {
  const key = { partitionKey: claims, rowKey: keyText(what) };
  if ((await table.get(key)) !== undefined) return false;
  await makeRoom(table); // before: what fails after a claim was made would leave it to nobody
  const claimant = randomUUID();
  const columns = { what: what.slice(0, 1000).toWellFormed(), claimant, at: new Date(clock.now()).toISOString() };
  if ((await table.insert(key, columns)) !== undefined) return true;
  // After a lost answer the SDK sends again and finds our own row.
  return (await table.get(key))?.["claimant"] === claimant;
}

async function makeRoom(table: Table): Promise<void> {
  const made: { readonly rowKey: string; readonly at: number }[] = [];
  for await (const row of table.rows(odata`PartitionKey eq ${claims}`, Infinity, ["at"]))
    made.push({ rowKey: row.rowKey, at: timeOrStored(row["at"], row) });
  const old = made.sort((a, b) => b.at - a.at).slice(keptClaims - 1);
  await table.delete(
    claims,
    old.map(({ rowKey }) => rowKey),
  );
}
