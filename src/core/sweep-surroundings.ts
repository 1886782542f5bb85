import { formatId, idKey, type RegistryId, textKey } from "./arm-id.ts";
import { leastRoles } from "./baseline.ts";
import { CompactTable } from "./compact-table.ts";
import { AzureFailure } from "./failure.ts";
import type { FleetReads, Page, Remembered, RememberedFleet, SweepError } from "./fleet.ts";
import { keyTimes } from "./key-sync.ts";
import type { Shown, Surroundings } from "./nominate.ts";
import type { ObservedRegistry, ObservedWorkspace } from "./observation.ts";
import { pauseAfter } from "./patience.ts";
import type { Hash } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { AzureReads, Clock } from "./ports.ts";
import { childPrincipal, type PullPrincipal } from "./pull-principals.ts";
import { ShownRights } from "./shown-rights.ts";

/** What is read of Azure and of memory for a sweep. */
export interface SurroundingsPorts {
  readonly clock: Clock;
  readonly hash: Hash;
  readonly fleet: FleetReads;
  readonly remembered: RememberedFleet;
  readonly reads: Pick<AzureReads, "registry">;
}

/** How often a registry is asked for that Azure is too busy to describe. */
const attempts = 5;

/** What a sweep has to know besides the workspaces themselves, in a form that stays small with very many of them. */
export class SweepSurroundings implements Surroundings {
  readonly rights: ShownRights;
  readonly #policy: Policy;
  readonly #ports: SurroundingsPorts;
  readonly #startedAt: number;
  readonly #fail: (error: SweepError) => void;
  #progress: () => Promise<void> = () => Promise.resolve();
  readonly #keyTimes: CompactTable;
  readonly #endpoints = new Map<string, PullPrincipal[]>();
  readonly #registries = new Map<string, Promise<ObservedRegistry | undefined>>();

  constructor(policy: Policy, ports: SurroundingsPorts, fail: (error: SweepError) => void) {
    this.#policy = policy;
    this.#ports = ports;
    this.#startedAt = ports.clock.now();
    this.#fail = fail;
    this.rights = new ShownRights(ports.hash);
    this.#keyTimes = new CompactTable(ports.hash, 2);
  }

  get hash(): Hash {
    return this.#ports.hash;
  }

  get now(): number {
    return this.#ports.clock.now();
  }

  /**
   * Reads it.
   * @param subscriptionIds those of the policy, in lower case
   * @param progress called after each page and each pause, then and later
   * @throws AzureFailure
   */
  async load(subscriptionIds: readonly string[], progress: () => Promise<void>): Promise<void> {
    const { fleet } = this.#ports;
    this.#progress = progress;
    const each = async <Row>(pages: AsyncIterable<Page<Row>>, take: (row: Row) => void): Promise<void> => {
      for await (const { rows, unreadable } of pages) {
        rows.forEach(take);
        unreadable.forEach(this.#fail);
        await progress();
      }
    };
    // Registries of the policy may lie elsewhere.
    const elsewhere = registriesOf(this.#policy).map(({ subscriptionId }) => subscriptionId.toLowerCase());
    const scopes = [...new Set([...subscriptionIds, ...elsewhere])];
    await Promise.all([
      this.#roles().then((roles) =>
        each(fleet.assignments(scopes, roles), (one) => {
          this.rights.add(one);
        }),
      ),
      each(fleet.storageAccounts(subscriptionIds), ({ id, key1, key2 }) => {
        this.#keyTimes.set(textKey(id), key1, key2);
      }),
      each(fleet.endpoints(subscriptionIds), ({ workspace, endpoint }) => {
        const principal = childPrincipal(endpoint);
        const key = idKey(workspace);
        if (principal !== undefined) this.#endpoints.set(key, [...(this.#endpoints.get(key) ?? []), principal]);
      }),
    ]);
  }

  /** All that is known of one workspace. @param key of its id */
  shown(workspace: ObservedWorkspace, key: string, remembered: Remembered | undefined): Shown {
    const { storageAccount } = workspace;
    const times = storageAccount === undefined ? undefined : this.#keyTimes.get(idKey(storageAccount));
    return {
      workspace,
      endpoints: this.#endpoints.get(key) ?? [],
      remembered,
      storageKeyTimes: times && keyTimes(times[0], times[1]),
    };
  }

  /** Each registry is read once, and told of when it cannot be. */
  registry(id: RegistryId): Promise<ObservedRegistry | undefined> {
    const key = idKey(id);
    const reading = this.#registries.get(key) ?? this.#readRegistry(id);
    this.#registries.set(key, reading);
    return reading;
  }

  async #readRegistry(id: RegistryId): Promise<ObservedRegistry | undefined> {
    const { clock, reads } = this.#ports;
    const { backOffMs, backOffMaxMs } = this.#policy.waits;
    const patience = { attempts, firstPauseMs: backOffMs, longestBackOffMs: backOffMaxMs };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await reads.registry(id, this.#startedAt, new AbortController().signal);
      } catch (error) {
        if (!(error instanceof AzureFailure)) throw error;
        const pauseMs = pauseAfter(error.failure, attempt, patience);
        if (pauseMs === undefined) {
          this.#fail({ subject: formatId(id), message: error.failure.message });
          return undefined;
        }
        await clock.sleep(pauseMs);
        await this.#progress();
      }
    }
  }

  /** The least roles that let an identity pull, and those by which somebody was proved to hold the right. */
  async #roles(): Promise<readonly string[]> {
    const roles = new Set(leastRoles);
    for (const id of this.#policy.subscriptions)
      for await (const role of this.#ports.remembered.provingRoles(id)) roles.add(role);
    return [...roles];
  }
}

/** The registries that the policy names. */
function registriesOf({ defaultRegistry, rules }: Policy): readonly RegistryId[] {
  return [
    ...(defaultRegistry === undefined ? [] : [defaultRegistry]),
    ...rules.flatMap(({ registries }) => registries),
  ];
}
