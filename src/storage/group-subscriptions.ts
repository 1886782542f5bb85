import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import { isGuid } from "../core/arm-id.ts";
import type { Storage } from "./connection.ts";
import { fromJsonColumns, jsonColumns } from "./json-columns.ts";
import { keyText } from "./keys.ts";
import { UnreadableRowError } from "./storage-error.ts";
import type { Row } from "./table.ts";

/** Which subscriptions lie in management groups, as they were found last. */
export interface GroupSubscriptions {
  /** The ids of subscriptions, in lower case, by the names of groups in lower case. A row that cannot be read is passed over. */
  all(): Promise<ReadonlyMap<string, readonly string[]>>;
  put(group: string, subscriptionIds: readonly string[]): Promise<void>;
}

const partitionKey = "managementGroup";
const shape = z.array(z.string().check(z.refine(isGuid)));

/** A row for each group, with room for 12,000 subscriptions; more of them fail to be stored, with a RangeError. */
export function openGroupSubscriptions(storage: Storage): GroupSubscriptions {
  const table = storage.table("Sweeps");
  return {
    async all() {
      const found = new Map<string, readonly string[]>();
      for await (const row of table.rows(odata`PartitionKey eq ${partitionKey}`)) {
        const subscriptionIds = subscriptionsOf(row);
        if (typeof row["name"] === "string" && subscriptionIds !== undefined) found.set(row["name"], subscriptionIds);
      }
      return found;
    },
    async put(group, subscriptionIds) {
      const name = group.toLowerCase();
      const columns = { name, ...jsonColumns("subscriptions", subscriptionIds) };
      await table.put({ partitionKey, rowKey: keyText(name) }, columns);
    },
  };
}

function subscriptionsOf(row: Row): readonly string[] | undefined {
  try {
    return shape.safeParse(fromJsonColumns("subscriptions", row)).data;
  } catch (error) {
    if (error instanceof UnreadableRowError) return undefined;
    throw error;
  }
}
