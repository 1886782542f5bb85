import * as armId from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import { defaultWaits, type Policy } from "../../src/core/policy.ts";
import { DoomedProcess } from "./crash.ts";
import { principalId, recase, registryId, storageAccount, userAssignedId, workspaceId } from "./ids.ts";
import { winarena } from "./samples.ts";
import * as scenario from "./scenario.ts";
import type { SimulatedAssignment, SimulatedWorkspace } from "./simulated-azure.ts";
import { World } from "./world.ts";

/**
 * Makes a world of a scenario. With a casing other than 0, every id is written in another one wherever it appears: in the
 * policy, in requests, and each time that Azure answers.
 */
export function buildWorld(spec: scenario.Scenario, casing = 0): World {
  const world = new World(policyOf(spec, casing));
  const { azure, writes, clock } = world;
  const start = clock.now();
  for (const name of scenario.registryNames) {
    const { state, ...facts } = spec.registries[name];
    if (state === "missing") continue;
    azure.registries.push({ kind: "found", id: registryId(name), provisioningState: state, ...facts });
  }
  spec.workspaces.forEach((workspace, index) => {
    azure.workspaces.push(simulated(spec, workspace, index, start));
    azure.assignments.push(...grantsOf(workspace, index));
    const { memory } = workspace;
    const id = idOf(spec, index);
    if (memory !== undefined) world.stores.memories.set(armId.idKey(id), memoryOf(memory, id, start));
  });
  azure.faults.push(...spec.faults);
  for (const kind of spec.denied) azure.denied.add(kind);
  azure.staleMs = spec.staleMs;
  azure.casing = casing;
  writes.courses.push(...spec.courses);
  world.doomed.push(...spec.deaths.map(({ at, when }) => new DoomedProcess(at, when)));
  return world;
}

export function idOf(spec: scenario.Scenario, index: number, casing = 0): armId.WorkspaceId {
  const { subscription, group } = spec.workspaces[index] ?? { subscription: "home", group: "nowhere" };
  const id = workspaceId(scenario.workspaceName(index), scenario.subscriptions[subscription], group);
  return armId.parseWorkspaceId(recase(armId.formatId(id), casing));
}

/** When nothing is to happen in Azure any more, with time for everybody to notice. */
export function quietAt(spec: scenario.Scenario, world: World): number {
  const times = spec.workspaces.flatMap(({ provisionedIn, system, platformAttachesIn, deletedIn }) => [
    provisionedIn,
    platformAttachesIn,
    deletedIn,
    ...(system === undefined ? [] : [system.appearsIn, system.knownIn]),
  ]);
  return world.clock.now() + Math.max(0, ...times.filter(Number.isFinite)) + 3 * 3_600_000;
}

function policyOf(spec: scenario.Scenario, casing: number): Policy {
  const registry = (name: scenario.RegistryName, salt: number): armId.RegistryId =>
    armId.parseRegistryId(recase(armId.formatId(registryId(name)), casing && casing + salt));
  const { defaultRegistry } = spec;
  return {
    mode: spec.mode,
    subscriptions: scenario.ours.map((name) => recase(scenario.subscriptions[name], casing)),
    ...(defaultRegistry === undefined ? {} : { defaultRegistry: registry(defaultRegistry, 1) }),
    rules: spec.rules.map(({ subscription, group, location, registries }) => ({
      ...(subscription === undefined ? {} : { subscriptionId: recase(scenario.subscriptions[subscription], casing) }),
      ...(group === undefined ? {} : { resourceGroup: recase(group, casing) }),
      ...(location === undefined ? {} : { location: recase(location, casing) }),
      registries: registries.map(registry),
    })),
    attach: "whenMissing",
    pullPrincipals: ["workspace", "compute", "endpoint"],
    adminUserRegistries: [],
    prune: false,
    firstSight: spec.firstSight,
    ...(spec.requiresImage ? { requiredImages: [winarena] } : {}),
    contestRounds: 5,
    waits: defaultWaits,
  };
}

function simulated(
  spec: scenario.Scenario,
  workspace: scenario.WorkspaceSpec,
  index: number,
  start: number,
): SimulatedWorkspace {
  const { system, userAssigned, attached, platformAttachesIn, optOut, registryTag, primary } = workspace;
  const kind = scenario.kindOf(spec, index);
  const identityId = (number: number): armId.ResourceId => userAssignedId(`identity-${index}-${number}`);
  return {
    id: idOf(spec, index),
    kind,
    location: workspace.location,
    tags: {
      ...workspace.otherTags,
      ...(optOut === undefined ? {} : { "ACR-remediation": optOut }),
      ...(registryTag === undefined ? {} : { "acr-remediation-REGISTRY": registryTag }),
    },
    provisioning: { state: workspace.state, at: start + workspace.provisionedIn },
    ...(system === undefined
      ? {}
      : {
          system: {
            principalId: principalId(scenario.principalNumber(index, 0)),
            appearsAt: start + system.appearsIn,
            knownAt: start + system.knownIn,
          },
        }),
    userAssigned: userAssigned.map(({ known }, number) => ({
      id: identityId(number),
      ...(known ? { principalId: principalId(scenario.principalNumber(index, number + 1)) } : {}),
    })),
    ...(primary === undefined ? {} : { primary: identityId(primary) }),
    ...(kind === "project" ? { hubId: workspace.hubIsMissing ? workspaceId("no-hub") : idOf(spec, 0) } : {}),
    ...(workspace.hasStorage ? { storageAccount, applicationInsights: "/insights/One" } : {}),
    deletedAt: start + workspace.deletedIn,
    attachments: [
      ...(attached === undefined ? [] : [{ registry: registryId(attached), at: -Infinity }]),
      // The platform makes a registry of its own where there is none; never for a project.
      ...(attached === undefined && kind !== "project" && platformAttachesIn < Infinity
        ? [{ registry: registryId("platform"), at: start + platformAttachesIn }]
        : []),
    ],
  };
}

/** Given to the first identity of the workspace that has an object id. */
function grantsOf({ grants, system }: scenario.WorkspaceSpec, index: number): SimulatedAssignment[] {
  const identity = system === undefined ? 1 : 0;
  return grants.map(({ registry, ...grant }) => ({
    ...grant,
    registry: registryId(registry),
    principalId: principalId(scenario.principalNumber(index, identity)),
    at: -Infinity,
  }));
}

function memoryOf(spec: scenario.MemorySpec, id: armId.WorkspaceId, start: number): Memory {
  const { synced, operation, wait, blocked } = spec;
  return {
    workspaceId: armId.formatId(id),
    conditions: [],
    syncOwed: spec.syncOwed,
    startedAt: start - spec.startedAgoMs,
    ...(synced === undefined ? {} : { synced: { fingerprint: "of another time", how: synced, at: 0 } }),
    ...(operation === undefined
      ? {}
      : { operation: { kind: operation, description: "something", state: "999", since: start, pollAt: start } }),
    ...(wait === undefined
      ? {}
      : { waits: [{ reason: wait.reason, attempt: wait.attempt, since: start - wait.agoMs, missed: 0 }] }),
    ...(blocked ? { outcome: { kind: "blocked", reason: "NoIdentity", message: "then", retryAt: start } } : {}),
  };
}
