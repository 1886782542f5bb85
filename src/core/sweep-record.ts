import { formatId, idKey } from "./arm-id.ts";
import type { SweepError } from "./fleet.ts";
import type { Drift, NominationReason } from "./nominate.ts";

/** What became of one pass over the fleet. Times in ms since the epoch. */
export interface SweepRecord {
  readonly id: string;
  readonly startedAt: number;
  /** When it last got on. */
  readonly progressAt: number;
  readonly finishedAt?: number;
  /** When it was given up; `errors` say why. */
  readonly failedAt?: number;
  /** Workspaces that Azure shows. */
  readonly seen: number;
  /** For how many of them a look was asked for, and of those that are remembered and not shown any more. */
  readonly requested: number;
  /** `requested`, by the reason. */
  readonly nominated: Readonly<Partial<Record<NominationReason, number>>>;
  /** Of those seen, how many wait or are blocked: they are looked at anyway. */
  readonly pending: number;
  /** Subscriptions of the policy whose workspaces our identity cannot see. */
  readonly unreadable: readonly string[];
  /** Queries about the fleet that were sent to Azure Resource Graph. */
  readonly queries: number;
  /** What has to be changed, as far as a sweep can tell: in audit mode, what enforcing would change. */
  readonly drift: readonly RegistryDrift[];
  readonly errors: readonly SweepError[];
  /** How the looks that it asked for ended, counted when the next sweep was over. */
  readonly results?: Readonly<Record<string, number>>;
}

/** What has to be changed for the workspaces of one registry. */
export interface RegistryDrift {
  readonly registryId: string;
  readonly workspaces: number;
  readonly attachments: number;
  /** New role assignments on the registry. */
  readonly grants: number;
  readonly keySyncs: number;
}

/** The id of a sweep's requests: the same when it is begun again, so nothing is asked for twice. */
export function requestIdOf(sweepId: string): string {
  return `sweep-${sweepId}`;
}

/**
 * Adds the drift of one more workspace to that of its registry.
 * @param isNew whether a grant was not counted yet: identities may be shared
 */
export function addDrift(
  all: Map<string, RegistryDrift>,
  { registry, attach, grants, sync }: Drift,
  isNew: (grant: string) => boolean,
): void {
  const key = idKey(registry);
  const none = { registryId: formatId(registry), workspaces: 0, attachments: 0, grants: 0, keySyncs: 0 };
  const before = all.get(key) ?? none;
  all.set(key, {
    ...before,
    workspaces: before.workspaces + 1,
    attachments: before.attachments + (attach ? 1 : 0),
    grants: before.grants + grants.filter((one) => isNew(`${key} ${one}`)).length,
    keySyncs: before.keySyncs + (sync ? 1 : 0),
  });
}

/** More errors than these are not told in one line. */
const mostTold = 20;

/** The line that a person reads about a sweep. */
export function summarise({ seen, requested, nominated, errors, failedAt }: SweepRecord): string {
  const reasons = Object.entries(nominated).map(([reason, count]) => `${count} ${reason}`);
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  const failed = errors.slice(0, mostTold).map(({ subject, message }) => `${subject}: ${message}`);
  const counts = `${seen} workspaces seen, ${requested} to be looked at${why}, ${errors.length} errors`;
  return [failedAt === undefined ? counts : `given up after ${counts}`, ...failed].join("; ");
}
