import type { WorkspaceId } from "../../src/core/arm-id.ts";
import type { Policy } from "../../src/core/policy.ts";
import { principalId, workspaceId } from "./ids.ts";
import { contoso, policyOf, registryOf } from "./samples.ts";
import type { SimulatedWorkspace } from "./simulated-azure.ts";
import { World } from "./world.ts";

export const ws: WorkspaceId = workspaceId();

/** A workspace with a system-assigned identity and nothing attached; where it differs is said. */
export function simulated(more: Partial<SimulatedWorkspace> = {}): SimulatedWorkspace {
  return {
    id: ws,
    kind: "default",
    location: "westeurope",
    tags: {},
    provisioning: { state: "Succeeded", at: -Infinity },
    system: { principalId: principalId(1), appearsAt: -Infinity, knownAt: -Infinity },
    userAssigned: [],
    attachments: [],
    ...more,
  };
}

/** A world with one workspace, which can do nothing yet, and its registry. */
export function aWorld(more: Partial<SimulatedWorkspace> = {}, policy: Partial<Policy> = {}): World {
  const world = new World(policyOf(policy));
  world.azure.registries.push(registryOf());
  world.azure.workspaces.push(simulated(more));
  return world;
}

/** The same, after it was put right and confirmed. */
export async function aSettledWorld(policy: Partial<Policy> = {}): Promise<World> {
  const world = aWorld({}, policy);
  await world.request(ws);
  await world.drain();
  world.writes.sent.length = 0;
  world.azure.calls.length = 0;
  return world;
}

export const attached = { attachments: [{ registry: contoso, at: -Infinity }] };
