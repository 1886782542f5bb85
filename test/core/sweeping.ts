import { createHash } from "node:crypto";
import { formatId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import type { FleetReads, KnownPolicy, Page, SweepError } from "../../src/core/fleet.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { ObservedRegistry, ObservedWorkspace } from "../../src/core/observation.ts";
import type { Policy } from "../../src/core/policy.ts";
import { sweep, type SweepPorts } from "../../src/core/sweep.ts";
import type { SweepRecord } from "../../src/core/sweep-record.ts";
import { home, workspaceId } from "./ids.ts";
import { contoso, memoryOf, policyOf, registryOf, workspaceOf } from "./samples.ts";
import { Stores } from "./stores.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const [a, b, c] = ["a", "b", "c"].map((name) => formatId(workspaceId(name))) as [string, string, string];

/** What is shown, page after page; an error ends it. */
type Pages = readonly (readonly string[] | Error)[];

interface World {
  readonly shown?: Pages;
  /** What Azure Resource Manager lists. */
  readonly listed?: Readonly<Record<string, readonly (string | Error)[]>>;
  readonly remembered?: readonly string[];
  readonly registry?: () => Promise<ObservedRegistry>;
}

/** A policy that looks after these subscriptions. */
export const over = (...subscriptions: readonly string[]): Policy => policyOf({ subscriptions });

/** A policy, as a sweep asks for it. */
export const known =
  (policy: Policy, problems: readonly SweepError[] = []): (() => Promise<KnownPolicy>) =>
  () =>
    Promise.resolve({ policy, problems });

export async function* inTurn<Item>(items: readonly (Item | Error)[] = []): AsyncGenerator<Item> {
  for (const item of items) {
    await Promise.resolve();
    if (item instanceof Error) throw item;
    yield item;
  }
}

export function attachedOne(id: string): ObservedWorkspace {
  return workspaceOf({ id: parseWorkspaceId(id), containerRegistry: contoso });
}

/** What a sweep meets. Nobody is shown to hold a right, so whatever is shown looks wrong. */
export function setting({ shown = [], listed = {}, remembered = [], registry }: World) {
  const clock = new VirtualClock();
  const stores = new Stores(clock);
  const proved = { registryId: formatId(contoso), mode: "LegacyRegistryPermissions", proofs: [] } as const;
  const children = { listedAt: clock.now(), of: ["compute", "endpoint"], principals: [] } as const;
  const compliant = { outcome: { kind: "compliant" }, proved, children, startedAt: clock.now() } as const;
  for (const id of remembered) {
    const memory: Memory = memoryOf({ workspaceId: id, ...compliant });
    stores.memories.set(id.toLowerCase(), memory);
  }
  const pages = shown.map((page): Page<ObservedWorkspace> | Error =>
    page instanceof Error ? page : { rows: page.map(attachedOne), unreadable: [] },
  );
  const fleet: FleetReads = {
    queries: 7,
    workspaces: () => inTurn(pages),
    endpoints: () => inTurn([]),
    storageAccounts: () => inTurn([]),
    assignments: () => inTurn([]),
  };
  const ports: SweepPorts = {
    clock,
    newId: () => "1",
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    fleet,
    workspaces: (subscription) => inTurn(listed[subscription]),
    remembered: stores.remembered,
    reads: { registry: registry ?? (() => Promise.resolve(registryOf())) },
    inbox: stores.inbox,
    queue: stores.queue,
    records: stores.records,
  };
  return {
    stores,
    ports,
    clock,
    requested: () => stores.messages.map(({ message }) => message.workspaceId),
    sweep: async (policy: Policy = over(home), more: Partial<SweepPorts> = {}): Promise<SweepRecord> => {
      const record = await sweep(known(policy), { ...ports, ...more });
      if (record === undefined) throw new Error("Another sweep was under way.");
      return record;
    },
  };
}
