import { type Action, describe } from "../core/actions.ts";
import { CommandError } from "./exit-code.ts";
import { shownText } from "./show.ts";

/**
 * Refuses what goes beyond attaching, granting and syncing, unless it was in the plan that was agreed to: a fix plans anew after
 * each wait, and by then Azure may not be as it was.
 * @param agreed the steps of that plan, as `describe` tells them
 * @throws CommandError
 */
export function requireAgreed(actions: readonly Action[], agreed: readonly string[]): void {
  const others = actions
    .filter(isBeyond)
    .map(describe)
    .filter((step) => !agreed.includes(step));
  if (others.length === 0) return;
  throw new CommandError(
    `Azure is not as it was when you agreed. Now there would also be to do: ${others.map(shownText).join(", ")}. That was not done. Run this again to see the new plan.`,
  );
}

function isBeyond(action: Action): boolean {
  switch (action.kind) {
    case "GrantPull":
    case "SyncKeys":
      return false;
    case "AttachRegistry":
      return action.replaces !== undefined;
    case "EnableAdminUser":
    case "PruneGrant":
    case "ImportImage":
      return true;
  }
}
