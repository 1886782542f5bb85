import type { Memory } from "../../src/core/memory.ts";
import type { Request } from "../../src/core/ports.ts";
import { reconcile } from "../../src/core/reconcile.ts";
import { since } from "../../src/core/requests.ts";
import { ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { SimulatedLease } from "./stores.ts";
import type { World } from "./world.ts";

export const grant = `grant AcrPull on contoso to the workspace identity (${principalId(1)})`;
export const all = ["attach contoso", grant, "sync keys"];

/** A system-assigned identity that never comes. */
export const late = { system: { principalId: principalId(1), appearsAt: Infinity, knownAt: Infinity } };

/** One reconcile, without queue and inbox; what it returns is remembered, as `work` does. */
export async function once(
  world: World,
  lease = new SimulatedLease(() => undefined),
  requests: readonly Request[] = [{ id: "r", cause: "event", acceptedAt: 0 }],
): Promise<Memory> {
  const task = {
    workspace: ws,
    reconcileId: "one",
    requests,
    memory: world.stores.memoryOf(ws),
    ...since(requests, world.clock.now()),
  };
  const memory = await reconcile(task, world.policy, world.ports, lease);
  await world.stores.memory.save(ws, memory);
  return memory;
}

/** One reconcile that an event caused. */
export async function onceAfter(world: World, request: Partial<Request>): Promise<Memory> {
  const event: Request = { id: "e", cause: "event", acceptedAt: world.clock.now(), ...request };
  return once(world, undefined, [event]);
}
