import { odata } from "@azure/data-tables";
import type { Clock } from "../core/ports.ts";
import type { Storage } from "./connection.ts";
import { keptDays } from "./history.ts";
import { sha256 } from "./keys.ts";

/** How much of a body, and of a message, is kept, in UTF-16 code units: what one column holds. */
export const longestBody = 32_000;
const longestMessage = 2000;
const mostTrimmed = 10_000;

/** Something that could not be processed, and that no repetition can mend. */
export interface RejectedItem {
  /** `notification`: one that could not be delivered. */
  readonly source: "event" | "message" | "notification";
  /** One word, to count by. */
  readonly reason: string;
  /** For a person: what was wrong, what was expected. */
  readonly message: string;
  /** The body as it came. Never headers or a query string: they carry keys and tokens. */
  readonly body: string;
}

export interface Rejected {
  /** Keeps an item. The same again on the same day (UTC) changes nothing: it is a redelivery. */
  put(item: RejectedItem): Promise<void>;
  /** Deletes what was rejected more than {@link keptDays} ago, {@link mostTrimmed} of it at most, the oldest first. */
  trim(): Promise<void>;
}

/** The kept items, one partition a day. */
export function openRejected(
  storage: Storage,
  clock: Pick<Clock, "now">,
  { atMost = mostTrimmed }: { readonly atMost?: number } = {},
): Rejected {
  const table = storage.table("Rejected");
  return {
    async put({ source, reason, message, body }) {
      const at = new Date(clock.now()).toISOString();
      // The lengths keep texts apart that run into each other.
      const rowKey = sha256([source, reason.length, reason, message.length, message, body].join(":"));
      const columns = {
        source,
        reason: wellFormed(reason, longestMessage),
        message: wellFormed(message, longestMessage),
        body: wellFormed(body, longestBody),
        bodyLength: body.length,
        at,
      };
      await table.insert({ partitionKey: at.slice(0, 10), rowKey }, columns);
    },
    async trim() {
      const firstKept = new Date(clock.now() - keptDays * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
      const old = new Map<string, string[]>();
      for await (const { partitionKey, rowKey } of table.rows(odata`PartitionKey lt ${firstKept}`, atMost, []))
        old.set(partitionKey, [...(old.get(partitionKey) ?? []), rowKey]);
      for (const [day, rowKeys] of old) await table.delete(day, rowKeys);
    },
  };
}

/** Cut to length, and without halves of surrogate pairs, which a request to the service cannot carry. */
function wellFormed(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}
