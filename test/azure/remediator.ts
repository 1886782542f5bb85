import { createHash } from "node:crypto";

import { type Azure, type Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { azureReads, azureWrites } from "../../src/azure/azure.ts";
import { fleetReads } from "../../src/azure/fleet-reads.ts";
import { assignmentIdOf } from "../../src/azure/assignment-name.ts";
import { firstSyncPacer } from "../../src/azure/first-sync-pacer.ts";
import { listWorkspaceIds } from "../../src/azure/workspaces.ts";
import { parseWorkspaceId, type WorkspaceId } from "../../src/core/arm-id.ts";
import { fanOut } from "../../src/core/fan-out.ts";
import type { SweepError } from "../../src/core/fleet.ts";
import { type Memory, noMemory } from "../../src/core/memory.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { defaultWaits, type Policy } from "../../src/core/policy.ts";
import type { LookMessage, Ports, Request } from "../../src/core/ports.ts";
import { sweep } from "../../src/core/sweep.ts";
import type { SweepRecord } from "../../src/core/sweep-record.ts";
import { accept, work } from "../../src/core/work.ts";
import type { AzureEvent } from "../../src/functions/event-parsing.ts";
import { routeEvent } from "../../src/functions/event-routing.ts";
import { Stores } from "../core/stores.ts";
import { VirtualClock } from "../core/virtual-clock.ts";
import { armOf, azureAt, imagesOf } from "./setting.ts";

type Sent = Azure["requests"];

/** Core with the real adapters and stores in memory, against a stand-in of its own, all on one virtual clock. */
export class Remediator {
  readonly clock: VirtualClock;
  readonly azure: Azure;
  readonly stores: Stores;
  policy: Policy;
  /** Judges what the work on one message sent. */
  onWorked: (workspace: WorkspaceId, sent: Sent) => void = () => undefined;
  /** How much later a look schedules than it reads; nothing else makes time go by while somebody works. */
  lookTakesMs = 0;
  readonly #heard: AzureEvent[] = [];
  #ports: Ports;
  #ids = 0;
  #random = 1;

  static async start(policy: Policy, fixture: Fixture, settings: SettingsInput = {}): Promise<Remediator> {
    const clock = new VirtualClock();
    return new Remediator(policy, clock, await azureAt(clock, fixture, settings));
  }

  private constructor(policy: Policy, clock: VirtualClock, azure: Azure) {
    this.policy = policy;
    this.clock = clock;
    this.azure = azure;
    this.stores = new Stores(clock);
    this.#ports = this.#process();
  }

  /** The process ends; one with empty caches takes over. */
  restart(): void {
    this.#ports = this.#process();
  }

  async request(workspaceId: string, cause: Request["cause"] = "event"): Promise<void> {
    const request: Request = { id: this.#newId(), cause, acceptedAt: this.clock.now(), evidence: hostileEvidence };
    await accept(parseWorkspaceId(workspaceId), request, this.#ports);
  }

  /**
   * Asks for a look at each, and works until none of them waits any more. Answers what was sent meanwhile.
   * @param atOnce how many messages are worked on at a time
   */
  async settle(workspaceIds: readonly string[], cause: Request["cause"] = "event", atOnce = 1): Promise<Sent> {
    const before = this.azure.requests.length;
    for (const id of workspaceIds) await this.request(id, cause);
    await this.work(workspaceIds, atOnce);
    return this.azure.requests.slice(before);
  }

  /** Works until none of these waits any more; does not wait for looks that are scheduled for later. */
  async work(workspaceIds: readonly string[], atOnce = 1): Promise<void> {
    for (let steps = 0; workspaceIds.some((id) => this.#isOpen(id)); steps += 1) {
      if (steps > 2_000) throw new Error("Still at work after 2000 messages.");
      await Promise.all(this.#take(atOnce).map((message) => this.#work(message)));
    }
  }

  /** Time passes: whatever is due meanwhile is worked on. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.stores.messages.some(({ dueAt }) => dueAt <= until))
      await Promise.all(this.#take(1).map((message) => this.#work(message)));
    this.clock.advanceTo(until);
  }

  /** From now on the app is to hear of what others change, as far as its event subscription lets that through. */
  hearEvents(): void {
    this.azure.world.onChange = ({ kind, outcome, operationName: operation, resourceId: resourceUri, caller }) => {
      if (caller.principalId === this.azure.world.self.principalId) return;
      const type = `Microsoft.Resources.Resource${kind}${outcome}`;
      this.#heard.push({
        id: this.#newId(),
        type,
        operation,
        resourceUri,
        time: new Date(this.clock.now()).toISOString(),
      });
    };
  }

  /** Delivers the events, the last one first: Event Grid promises no order. */
  async deliver(): Promise<void> {
    for (const event of this.#heard.splice(0).reverse()) {
      const route = routeEvent(event, this.policy);
      if (route.kind !== "workspace" && route.kind !== "fanOut") continue;
      const request = { id: event.id, cause: "event", acceptedAt: this.clock.now(), ...route.hints } as const;
      if (route.kind === "workspace") await accept(route.workspace, request, this.#ports);
      else await fanOut({ fanOut: { index: route.index, scope: route.scope }, request }, this.policy, this.#ports);
    }
  }

  /** Sweeps the fleet; the looks that it asks for are still to be worked on. */
  async sweep(problems: readonly SweepError[] = []): Promise<SweepRecord> {
    const arm = armOf(this.azure, this.clock);
    const ports = {
      ...this.#ports,
      workspaces: (id: string) => listWorkspaceIds(arm, id),
      fleet: fleetReads(arm, this.clock),
      remembered: this.stores.remembered,
      records: this.stores.records,
    };
    const record = await sweep(() => Promise.resolve({ policy: this.policy, problems }), ports);
    if (record === undefined) throw new Error("Another sweep is under way.");
    return record;
  }

  memoryOf(workspaceId: string): Memory {
    return this.stores.memoryOf(parseWorkspaceId(workspaceId)) ?? noMemory(workspaceId);
  }

  outcomeOf(workspaceId: string): Outcome | undefined {
    return this.stores.memoryOf(parseWorkspaceId(workspaceId))?.outcome;
  }

  /** Takes the message that is due first, when it is due, and what else is due by then, up to a number. */
  #take(atOnce: number): readonly LookMessage[] {
    const { messages } = this.stores;
    messages.sort((a, b) => a.dueAt - b.dueAt);
    const [first] = messages;
    if (first === undefined) throw new Error("No message is left, and yet something waits.");
    this.clock.advanceTo(first.dueAt);
    const due = messages.slice(0, atOnce).filter(({ dueAt }) => dueAt <= this.clock.now());
    return messages.splice(0, due.length).map(({ message }) => message);
  }

  async #work(message: LookMessage): Promise<void> {
    const before = this.azure.requests.length;
    await work(message, this.policy, this.#ports);
    this.onWorked(parseWorkspaceId(message.workspaceId), this.azure.requests.slice(before));
  }

  #isOpen(workspaceId: string): boolean {
    const open = this.stores.openRequestsOf(parseWorkspaceId(workspaceId));
    const outcome = this.outcomeOf(workspaceId);
    return outcome === undefined || outcome.kind === "waiting" || open.some(({ cause }) => cause !== "scheduled");
  }

  #process(): Ports {
    const arm = armOf(this.azure, this.clock);
    const { clock, stores } = this;
    return {
      clock,
      random: () => {
        clock.advance(this.lookTakesMs);
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
        return this.#random / 2 ** 32;
      },
      newId: () => this.#newId(),
      hash: (text) => createHash("sha256").update(text).digest("hex"),
      grantId: assignmentIdOf,
      reads: azureReads(arm, clock, imagesOf(this.azure, clock)),
      writes: azureWrites(arm, clock, this.policy.waits.operationMs),
      pacer: firstSyncPacer(clock, this.policy.waits.firstSyncMs),
      leases: { acquire: (id) => stores.leases.acquire(id) },
      memory: stores.memory,
      inbox: stores.inbox,
      queue: stores.queue,
      index: stores.index,
      history: stores.history,
      sweepResults: stores.sweepResults,
    };
  }

  #newId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }
}

/** What an attacker would like to have an event say. */
const hostileEvidence = {
  operation: "Microsoft.Authorization/roleAssignments/write",
  actor: "'; grant Owner to everybody",
  eventId: "../../registries/foreign",
  eventTime: "never",
};

export function policyOf(more: Partial<Policy> & Pick<Policy, "subscriptions">): Policy {
  return {
    mode: "enforce",
    rules: [],
    attach: "whenMissing",
    pullPrincipals: ["workspace", "compute", "endpoint"],
    adminUserRegistries: [],
    prune: false,
    firstSight: "sync",
    contestRounds: 5,
    waits: { ...defaultWaits, deadlineMs: 3_600_000 },
    ...more,
  };
}

/** Of what was sent: the writes as method and last segment, and how many reads there were that are no polls. */
export function countOf(sent: Sent): { readonly writes: readonly string[]; readonly reads: number } {
  const isPoll = (path: string): boolean => path.includes("/workspaceOperationsStatus/");
  return {
    writes: sent.filter(({ isWrite }) => isWrite).map(({ method, path }) => `${method} ${lastOf(path)}`),
    reads: sent.filter(({ isWrite, path }) => !isWrite && !isPoll(path)).length,
  };
}

function lastOf(path: string): string {
  const isGrant = path.includes("/roleAssignments/");
  return isGrant ? "roleAssignments" : (path.split("/").at(-1) ?? "");
}
