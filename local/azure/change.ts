import { randomUUID } from "node:crypto";

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

/** A change that somebody made successfully, outside of the stand-in's ARM routes. */
export function changeBy(caller: Caller, kind: Change["kind"], operationName: string, resourceId: string): Change {
  const method = ({ Write: "PUT", Delete: "DELETE", Action: "POST" } as const)[kind];
  return { kind, outcome: "Success", operationName, resourceId, caller, correlationId: randomUUID(), method };
}
