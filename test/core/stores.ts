import { idKey, type WorkspaceId } from "../../src/core/arm-id.ts";
import { baselineOf, provingRoles } from "../../src/core/baseline.ts";
import type { Remembered, RememberedFleet } from "../../src/core/fleet.ts";
import type { SweepRecords } from "../../src/core/sweep.ts";
import type { SweepRecord } from "../../src/core/sweep-record.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { History, HistoryEntry, Inbox, Lease, Leases, MemoryStore } from "../../src/core/ports.ts";
import type {
  LookMessage,
  Message,
  Request,
  RequestQueue,
  SweepResults,
  WorkspaceIndex,
} from "../../src/core/ports.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How long a lease outlives the process that held it. */
const leaseMs = 60_000;

/** What stays when a process dies. Everything goes in and out as JSON, as it does with real storage. */
export class Stores {
  readonly memories = new Map<string, Memory>();
  readonly requests = new Map<string, Map<string, Request>>();
  readonly entries = new Map<string, HistoryEntry[]>();
  readonly messages: { readonly message: LookMessage; readonly dueAt: number }[] = [];
  readonly leases: LeaseBook;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.leases = new LeaseBook(clock);
  }

  memoryOf(id: WorkspaceId): Memory | undefined {
    return this.memories.get(idKey(id));
  }

  historyOf(id: WorkspaceId): readonly HistoryEntry[] {
    return this.entries.get(idKey(id)) ?? [];
  }

  openRequestsOf(id: WorkspaceId): readonly Request[] {
    return [...(this.requests.get(idKey(id))?.values() ?? [])];
  }

  readonly memory: MemoryStore = {
    load: (id) => soon(() => copy(this.memories.get(idKey(id)))),
    save: (id, memory) => soon(() => void this.memories.set(idKey(id), copy(memory))),
  };

  readonly inbox: Inbox = {
    put: (id, request) =>
      soon(() => {
        const rows = this.requests.get(idKey(id)) ?? new Map<string, Request>();
        if (!rows.has(request.id)) rows.set(request.id, copy(request));
        this.requests.set(idKey(id), rows);
      }),
    has: (id, requestId) => soon(() => this.requests.get(idKey(id))?.has(requestId) ?? false),
    list: (id) => soon(() => this.openRequestsOf(id).map(copy)),
    remove: (id, requestIds) =>
      soon(() => {
        for (const requestId of requestIds) this.requests.get(idKey(id))?.delete(requestId);
      }),
  };

  readonly queue: RequestQueue = {
    send: (message: Message, delayMs) =>
      soon(() => {
        if (!("requestId" in message)) throw new Error("A look sends no other message than one for a look.");
        this.messages.push({ message: copy(message), dueAt: this.#clock.now() + delayMs });
      }),
  };

  /** Index rows as `{index} {resource} {workspace}`. */
  readonly indexed = new Set<string>();
  readonly index: WorkspaceIndex = {
    put: (name, resource, id) => soon(() => void this.indexed.add(`${name} ${idKey(resource)} ${idKey(id)}`)),
    remove: (name, resource, id) => soon(() => void this.indexed.delete(`${name} ${idKey(resource)} ${idKey(id)}`)),
    page: (name, { subscriptionId, resourceGroup, name: resource }) =>
      soon(() => {
        const rows = [...this.indexed].map((row) => row.split(" "));
        const within = [
          `/subscriptions/${subscriptionId}/`,
          ...(resourceGroup ? [`/resourcegroups/${resourceGroup}/`] : []),
        ];
        const lies = (id: string): boolean =>
          within.every((part) => id.includes(part.toLowerCase())) &&
          (resource === undefined || id.endsWith(`/${resource.toLowerCase()}`));
        return {
          workspaceIds: rows.flatMap(([of, id = "", workspace = ""]) => (of === name && lies(id) ? [workspace] : [])),
        };
      }),
  };

  /** By the id of the sweep's request and the workspace. */
  readonly results = new Map<string, string>();
  readonly sweepResults: SweepResults = {
    put: (requestId, id, outcome) => soon(() => void this.results.set(`${requestId} ${idKey(id)}`, outcome)),
  };

  readonly remembered: RememberedFleet = {
    of: (subscriptionId) => later(this.#remembered(subscriptionId)),
    unanswered: (before) =>
      later(
        [...this.requests].flatMap(([key, rows]) =>
          [...rows.values()].some(({ cause, acceptedAt }) => cause !== "scheduled" && acceptedAt < before) ? [key] : [],
        ),
      ),
    provingRoles: (subscriptionId) =>
      later(this.#remembered(subscriptionId).flatMap(({ baseline }) => (baseline ? provingRoles(baseline) : []))),
  };

  #remembered(subscriptionId: string): readonly Remembered[] {
    const known = [...this.memories].filter(([key]) => key.split("/")[2] === subscriptionId.toLowerCase());
    const isCertainlyGone = ({ outcome, nextLookAt }: Memory): boolean =>
      outcome?.kind === "gone" && nextLookAt === undefined;
    return known.flatMap(([, memory]) => (isCertainlyGone(memory) ? [] : [rememberedOf(copy(memory))]));
  }

  readonly sweeps: SweepRecord[] = [];
  #sweeping = false;
  readonly records: SweepRecords = {
    hold: () =>
      soon(() => {
        if (this.#sweeping) return undefined;
        this.#sweeping = true;
        return { keep: () => soon(() => true), release: () => soon(() => void (this.#sweeping = false)) };
      }),
    save: (record) => soon(() => void this.sweeps.push(copy(record))),
  };

  readonly history: History = {
    append: (id, entry) =>
      soon(() => void this.entries.set(idKey(id), [...(this.entries.get(idKey(id)) ?? []), copy(entry)])),
  };
}

/** Leases that are renewed for as long as their process lives. */
export class LeaseBook implements Leases {
  readonly #held = new Map<string, SimulatedLease>();
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  acquire(id: WorkspaceId): Promise<SimulatedLease | undefined> {
    return soon(() => {
      const key = idKey(id);
      const holder = this.#held.get(key);
      if (holder !== undefined && this.#clock.now() < holder.until) return undefined;
      const lease = new SimulatedLease(() => this.#held.delete(key));
      this.#held.set(key, lease);
      return lease;
    });
  }

  holder(id: WorkspaceId): SimulatedLease | undefined {
    return this.#held.get(idKey(id));
  }

  /** The process dies: what it holds is renewed no longer. */
  abandonAll(): void {
    for (const lease of this.#held.values()) lease.until = Math.min(lease.until, this.#clock.now() + leaseMs);
  }
}

export class SimulatedLease implements Lease {
  until = Infinity;
  readonly #lost = new AbortController();
  readonly #onRelease: () => void;

  constructor(onRelease: () => void) {
    this.#onRelease = onRelease;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  lose(): void {
    this.#lost.abort();
    this.#onRelease();
  }

  assertHeld(): void {
    if (this.signal.aborted) throw new AzureFailure({ kind: "leaseLost", message: "The lease was lost." });
  }

  release(): Promise<void> {
    return soon(this.#onRelease);
  }
}

/** What the storage adapter tells of a memory. */
function rememberedOf(memory: Memory): Remembered {
  const { workspaceId, outcome, startedAt, nextLookAt } = memory;
  const baseline = baselineOf(memory);
  return {
    workspaceId,
    outcome: outcome?.kind ?? "",
    reason: outcome !== undefined && "reason" in outcome ? outcome.reason : "",
    ...(startedAt === undefined ? {} : { lookedAt: startedAt }),
    ...(nextLookAt === undefined ? {} : { nextLookAt }),
    ...(baseline === undefined ? {} : { baseline }),
  };
}

async function* later<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

/** Answers in a later turn, as everything outside the process does. */
function soon<T>(answer: () => T): Promise<T> {
  return Promise.resolve().then(answer);
}
