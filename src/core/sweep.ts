import { idKey, InvalidIdError, parseWorkspaceId, type WorkspaceId } from "./arm-id.ts";
import { AzureFailure } from "./failure.ts";
import type { Clock, Inbox, RequestQueue } from "./ports.ts";
import { accept } from "./work.ts";

/** What a sweep needs of the world besides the inbox and the queue. */
export interface SweepPorts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly fleet: {
    /** The id of every workspace of a subscription, as Azure writes it. @throws AzureFailure */
    workspaces(subscriptionId: string): AsyncIterable<string>;
    /** The id of every workspace of a subscription that is remembered and not known to be gone. */
    remembered(subscriptionId: string): AsyncIterable<string>;
  };
  readonly inbox: Inbox;
  readonly queue: RequestQueue;
  readonly records: { save(record: SweepRecord): Promise<void> };
}

export interface SweepRecord {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Workspaces that Azure listed. */
  readonly seen: number;
  /** Workspaces that are to be looked at: those listed, and those remembered that are no longer listed. */
  readonly requested: number;
  /** What could not be swept, and why. */
  readonly errors: readonly { readonly subject: string; readonly message: string }[];
}

/**
 * Asks for a look at every workspace of the policy's subscriptions, those included that Azure no longer lists. Neither an
 * unreadable subscription nor a bad workspace stops it.
 * @throws what the stores throw, so that the platform tells of it
 */
export async function sweep(subscriptions: readonly string[], ports: SweepPorts): Promise<SweepRecord> {
  const { clock, fleet, records } = ports;
  const id = ports.newId();
  let record: SweepRecord = { id, startedAt: clock.now(), seen: 0, requested: 0, errors: [] };
  await records.save(record);
  let notAccepted: Error | undefined;
  const fail = (subject: string, message: string): void => {
    record = { ...record, errors: [...record.errors, { subject, message }] };
  };
  /** @returns the workspace, unless its id makes no sense */
  const request = async (workspaceId: string, unless = new Set<string>()): Promise<WorkspaceId | undefined> => {
    let workspace: WorkspaceId;
    try {
      workspace = parseWorkspaceId(workspaceId);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      fail(workspaceId, error.message);
      return undefined;
    }
    if (unless.has(idKey(workspace))) return workspace;
    try {
      await accept(workspace, { id: `sweep-${id}`, cause: "sweep", acceptedAt: clock.now() }, ports);
    } catch (error) {
      // A hiccup of storage costs one workspace its look, not the rest of the fleet theirs.
      notAccepted ??= error as Error;
      fail(workspaceId, `could not be asked for: ${String(error)}`);
      return workspace;
    }
    record = { ...record, requested: record.requested + 1 };
    return workspace;
  };

  for (const subscriptionId of subscriptions) {
    const listed = new Set<string>();
    try {
      for await (const workspaceId of fleet.workspaces(subscriptionId)) {
        record = { ...record, seen: record.seen + 1 };
        const workspace = await request(workspaceId);
        if (workspace !== undefined) listed.add(idKey(workspace));
      }
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      fail(`/subscriptions/${subscriptionId}`, error.message);
      continue;
    }
    for await (const workspaceId of fleet.remembered(subscriptionId)) await request(workspaceId, listed);
  }
  record = { ...record, finishedAt: clock.now() };
  await records.save(record);
  if (notAccepted !== undefined) throw notAccepted;
  return record;
}

/** The line that a person reads about a sweep. */
export function summarise({ seen, requested, errors }: SweepRecord): string {
  const failed = errors.map(({ subject, message }) => `${subject}: ${message}`);
  return [`${seen} workspaces seen, ${requested} to be looked at, ${failed.length} errors`, ...failed].join("; ");
}
