import { formatId, idKey, type RegistryId, sameId, type WorkspaceId } from "../../src/core/arm-id.ts";
import { AzureFailure, type Failure, type FailureKind } from "../../src/core/failure.ts";
import { formatImage } from "../../src/core/image-name.ts";
import type { RunningOperation } from "../../src/core/memory.ts";
import type { ObservedWorkspace } from "../../src/core/observation.ts";
import { pullRoles, type Role } from "../../src/core/pull-permission.ts";
import type { AzureWrites, Lease, OnAccepted, Progress } from "../../src/core/ports.ts";
import { imageKey, type SimulatedAzure } from "./simulated-azure.ts";

/** A write that was sent, with what its sender had last read of the workspace. */
export interface Write {
  readonly kind: "attach" | "grant" | "enableAdminUser" | "prune" | "sync" | "import";
  readonly workspace: WorkspaceId;
  readonly registry?: RegistryId;
  /** Of an import. */
  readonly image?: string;
  readonly principalId?: string;
  readonly role?: Role;
  readonly sentAt: number;
  readonly leaseHeld: boolean;
  readonly read: ObservedWorkspace | undefined;
  /** When Azure was done with it. */
  endedAt?: number;
}

/** How a long-running operation goes. */
export interface Course {
  readonly ms: number;
  readonly fails?: Failure;
}

interface Operation extends Course {
  readonly kind: Write["kind"];
  readonly workspace: WorkspaceId;
  readonly endsAt: number;
  readonly effect: () => void;
  done: boolean;
}

const present = { kind: "present" } as const;

/** How long a role assignment takes, and how often Azure asks to be asked about an operation. */
const grantMs = 1_000;
const pollMs = 5_000;

/** The id of a grant of ours, as the reads show it. */
export function simulatedGrantId({ role, principalId }: Parameters<AzureWrites["grantPull"]>[0]): string {
  return `/assignments/${role.name} ${principalId} itself`;
}

/** Azure as far as core writes to it. Operations go on whether or not somebody follows them. */
export class SimulatedWrites implements AzureWrites {
  readonly sent: Write[] = [];
  /** Of the operations to come, the next first; after the last they take no time. */
  readonly courses: Course[] = [];
  /** Workspaces whose copy of the keys is out of date. */
  readonly staleKeys = new Set<string>();
  /** How an attachment's answer describes the workspace, where it does. */
  attachAnswer: ObservedWorkspace | undefined;
  /** Runs when a write is sent, before Azure does anything about it. */
  onSent: (write: Write) => void = () => undefined;
  readonly #azure: SimulatedAzure;
  readonly #budgetMs: number;
  readonly #operations: Operation[] = [];

  constructor(azure: SimulatedAzure, budgetMs: number) {
    this.#azure = azure;
    this.#budgetMs = budgetMs;
  }

