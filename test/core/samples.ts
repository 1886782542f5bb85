import type { Memory } from "../../src/core/memory.ts";
import { noMemory } from "../../src/core/memory.ts";
import type { ObservedIdentity, ObservedPrincipal, ObservedRegistry, Observation } from "../../src/core/observation.ts";
import type { ObservedWorkspace } from "../../src/core/observation.ts";
import { defaultWaits, type Policy } from "../../src/core/policy.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { home, principalId, registryId, workspaceId } from "./ids.ts";

export const contoso = registryId("contoso");
export const other = registryId("other");

export function policyOf(more: Partial<Policy> = {}): Policy {
  return {
    mode: "enforce",
    subscriptions: [home],
    defaultRegistry: contoso,
    rules: [],
    firstSight: "sync",
    contestRounds: 5,
    waits: defaultWaits,
    ...more,
  };
}

export function withoutDefault(policy: Policy): Policy {
  return Object.fromEntries(Object.entries(policy).filter(([name]) => name !== "defaultRegistry")) as unknown as Policy;
}

export const systemIdentity: ObservedIdentity = {
  systemAssigned: true,
  systemPrincipalId: principalId(1),
  userAssigned: [],
};

/** A workspace that is there, Succeeded, and has nothing attached. */
export function workspaceOf(more: Partial<ObservedWorkspace> = {}): ObservedWorkspace {
  return {
    id: workspaceId(),
    kind: "default",
    location: "westeurope",
    tags: {},
    provisioningState: "Succeeded",
    identity: systemIdentity,
    ...more,
  };
}

export type FoundRegistry = ObservedRegistry & { kind: "found" };

export function registryOf(more: Partial<Omit<FoundRegistry, "kind">> = {}): FoundRegistry {
  return {
    kind: "found",
    id: contoso,
    provisioningState: "Succeeded",
    mode: "LegacyRegistryPermissions",
    adminUserEnabled: false,
    ...more,
  };
}

export const granted: ObservedPrincipal = {
  label: "workspace identity",
  principalId: principalId(1),
  grant: { held: true, assignmentId: "/some/assignment", role: "AcrPull", scope: formatId(contoso), through: "itself" },
};

export const notGranted: ObservedPrincipal = {
  label: "workspace identity",
  principalId: principalId(1),
  grant: { held: false },
};

export const nameless: ObservedPrincipal = { label: "workspace identity" };

export type Found = Observation & { kind: "found" };

/** What Azure says of a workspace that is as it should be. */
export function observed(more: Partial<Omit<Found, "kind">> = {}): Found {
  return {
    kind: "found",
    workspace: workspaceOf({ containerRegistry: contoso }),
    registry: registryOf(),
    principals: [granted],
    ...more,
  };
}

export function memoryOf(more: Partial<Memory> = {}): Memory {
  return { ...noMemory(formatId(workspaceId())), ...more };
}
