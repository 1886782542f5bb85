import { AzureFailure } from "./failure.ts";
import type { Journal, OperationPlace } from "./journal.ts";
import type { Memory, RunningOperation } from "./memory.ts";
import type { OnAccepted, Progress } from "./ports.ts";
import type { TimedEnding } from "./retry.ts";

type WithoutProgress<Operation> = Operation extends unknown ? Omit<Operation, "state" | "pollAt"> : never;

/** An operation that was sent, or is about to be. */
export type Begun = WithoutProgress<RunningOperation>;

/** Where an operation of this kind is remembered. */
export function placeOf({ kind }: Pick<RunningOperation, "kind">): OperationPlace {
  return kind === "ImportImage" ? "importing" : "operation";
}

/** What is needed to remember an operation. */
export interface Following {
  readonly journal: Journal;
  readonly remember: (news: Partial<Memory>) => Promise<void>;
  readonly now: () => number;
}

/**
 * Carries one operation as far as it goes now, and remembers where it stands.
 * @returns that it is done, or the ending of the look while it still runs
 * @throws AzureFailure when it ended badly; and what `go` throws
 */
export async function follow(
  begun: Begun,
  go: (accepted: OnAccepted) => Promise<Progress>,
  { journal, remember, now }: Following,
): Promise<TimedEnding | (Progress & { kind: "done" })> {
  const place = placeOf(begun);
  const accepted: OnAccepted = ({ state, pollAt }) => remember({ [place]: { ...begun, state, pollAt } });
  const progress = await go(accepted);
  switch (progress.kind) {
    case "running": {
      await accepted(progress);
      const message = `Azure accepted to ${begun.description} and is still at it.`;
      return { kind: "waiting", reason: "OperationInProgress", message, notBefore: progress.pollAt };
    }
    case "failed":
      journal.forgetOperation(place);
      throw new AzureFailure(progress.failure);
    case "done":
      journal.forgetOperation(place);
      journal.did(begun.kind, begun.description, now());
      return progress;
  }
}
