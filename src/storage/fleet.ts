import { odata } from "@azure/data-tables";
import * as z from "zod/mini";
import { isGuid } from "../core/arm-id.ts";
import type { Baseline } from "../core/baseline.ts";
import type { Remembered, RememberedFleet } from "../core/fleet.ts";
import { baselineShape } from "./memory-shape.ts";
import type { Storage } from "./connection.ts";
import type { Row } from "./table.ts";
import { timeOf } from "./time-column.ts";

const columns = ["workspaceId", "outcome", "reason", "lookedAt", "nextLookAt", "baseline"];

/**
 * The remembered part of the fleet: of a subscription's state rows those whose outcome is not `gone`, or not confirmed yet, with the
 * few columns that a sweep needs. Filtered by the service and read page by page; those without an outcome are among them.
 */
export function openFleet(storage: Storage): RememberedFleet {
  return {
    async *of(subscriptionId) {
      const filter = odata`PartitionKey eq ${subscriptionId.toLowerCase()} and (outcome ne 'gone' or nextLookAt gt '')`;
      for await (const row of storage.table("Workspaces").rows(filter, Infinity, columns)) {
        const remembered = rememberedIn(row);
        if (remembered !== undefined) yield remembered;
      }
    },
    async *unanswered(before) {
      const filter = odata`cause ne 'scheduled' and acceptedAt lt ${new Date(before).toISOString()}`;
      const rows = storage.table("Inbox").rows(filter, Infinity, ["workspaceId"]);
      // The requests for a workspace lie together.
      let last: string | undefined;
      for await (const { partitionKey, workspaceId } of rows) {
        if (typeof workspaceId !== "string" || partitionKey === last) continue;
        last = partitionKey;
        yield workspaceId;
      }
    },
    async *provingRoles(subscriptionId) {
      // Few have any, so nearly nothing is answered.
      const filter = odata`PartitionKey eq ${subscriptionId.toLowerCase()} and provingRoles gt ''`;
      for await (const { provingRoles } of storage.table("Workspaces").rows(filter, Infinity, ["provingRoles"]))
        if (typeof provingRoles === "string") yield* provingRoles.split(",").filter(isGuid);
    },
  };
}

/** The roles that a column names. */
export function rolesColumn(roleIds: readonly string[]): string {
  return roleIds.join();
}

const shape = z.object({
  workspaceId: z.string(),
  outcome: z._default(z.string(), ""),
  reason: z._default(z.string(), ""),
});

function rememberedIn(row: Row): Remembered | undefined {
  const parsed = shape.safeParse(row);
  if (!parsed.success) return undefined;
  const [lookedAt, nextLookAt, baseline] = [
    timeOf(row["lookedAt"]),
    timeOf(row["nextLookAt"]),
    baselineIn(row["baseline"]),
  ];
  return {
    ...(parsed.data as Pick<Remembered, "workspaceId" | "outcome" | "reason">),
    ...(lookedAt === undefined ? {} : { lookedAt }),
    ...(nextLookAt === undefined ? {} : { nextLookAt }),
    ...(baseline === undefined ? {} : { baseline }),
  };
}

/** One that makes no sense is as good as none: the workspace is then looked at. */
function baselineIn(column: unknown): Baseline | undefined {
  if (typeof column !== "string" || column === "") return undefined;
  try {
    return baselineShape.safeParse(JSON.parse(column)).data;
  } catch {
    return undefined;
  }
}