  async attachRegistry(
    { workspace, registry }: Parameters<AzureWrites["attachRegistry"]>[0],
    lease: Lease,
    accepted: OnAccepted,
  ): Promise<Progress> {
    const write = this.#record({ kind: "attach", workspace, registry }, lease);
    return this.#begin(write, accepted, lease, () => {
      this.staleKeys.add(idKey(workspace));
      this.#azure.find(workspace)?.attachments.push({ registry, at: this.#azure.clock.now() });
    });
  }

  async syncKeys(
    { workspace }: Parameters<AzureWrites["syncKeys"]>[0],
    lease: Lease,
    accepted: OnAccepted,
  ): Promise<Progress> {
    const write = this.#record({ kind: "sync", workspace }, lease);
    return this.#begin(write, accepted, lease, () => this.staleKeys.delete(idKey(workspace)));
  }

  async importImage(
    { workspace, registry, image }: Parameters<AzureWrites["importImage"]>[0],
    lease: Lease,
    accepted: OnAccepted,
  ): Promise<Progress> {
    const write = this.#record({ kind: "import", workspace, registry, image: formatImage(image) }, lease);
    return this.#begin(write, accepted, lease, () => this.#azure.images.set(imageKey(registry, image), present));
  }

  async grantPull(action: Parameters<AzureWrites["grantPull"]>[0], lease: Lease): Promise<string> {
    const { workspace, registry, principalId, role } = action;
    const write = this.#record({ kind: "grant", workspace, registry, principalId, role }, lease);
    return this.#azure.call("grantPull", async () => {
      this.#permitted("grant");
      const { clock, assignments, workspaces } = this.#azure;
      await clock.sleep(grantMs);
      lease.assertHeld();
      const young = workspaces.some(
        ({ system }) => system?.principalId === principalId && system.knownAt > clock.now(),
      );
      if (young) throw failure("principalUnknown", `Principal ${principalId} does not exist in the directory.`);
      const legacy = role.id === pullRoles.LegacyRegistryPermissions.id;
      assignments.push({
        principalId,
        registry,
        role: legacy ? "AcrPull" : "Container Registry Repository Reader",
        through: "itself",
        conditional: false,
        at: clock.now(),
      });
      write.endedAt = clock.now();
      return simulatedGrantId(action);
    });
  }

  async enableAdminUser(
    { workspace, registry }: Parameters<AzureWrites["enableAdminUser"]>[0],
    lease: Lease,
  ): Promise<void> {
    this.#record({ kind: "enableAdminUser", workspace, registry }, lease);
    await this.#azure.call("enableAdminUser", () => {
      this.#permitted("enableAdminUser");
      const { registries } = this.#azure;
      const index = registries.findIndex(({ id }) => sameId(id, registry));
      const found = registries[index];
      if (found?.kind === "found") registries[index] = { ...found, adminUserEnabled: true };
    });
  }

  async pruneGrant(action: Parameters<AzureWrites["pruneGrant"]>[0], lease: Lease): Promise<void> {
    const { workspace, registry, principalId } = action;
    this.#record({ kind: "prune", workspace, registry, principalId }, lease);
    await this.#azure.call("pruneGrant", () => {
      this.#permitted("prune");
      const { assignments } = this.#azure;
      const isIt = (one: (typeof assignments)[number]): boolean =>
        one.through === "itself" && one.principalId === principalId && sameId(one.registry, registry);
      this.#azure.assignments.splice(0, assignments.length, ...assignments.filter((one) => !isIt(one)));
    });
  }

  async resume({ state, pollAt }: RunningOperation, _workspace: WorkspaceId, lease: Lease): Promise<Progress> {
    lease.assertHeld();
    return this.#azure.call("resume", () => {
      const operation = this.#operations[Number(state)];
      if (operation === undefined)
        return { kind: "failed", failure: { kind: "notFound", message: "Azure knows no such operation." } };
      return this.#follow(operation, state, pollAt);
    });
  }

  #record(write: Omit<Write, "sentAt" | "leaseHeld" | "read">, lease: Lease): Write {
    lease.assertHeld();
    const { clock, lastRead } = this.#azure;
    const recorded: Write = {
      ...write,
      sentAt: clock.now(),
      leaseHeld: !lease.signal.aborted,
      read: lastRead.get(idKey(write.workspace)),
    };
    this.sent.push(recorded);
    this.onSent(recorded);
    return recorded;
  }

  async #begin(write: Write, accepted: OnAccepted, lease: Lease, effect: () => void): Promise<Progress> {
    const { kind, workspace } = write;
    const { clock } = this.#azure;
    let operation: Operation | undefined;
    await this.#azure.call(kind, () => {
      this.#permitted(kind);
      if (this.#azure.find(workspace) === undefined) throw failure("notFound", `${formatId(workspace)} is gone.`);
      const isBusy = (one: Operation): boolean =>
        one.kind !== "import" && sameId(one.workspace, workspace) && clock.now() < one.endsAt;
      if (kind !== "import" && this.#operations.some(isBusy)) throw failure("busy", "Another operation is running.");
      const course = this.courses.shift() ?? { ms: 0 };
      operation = {
        ...course,
        kind,
        workspace,
        endsAt: clock.now() + course.ms,
        effect: () => {
          effect();
          write.endedAt = clock.now();
        },
        done: false,
      };
      this.#operations.push(operation);
      this.settle();
    });
    if (operation === undefined) throw new Error("The operation was not begun.");
    if (operation.done) return this.#end(operation);
    const running = {
      kind: "running",
      state: String(this.#operations.indexOf(operation)),
      pollAt: clock.now(),
    } as const;
    await accepted({ ...running, pollAt: clock.now() + pollMs });
    lease.assertHeld();
    return this.#follow(operation, running.state, clock.now() + pollMs);
  }

  /** Stays with an operation for as long as the budget allows. */
  async #follow(operation: Operation, state: string, pollAt: number): Promise<Progress> {
    const { clock } = this.#azure;
    const giveUpAt = clock.now() + this.#budgetMs;
    for (let nextPoll = pollAt; nextPoll <= giveUpAt; nextPoll += pollMs) {
      await clock.sleep(Math.max(0, nextPoll - clock.now()));
      this.settle();
      if (operation.done) return this.#end(operation);
    }
    return { kind: "running", state, pollAt: Math.max(pollAt, clock.now() + pollMs) };
  }

  #end({ kind, fails }: Operation): Progress {
    if (fails === undefined)
      return kind === "attach" && this.attachAnswer !== undefined
        ? { kind: "done", workspace: this.attachAnswer }
        : { kind: "done" };
    this.#azure.lastTroubleAt = this.#azure.clock.now();
    return { kind: "failed", failure: fails };
  }

  /** Lets the operations whose time has come take effect. */
  settle(): void {
    for (const operation of this.#operations) {
      if (operation.done || this.#azure.clock.now() < operation.endsAt) continue;
      operation.done = true;
      if (operation.fails === undefined) operation.effect();
    }
  }

  #permitted(kind: Write["kind"]): void {
    if (!this.#azure.denied.has(kind)) return;
    const lacked = { action: `Simulated/${kind}/action`, scope: "/" };
    throw failure("missingPermission", `Our identity may not ${kind}.`, lacked);
  }
}

function failure(kind: FailureKind, message: string, more: Partial<Failure> = {}): AzureFailure {
  return new AzureFailure({ kind, message, ...more });
}
