import type { LoggedRequest } from "../local/azure/request-log.ts";

/** Requests to ARM. */
export interface Calls {
  /** Those that ask how an operation stands not among them. */
  readonly reads: number;
  readonly writes: number;
  /** Those that ask how an operation stands. */
  readonly polls: number;
}

export function countCalls(requests: readonly Pick<LoggedRequest, "path" | "isWrite">[]): Calls {
  const polls = requests.filter(({ path }) => path.includes("/workspaceOperationsStatus/")).length;
  const writes = requests.filter(({ isWrite }) => isWrite).length;
  return { reads: requests.length - writes - polls, writes, polls };
}
