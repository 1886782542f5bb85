import { randomUUID } from "node:crypto";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Clock, Lease, Leases } from "../core/ports.ts";
import { HeldRow } from "./held-row.ts";
import { stateKey } from "./keys.ts";
import type { FirstRow, LeasedWriter, StateRows } from "./state-row.ts";
import type { Columns } from "./table.ts";

/** Runs something later, once, unless the function it returns is called before. Must not keep the process alive. */
export type After = (ms: number, run: () => void) => () => void;

export interface LeaseOptions {
  readonly clock: Pick<Clock, "now">;
  /** How long a lease lasts when it is not renewed, in seconds. At least twice as long as a call to Azure may take. */
  readonly leaseSeconds?: number;
  readonly after?: After;
}

const defaultLeaseSeconds = 60;
/** Twice the longest that `REMEDIATOR_LEASE_SECONDS` may be. */
const longestLeaseMs = 600_000;
/** How often a lost race for the row is run again before the lease counts as somebody else's. */
const attempts = 3;

const afterUnref: After = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => {
    clearTimeout(timer);
  };
};

/** Leases of workspaces, and what the adapter's own tests need of one. */
export interface TableLeases extends Leases {
  acquire(workspace: WorkspaceId): Promise<TableLease | undefined>;
}

/**
 * Leases kept in the state rows. A lease that was not renewed until its end goes to whoever asks next, so a killed process
 * blocks nobody for longer than `leaseSeconds`. Decided by the clocks of the machines: its holder gives a lease up a sixth
 * of its length before the end, and clocks that are further apart than that may let two workers overlap.
 */
export function openLeases(rows: StateRows, options: LeaseOptions): TableLeases {
  return {
    /**
     * One worker of this process at a time, then one of all processes.
     * @throws UnreadableRowError when a newer version wrote the row; what storage throws
     */
    async acquire(workspace) {
      if (!rows.enter(workspace)) return undefined;
      let lease: TableLease | undefined;
      try {
        lease = await acquire(rows, workspace, options);
        if (lease !== undefined) rows.hold(workspace, lease);
        return lease;
      } finally {
        if (lease === undefined) rows.leave(workspace);
      }
    },
  };
}

async function acquire(
  rows: StateRows,
  workspace: WorkspaceId,
  options: LeaseOptions,
): Promise<TableLease | undefined> {
  const { clock, leaseSeconds = defaultLeaseSeconds, after = afterUnref } = options;
  const key = stateKey(workspace);
  const owner = randomUUID();
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const row = await rows.read(key);
    const now = clock.now();
    if (row !== undefined && row.leaseOwner !== "" && row.leaseOwner !== owner && isRunning(row.leaseUntil, now))
      return undefined;
    const until = now + leaseSeconds * 1000;
    const columns = leaseColumns(owner, until);
    const etag =
      row === undefined ? await rows.create(workspace, columns) : await rows.table.merge(key, columns, row.etag);
    if (etag === undefined) continue;
    const held = new HeldRow(rows, key, owner, etag, row);
    return new TableLease(rows, workspace, held, owner, until, { clock, leaseSeconds, after });
  }
  return undefined;
}

/** One that ends later than the longest that can be set was written by a clock that was ahead. */
function isRunning(until: number, now: number): boolean {
  return until > now && until <= now + longestLeaseMs;
}

function leaseColumns(leaseOwner: string, until: number): Columns {
  return { leaseOwner, leaseUntil: new Date(until).toISOString() };
}

/** A lease that renews itself while it is held. */
export class TableLease implements Lease, LeasedWriter {
  readonly #rows: StateRows;
  readonly #workspace: WorkspaceId;
  readonly #held: HeldRow;
  readonly #owner: string;
  readonly #options: Required<LeaseOptions>;
  readonly #lengthMs: number;
  readonly #lost = new AbortController();
  /** When others may take it. Counted from before the request that set it was sent. */
  #until: number;
  #released = false;
  #cancelRenewal: () => void = () => undefined;
  #cancelExpiry: () => void = () => undefined;

  constructor(
    rows: StateRows,
    workspace: WorkspaceId,
    held: HeldRow,
    owner: string,
    until: number,
    options: Required<LeaseOptions>,
  ) {
    this.#rows = rows;
    this.#workspace = workspace;
    this.#held = held;
    this.#owner = owner;
    this.#until = until;
    this.#options = options;
    this.#lengthMs = options.leaseSeconds * 1000;
    this.#renewIn(this.#lengthMs / 3);
    this.#watchExpiry();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  assertHeld(): void {
    if (this.#released) throw this.#failure("it was given back");
    if (this.#leftMs() <= 0) this.#expire();
    this.#lost.signal.throwIfAborted();
  }

  takeFirst(): FirstRow | undefined {
    return this.#held.takeFirst();
  }

  async write(columns: (memoryParts: number) => Columns): Promise<void> {
    const written = await this.#held.write((memoryParts) => {
      this.assertHeld();
      return columns(memoryParts);
    });
    if (written) return;
    const failure = this.#failure("somebody else has taken it over");
    this.#lose(failure);
    throw failure;
  }

  /** Renews now. Never throws: without an answer the lease stays what it was, and is tried again until it ends. */
  async renew(): Promise<void> {
    let until = 0;
    try {
      await this.write(() => {
        until = this.#options.clock.now() + this.#lengthMs;
        return leaseColumns(this.#owner, until);
      });
      this.#until = until;
      this.#watchExpiry();
      this.#renewIn(this.#lengthMs / 3);
    } catch {
      // A lost lease has already told those who work under it.
      this.#renewIn(this.#lengthMs / 12);
    }
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#stopTimers();
    try {
      await this.#held.write(() => ({ leaseOwner: "" }));
    } catch {
      // It ends by itself.
    } finally {
      this.#rows.leave(this.#workspace);
    }
  }

  /** Until it has to be given up: a sixth of its length is left for clocks that differ and calls on their way. */
  #leftMs(): number {
    return this.#until - this.#lengthMs / 6 - this.#options.clock.now();
  }

  #renewIn(ms: number): void {
    this.#cancelRenewal();
    if (this.#over()) return;
    this.#cancelRenewal = this.#options.after(ms, () => void this.renew());
  }

  #watchExpiry(): void {
    this.#cancelExpiry();
    if (this.#over()) return;
    this.#cancelExpiry = this.#options.after(Math.max(1, this.#leftMs()), () => {
      if (this.#leftMs() <= 0) this.#expire();
      else this.#watchExpiry();
    });
  }

  #over(): boolean {
    return this.#released || this.#lost.signal.aborted;
  }

  #stopTimers(): void {
    this.#cancelRenewal();
    this.#cancelExpiry();
  }

  #expire(): void {
    this.#lose(this.#failure("it could not be renewed in time"));
  }

  #lose(failure: AzureFailure): void {
    if (this.#over()) return;
    this.#stopTimers();
    this.#lost.abort(failure);
  }

  #failure(why: string): AzureFailure {
    return new AzureFailure({
      kind: "leaseLost",
      message: `The lease of ${formatId(this.#workspace)} was lost: ${why}.`,
    });
  }
}
