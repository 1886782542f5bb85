import { formatId, type WorkspaceId } from "./arm-id.ts";
import { standing, withoutContested } from "./contest.ts";
import type { Grant } from "./grants.ts";
import { type Memory, noMemory } from "./memory.ts";
import type { Observation, ObservedWorkspace } from "./observation.ts";
import { observe } from "./observe.ts";
import { type Plan, plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { Ports } from "./ports.ts";

/** What is looked at. */
export interface Subject {
  readonly workspace: WorkspaceId;
  /** Absent where nothing is remembered, or nothing can be. */
  readonly memory: Memory | undefined;
  /** Facts older than this (ms since the epoch) are not taken from a cache. */
  readonly freshAfter: number;
  /** Who pulls besides the workspace itself is listed anew unless it was listed after this (ms since the epoch). */
  readonly listAfter: number;
  /** Who is in a group is asked anew unless it was asked after this (ms since the epoch); as `listAfter` where it is absent. */
  readonly membersAfter?: number;
  /** What Azure answered to our own changes, which is not read again. */
  readonly told?: ChangesAnswered;
}

/** Azure's answers to changes of ours. */
export interface ChangesAnswered {
  /** The workspace as it was described after it was attached. */
  readonly workspace?: ObservedWorkspace | undefined;
  /** The grants that were made, by object ids in lower case. */
  readonly granted: ReadonlyMap<string, Grant>;
}

/** What a look found, and what would be done about it. */
export interface Examination {
  readonly observation: Observation;
  readonly plan: Plan;
}

/**
 * Looks, and says what has to be done; changes nothing. This is the whole of a dry run.
 * @throws AzureFailure when Azure cannot be asked
 */
export async function examine(
  subject: Subject,
  policy: Policy,
  ports: Pick<Ports, "reads" | "hash" | "clock">,
  signal: AbortSignal,
): Promise<Examination> {
  const observation = await observe(policy, subject, ports.reads, ports.clock.now(), signal);
  const memory = subject.memory ?? noMemory(formatId(subject.workspace));
  const contest = standing(memory.contest, policy, ports.clock.now());
  return { observation, plan: withoutContested(plan(policy, observation, memory, ports.hash), contest, policy) };
}
