import type { Memory } from "../../src/core/memory.ts";
import { noMemory } from "../../src/core/memory.ts";
import type { FoundRegistry, ObservedIdentity, ObservedPrincipal, Observation } from "../../src/core/observation.ts";
import type { RequiredImage } from "../../src/core/images.ts";
import type { ObservedWorkspace } from "../../src/core/observation.ts";
import { defaultWaits, type Policy } from "../../src/core/policy.ts";
import { pullRoles } from "../../src/core/pull-permission.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { home, principalId, registryId, userAssignedId, workspaceId } from "./ids.ts";

export const contoso = registryId("contoso");
export const other = registryId("other");

export function policyOf(more: Partial<Policy> = {}): Policy {
  return {
    mode: "enforce",
    subscriptions: [home],
    defaultRegistry: contoso,
    rules: [],
    attach: "whenMissing",
    pullPrincipals: ["workspace", "compute", "endpoint"],
    adminUserRegistries: [],
    prune: false,
    firstSight: "sync",
    contestRounds: 5,
    waits: defaultWaits,
    ...more,
  };
}

export function withoutDefault(policy: Policy): Policy {
  return Object.fromEntries(Object.entries(policy).filter(([name]) => name !== "defaultRegistry")) as unknown as Policy;
}

/** A required image that can be imported. */
export const winarena: RequiredImage = {
  repository: "winarena",
  reference: "latest",
  importFrom: { host: "docker.io", repository: "windowsarena/winarena", reference: "latest" },
};

/** A required image that somebody has to push. */
export const base: RequiredImage = { repository: "team/base", reference: "1.0" };

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
  of: "workspace",
  label: "workspace identity",
  principalId: principalId(1),
  grant: {
    held: true,
    assignmentId: "/some/assignment",
    role: "AcrPull",
    roleId: pullRoles.LegacyRegistryPermissions.id,
    scope: formatId(contoso),
    through: "itself",
  },
};

export const notGranted: ObservedPrincipal = {
  of: "workspace",
  label: "workspace identity",
  principalId: principalId(1),
  grant: { held: false },
};

export const nameless: ObservedPrincipal = { of: "workspace", label: "workspace identity" };

export type Found = Observation & { kind: "found" };

/** What Azure says of a workspace that is as it should be. Its identities are those of the principals that are its own. */
export function observed(more: Partial<Omit<Found, "kind">> = {}): Found {
  const { workspace = workspaceOf({ containerRegistry: contoso }), principals = [granted] } = more;
  return {
    kind: "found",
    registry: registryOf(),
    at: 0,
    ...more,
    workspace: { ...workspace, identity: identityOf(principals.filter(({ of }) => of === "workspace")) },
    principals,
  };
}

function identityOf([system, ...others]: readonly ObservedPrincipal[]): ObservedIdentity {
  const idOf = (one: ObservedPrincipal): string | undefined => one.principalId;
  const principal = system === undefined ? undefined : idOf(system);
  return {
    systemAssigned: system !== undefined,
    ...(principal === undefined ? {} : { systemPrincipalId: principal }),
    userAssigned: others.map((one, index) => {
      const other = idOf(one);
      return { id: userAssignedId(`u${index}`), ...(other === undefined ? {} : { principalId: other }) };
    }),
    ...(others.length === 0 ? {} : { primary: userAssignedId("u0") }),
  };
}

export function memoryOf(more: Partial<Memory> = {}): Memory {
  return { ...noMemory(formatId(workspaceId())), ...more };
}
