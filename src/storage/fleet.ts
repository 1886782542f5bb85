import { odata } from "@azure/data-tables";
import type { SweepPorts } from "../core/sweep.ts";
import type { Storage } from "./connection.ts";

/**
 * The remembered part of the fleet: the ids of a subscription's state rows whose outcome is not `gone`, those without an
 * outcome included. Filtered by the service and read page by page.
 */
export function openFleet(storage: Storage): Pick<SweepPorts["fleet"], "remembered"> {
  return {
    async *remembered(subscriptionId) {
      const filter = odata`PartitionKey eq ${subscriptionId.toLowerCase()} and outcome ne 'gone'`;
      for await (const row of storage.table("Workspaces").rows(filter, Infinity, ["workspaceId"])) {
        const id = row["workspaceId"];
        if (typeof id === "string") yield id;
      }
    },
  };
}
