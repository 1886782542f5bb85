import { odata } from "@azure/data-tables";
import { parseWorkspaceId, sameText } from "../core/arm-id.ts";
import type { Storage } from "./connection.ts";
import { countRows } from "./outcome-counts.ts";
import type { Row } from "./table.ts";
import { timeOf } from "./time-column.ts";

/** What a list of the fleet tells of one workspace. Times in ms since the epoch. */
export interface ListedWorkspace {
  readonly workspaceId: string;
  /** Empty before the end of its first look. */
  readonly outcome: string;
  /** Of an outcome that has one. */
  readonly reason: string;
  readonly registryId: string;
  readonly lookedAt?: number;
  readonly nextLookAt?: number;
}

/** Which workspaces are listed: those that all of what is given says. */
export interface FleetFilter {
  readonly outcome?: string;
  readonly reason?: string;
  /** A registry by its name or its id, in any casing. */
  readonly registry?: string;
  /** A part of the workspace's id, in any casing. */
  readonly search?: string;
}

/** Where a page of the list ended. */
export interface FleetPosition {
  readonly partitionKey: string;
  readonly rowKey: string;
}

export interface FleetPage {
  readonly workspaces: readonly ListedWorkspace[];
  /** Absent after the last page. A page may hold less than was asked for, even nothing, and not be the last. */
  readonly after?: FleetPosition;
}

/** One page looks at so many rows at most: a second or two. */
const mostLookedAt = 5_000;

const columns = ["workspaceId", "outcome", "reason", "registryId", "lookedAt", "nextLookAt"];

/**
 * Lists workspaces, in an order of no meaning that stays the same: by subscription. Those that are gone are listed only where
 * that is the outcome asked for.
 * @param subscriptionIds whose workspaces are listed
 * @param limit the most workspaces on the page
 * @throws what storage throws
 */
export async function listFleet(
  storage: Storage,
  subscriptionIds: readonly string[],
  filter: FleetFilter,
  limit: number,
  after?: FleetPosition,
): Promise<FleetPage> {
  const workspaces: ListedWorkspace[] = [];
  let lookedAt = 0;
  const isChosenHere = filter.registry !== undefined || filter.search !== undefined;
  const most = isChosenHere ? mostLookedAt : limit;
  for await (const row of rowsAfter(storage, subscriptionIds, filter, most, after)) {
    const { partitionKey, rowKey } = row;
    lookedAt += 1;
    const listed = listedIn(row);
    if (listed !== undefined && matches(filter, listed)) workspaces.push(listed);
    if (workspaces.length === limit || lookedAt === mostLookedAt)
      return { workspaces, after: { partitionKey, rowKey } };
  }
  return { workspaces };
}

async function* rowsAfter(
  storage: Storage,
  subscriptionIds: readonly string[],
  { outcome, reason }: FleetFilter,
  most: number,
  after: FleetPosition | undefined,
): AsyncGenerator<Row> {
  const said = [
    outcome === undefined ? odata`outcome ne 'gone'` : odata`outcome eq ${outcome}`,
    ...(reason === undefined ? [] : [odata`reason eq ${reason}`]),
  ].join(" and ");
  for (const partitionKey of [...new Set(subscriptionIds.map((id) => id.toLowerCase()))].sort()) {
    if (after !== undefined && partitionKey < after.partitionKey) continue;
    let from = partitionKey === after?.partitionKey ? after.rowKey : "";
    // Whoever reads may take no account of some: as many as were asked for are not always enough.
    let count: number;
    do {
      count = 0;
      const rows = odata`PartitionKey eq ${partitionKey} and RowKey gt ${from} and RowKey lt ${countRows}`;
      for await (const row of storage.table("Workspaces").rows(`${rows} and ${said}`, most, columns)) {
        count += 1;
        from = row.rowKey;
        yield row;
      }
    } while (count === most);
  }
}

function matches({ registry, search }: FleetFilter, { workspaceId, registryId }: ListedWorkspace): boolean {
  const isOfRegistry =
    registry === undefined || sameText(registryId, registry) || sameText(registryId.split("/").at(-1) ?? "", registry);
  return isOfRegistry && (search === undefined || workspaceId.toLowerCase().includes(search.toLowerCase()));
}

function listedIn(row: Row): ListedWorkspace | undefined {
  const { workspaceId } = row;
  if (typeof workspaceId !== "string" || !isWorkspaceId(workspaceId)) return undefined;
  const text = (column: unknown): string => (typeof column === "string" ? column : "");
  const [lookedAt, nextLookAt] = [timeOf(row["lookedAt"]), timeOf(row["nextLookAt"])];
  return {
    workspaceId,
    outcome: text(row["outcome"]),
    reason: text(row["reason"]),
    registryId: text(row["registryId"]),
    ...(lookedAt === undefined ? {} : { lookedAt }),
    ...(nextLookAt === undefined ? {} : { nextLookAt }),
  };
}

function isWorkspaceId(text: string): boolean {
  try {
    parseWorkspaceId(text);
    return true;
  } catch {
    return false;
  }
}
