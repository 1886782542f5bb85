import type { WorkspaceState } from "./workspace.ts";

/**
 * Whether a look that was asked for has ended, and not with another wait.
 * @param before when the look before it had ended; until it is over, that is what is told
 */
export function isOver({ outcome, outcomeAt }: WorkspaceState, before: string | undefined): boolean {
  return outcomeAt !== before && outcome !== "waiting" && outcome !== "unknown";
}
