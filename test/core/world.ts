import { formatId, idKey, type WorkspaceId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { LookMessage, Ports, Request } from "../../src/core/ports.ts";
import { accept, work, type Work } from "../../src/core/work.ts";
import { Crash, type DoomedProcess } from "./crash.ts";
import { SimulatedAzure } from "./simulated-azure.ts";
import { simulatedGrantId, SimulatedWrites } from "./simulated-writes.ts";
import { Stores } from "./stores.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** When the queue delivers a message again whose processing threw, in milliseconds. */
const redeliveryMs = 30_000;

/** Everything around core, in memory and on a virtual clock: Azure, the stores, the queue that drives the work. */
export class World {
  readonly clock = new VirtualClock();
  readonly azure = new SimulatedAzure(this.clock);
  readonly writes: SimulatedWrites;
  readonly stores = new Stores(this.clock);
  readonly ports: Ports;
  policy: Policy;
  /** What the pacer says to whoever asks for a turn. */
  firstSyncInMs = 0;
  /** The process that the messages meet; when it has died the next follows, and after the last one that lives. */
  readonly doomed: DoomedProcess[] = [];
  #ids = 0;
  #random = 1;

  constructor(policy: Policy) {
    this.policy = policy;
    this.writes = new SimulatedWrites(this.azure, policy.waits.operationMs);
    this.azure.onCall = () => {
      this.writes.settle();
    };
    this.ports = {
      clock: this.clock,
      random: () => {
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
        return this.#random / 2 ** 32;
      },
      newId: () => String((this.#ids += 1)),
      hash: (text) => text,
      grantId: simulatedGrantId,
      reads: this.azure.reads,
      writes: this.writes,
      pacer: { firstSync: () => this.firstSyncInMs },
      leases: { acquire: (id) => this.stores.leases.acquire(id) },
      memory: this.stores.memory,
      inbox: this.stores.inbox,
      queue: this.stores.queue,
      index: this.stores.index,
      history: this.stores.history,
      sweepResults: this.stores.sweepResults,
    };
  }

  memoryOf(id: WorkspaceId): Memory {
    const memory = this.stores.memoryOf(id);
    if (memory === undefined) throw new Error(`Nothing is remembered of ${formatId(id)}.`);
    return memory;
  }

  outcomeOf(id: WorkspaceId): Outcome {
    const { outcome } = this.memoryOf(id);
    if (outcome === undefined) throw new Error(`${formatId(id)} was looked at, and no outcome is remembered.`);
    return outcome;
  }

  /** A request arrives, as from any trigger. */
  async request(id: WorkspaceId, cause: Request["cause"] = "event", more: Partial<Request> = {}): Promise<void> {
    const request = { id: `${cause}-${this.ports.newId()}`, cause, acceptedAt: this.clock.now(), ...more };
    await accept(id, request, this.ports);
  }

  /** Takes the message that is due first, when it is due, and works on it. Nothing when there is none. */
  async step(): Promise<Work | "crashed" | undefined> {
    const [next] = this.stores.messages.toSorted((a, b) => a.dueAt - b.dueAt);
    if (next === undefined) return undefined;
    this.stores.messages.splice(this.stores.messages.indexOf(next), 1);
    this.clock.advanceTo(next.dueAt);
    return this.#deliver(next.message);
  }

  async #deliver(message: LookMessage): Promise<Work | "crashed"> {
    try {
      return await work(message, this.policy, this.doomed[0]?.ports(this.ports) ?? this.ports);
    } catch (error) {
      this.stores.messages.push({ message, dueAt: this.clock.now() + redeliveryMs });
      if (!(error instanceof Crash)) throw error;
      this.stores.leases.abandonAll();
      this.doomed.shift();
      return "crashed";
    }
  }

  /** Works until no message is left. */
  async drain(mostSteps = 1_000): Promise<void> {
    for (let steps = 0; (await this.step()) !== undefined; steps += 1)
      if (steps > mostSteps) throw new Error(`Still at work after ${mostSteps} messages.`);
  }

  /**
   * Works until these workspaces wait for nothing any more: each has an outcome that asks for no look, or is blocked as of a
   * look that Azure did not disturb. Confirming looks are part of it.
   */
  async settle(ids: readonly WorkspaceId[], mostSteps = 3_000): Promise<void> {
    for (let steps = 0; !ids.every((id) => this.#isSettled(id)); steps += 1) {
      if (steps > mostSteps) throw new Error(`Still at work after ${mostSteps} messages.`);
      if ((await this.step()) === undefined) throw new Error("No message is left, and yet something waits.");
    }
  }

  #isSettled(id: WorkspaceId): boolean {
    const memory = this.stores.memoryOf(id);
    if (memory?.outcome === undefined) return false;
    switch (memory.outcome.kind) {
      case "waiting":
      case "remediated":
        return false;
      case "blocked":
        return (
          (memory.startedAt ?? -Infinity) > this.azure.lastTroubleAt &&
          this.stores.openRequestsOf(id).every(({ cause }) => cause === "scheduled")
        );
      case "compliant":
      case "exempt":
      case "gone":
        return this.stores.openRequestsOf(id).length === 0;
    }
  }

  forgetEverything(): void {
    this.stores.memories.clear();
  }

  writesOf(id: WorkspaceId): readonly string[] {
    return this.writes.sent.filter(({ workspace }) => idKey(workspace) === idKey(id)).map(({ kind }) => kind);
  }
}
