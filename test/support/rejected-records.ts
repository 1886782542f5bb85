import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import type { Storage } from "../../src/storage/connection.ts";

const record = z.object({
  source: z.enum(["event", "message", "notification"]),
  reason: z.string(),
  message: z.string(),
  body: z.string(),
  /** The length of the whole body, in UTF-16 code units. */
  bodyLength: z.number(),
  /** When it first came on that day, ms since the epoch. */
  at: z.pipe(z.iso.datetime(), z.transform(Date.parse)),
});

/** Something that was rejected, as an operator finds it in the table. */
export type RejectedRecord = z.infer<typeof record>;

/** What was rejected on a day (`YYYY-MM-DD`, UTC), the first first. @throws where a row is not as it is to be kept */
export async function rejectedOn(storage: Storage, day: string): Promise<readonly RejectedRecord[]> {
  const records: RejectedRecord[] = [];
  for await (const row of storage.table("Rejected").rows(odata`PartitionKey eq ${day}`))
    records.push(record.parse(row));
  return records.sort((a, b) => a.at - b.at);
}
