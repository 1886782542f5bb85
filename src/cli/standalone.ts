import { randomUUID } from "node:crypto";
import { armPorts, type ArmPorts } from "../azure/arm-ports.ts";
import { assignmentIdOf } from "../azure/assignment-name.ts";
import { listRegistryIds } from "../azure/registries.ts";
import { createCredential } from "../azure/credential.ts";
import { type Config, ConfigError } from "../config.ts";
import { formatId, InvalidIdError, parseRegistryId, type RegistryId, type WorkspaceId } from "../core/arm-id.ts";
import type { Memory } from "../core/memory.ts";
import type { Policy } from "../core/policy.ts";
import type { Clock, HistoryEntry, Lease, Ports } from "../core/ports.ts";
import { registryInUse } from "../core/registry-in-use.ts";
import type { Environment } from "../settings.ts";
import { systemClock } from "../system-clock.ts";
import { textHash } from "../text-hash.ts";
import { configOfPerson } from "./config-of-person.ts";
import { CommandError } from "./exit-code.ts";

/** Azure as the person at the terminal sees it, without an app: for one look, with no lease and no memory. */
export interface Standalone {
  readonly policy: Policy;
  readonly arm: ArmPorts;
  readonly clock: Clock;
}

/** A lease is of no use to a single command: what it writes is harmless when it is written twice. */
const leaseSeconds = 60;

/**
 * Reaches Azure with the credential of whoever is signed in.
 * @param environment settings of the app's, from a file or from the environment: what they say of the policy holds here as well
 * @param registry the registry to use, by name or id; absent: what the settings say, else the one that is attached
 * @returns with a policy that names no registry where none is given and none is attached
 * @throws CommandError when there is no such registry or workspace, or a setting is wrong; AzureFailure
 */
export async function openStandalone(
  workspace: WorkspaceId,
  environment: Environment,
  registry: string | undefined,
  signal: AbortSignal,
): Promise<Standalone> {
  const { subscriptionId } = workspace;
  const scaffold = { ...environment, REMEDIATOR_SUBSCRIPTIONS: subscriptionId, REMEDIATOR_MANAGEMENT_GROUPS: "" };
  const isRuled = environment["REMEDIATOR_DEFAULT_REGISTRY"] || environment["REMEDIATOR_REGISTRY_RULES"];
  if (registry === undefined && isRuled) {
    const config = configOf(scaffold);
    return { policy: config.policy, arm: armPortsOf(config), clock: systemClock };
  }
  // The registry is not known yet, and what asks for it needs all the rest.
  const config = configOf({
    ...scaffold,
    REMEDIATOR_REGISTRY_RULES: "",
    REMEDIATOR_DEFAULT_REGISTRY: formatId(placeholder(subscriptionId)),
  });
  const arm = armPortsOf(config);
  const id =
    registry === undefined
      ? await attachedTo(workspace, arm, signal)
      : await registryCalled(registry, subscriptionId, arm, signal);
  return { policy: withRegistry(config.policy, id), arm, clock: systemClock };
}

function withRegistry({ defaultRegistry: _placeholder, ...policy }: Policy, id: RegistryId | undefined): Policy {
  return id === undefined ? policy : { ...policy, defaultRegistry: id };
}

export function namesRegistry({ defaultRegistry, rules }: Policy): boolean {
  return defaultRegistry !== undefined || rules.length > 0;
}

/** @throws CommandError where the policy names no registry, so that nothing can be planned */
export function requireRegistry(policy: Policy, workspace: WorkspaceId): void {
  if (!namesRegistry(policy))
    throw new CommandError(
      `No registry is attached to ${workspace.name}. Name the one to use: --registry NAME or --registry ID.`,
    );
}

function armPortsOf({ arm, registryAudience, policy, credential }: Config): ArmPorts {
  const settings = { arm, registryAudience, leaseSeconds, operationMs: policy.waits.operationMs };
  return armPorts(settings, createCredential(credential.kind, credential.clientId), systemClock);
}

function configOf(environment: Environment): Config {
  try {
    return configOfPerson(environment);
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function placeholder(subscriptionId: string): RegistryId {
  return parseRegistryId(
    `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/none`,
  );
}

async function attachedTo(
  workspace: WorkspaceId,
  { reads }: ArmPorts,
  signal: AbortSignal,
): Promise<RegistryId | undefined> {
  const found = await reads.workspace(workspace, signal);
  if (found === undefined) throw noWorkspace(workspace);
  const hub = found.hubId === undefined ? undefined : await reads.workspace(found.hubId, signal);
  return registryInUse(found, hub);
}

/** What is told of a workspace that is not there. */
export function noWorkspace(workspace: WorkspaceId): CommandError {
  return new CommandError(
    `Azure knows no workspace ${formatId(workspace)}, or you may not see it. Check subscription, resource group and name, and who is signed in (az account show).`,
  );
}

async function registryCalled(
  text: string,
  subscriptionId: string,
  { arm }: ArmPorts,
  signal: AbortSignal,
): Promise<RegistryId> {
  if (text.startsWith("/")) return registryIdOf(text);
  const name = text.replace(/\.azurecr\.(?:io|us|cn)$/i, "").toLowerCase();
  for await (const id of listRegistryIds(arm, subscriptionId, signal)) if (id.name.toLowerCase() === name) return id;
  throw new CommandError(
    `--registry: no registry ${JSON.stringify(text)} is to be seen in the subscription ${subscriptionId}. Give its id when it lies in another.`,
  );
}

function registryIdOf(text: string): RegistryId {
  try {
    return parseRegistryId(text);
  } catch (error) {
    if (error instanceof InvalidIdError) throw new CommandError(`--registry: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What a reconcile needs where nobody else is to know of it: all of it in this process, and gone with it. */
export function portsFor({ arm, clock }: Standalone, told: (entry: HistoryEntry) => void): Ports {
  let memory: Memory | undefined;
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    clock,
    random: Math.random,
    newId: randomUUID,
    hash: textHash,
    grantId: assignmentIdOf,
    reads: arm.reads,
    writes: arm.writes,
    pacer: { firstSync: () => 0 },
    leases: { acquire: () => Promise.resolve(undefined) },
    memory: {
      load: () => Promise.resolve(memory),
      save: (_workspace, next) => {
        memory = next;
        return Promise.resolve();
      },
    },
    inbox: { put: nothing, has: () => Promise.resolve(false), list: () => Promise.resolve([]), remove: nothing },
    queue: { send: nothing },
    index: { put: nothing, remove: nothing, page: () => Promise.resolve({ workspaceIds: [] }) },
    history: {
      append: (_workspace, entry) => {
        told(entry);
        return Promise.resolve();
      },
    },
    sweepResults: { put: nothing },
  };
}

/** The right to write, until the person at the terminal says stop. */
export function leaseUntil(signal: AbortSignal): Lease {
  return {
    signal,
    assertHeld: () => {
      signal.throwIfAborted();
    },
    release: () => Promise.resolve(),
  };
}
