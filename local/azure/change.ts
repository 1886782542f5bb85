import type { Caller } from "./arm-error.ts";

/** A write that somebody made or tried: what becomes an event. */
export interface Change {
  readonly kind: "Write" | "Delete" | "Action";
  readonly outcome: "Success" | "Failure";
  /** e.g. `Microsoft.MachineLearningServices/workspaces/write`. */
  readonly operationName: string;
  readonly resourceId: string;
  readonly caller: Caller;
  readonly correlationId: string;
  readonly method: string;
}

/** The kind of event an ARM action becomes; undefined for a read. */
export function kindOfAction(action: string): Change["kind"] | undefined {
  const verb = action.slice(action.lastIndexOf("/") + 1).toLowerCase();
  return ({ write: "Write", delete: "Delete", action: "Action" } as const)[verb];
}
