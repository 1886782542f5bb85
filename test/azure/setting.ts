import type { TokenCredential } from "@azure/core-auth";
import { onTestFinished } from "vitest";

import { trust } from "../../local/azure/certificates.ts";
import { type Azure, type Fixture, startAzure } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { Arm, workspaceApiVersion } from "../../src/azure/arm.ts";
import { azureReads, azureWrites } from "../../src/azure/azure.ts";
import { imageReads } from "../../src/azure/images.ts";
import { parseRegistryId, parseResourceId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import { AzureFailure, type Failure } from "../../src/core/failure.ts";
import type { Action } from "../../src/core/actions.ts";
import type { RunningOperation } from "../../src/core/memory.ts";
import type { AzureReads, AzureWrites, Clock, Lease, OnAccepted, Progress } from "../../src/core/ports.ts";
import { pullRoles, type RegistryMode } from "../../src/core/pull-permission.ts";

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
export const group = `/subscriptions/${subscriptionId}/resourceGroups/ml`;
export const workspaceId = `${group}/providers/Microsoft.MachineLearningServices/workspaces/alpha`;
export const registryId = `${group}/providers/Microsoft.ContainerRegistry/registries/images`;
export const storageId = `${group}/providers/Microsoft.Storage/storageAccounts/data`;
export const identityId = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;

export const workspace = parseWorkspaceId(workspaceId);
export const registry = parseRegistryId(registryId);
export const storage = parseResourceId(storageId);
export const unaborted = new AbortController().signal;

/** A clock that only sleepers and tests move. */
export class VirtualClock implements Clock {
  #now = Date.parse("2026-03-01T12:00:00Z");
  /** Called whenever somebody begins to sleep. */
  onSleep: (ms: number) => void = () => undefined;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.onSleep(ms);
    if (signal?.aborted === true) return Promise.reject(new DOMException("This operation was aborted", "AbortError"));
    this.#now += ms;
    return Promise.resolve();
  }

  pass(seconds: number): void {
    this.#now += seconds * 1_000;
  }
}

export interface Setting {
  readonly azure: Azure;
  readonly clock: VirtualClock;
  readonly arm: Arm;
  readonly reads: AzureReads;
  /** Writes that stay with an operation for 20 s. */
  readonly writes: AzureWrites;
  /** The writes that reached ARM: method, last segment of the path, status. */
  written(): readonly string[];
}

/** The real adapters against a stand-in of their own, on one virtual clock. */
export async function adapters(fixture?: Fixture, settings: SettingsInput = {}): Promise<Setting> {
  const clock = new VirtualClock();
  const azure = await azureAt(clock, fixture, settings);
  onTestFinished(() => azure.close());
  const arm = armOf(azure, clock);
  return {
    azure,
    clock,
    arm,
    reads: azureReads(arm, clock, imagesOf(azure, clock)),
    writes: azureWrites(arm, clock, 20_000),
    written: () => writesIn(azure).map(({ method, path, status }) => `${method} ${path.split("/").at(-1)} ${status}`),
  };
}

export async function azureAt(
  clock: Pick<Clock, "now">,
  fixture: Fixture = { resources: [{ id: workspaceId }, { id: registryId }, { id: storageId }] },
  settings: SettingsInput = {},
): Promise<Azure> {
  const azure = await startAzure({
    fixture: { subscriptions: [{ subscriptionId }], ...fixture },
    settings,
    now: () => clock.now(),
  });
  trust(azure);
  return azure;
}

/** As a process that has just started has it. */
export function armOf(azure: Azure, clock: Pick<Clock, "now">, credential: TokenCredential = credentialOf(azure)): Arm {
  return new Arm({ endpoint: azure.armEndpoint, audience: azure.armEndpoint }, credential, clock);
}

/** As the app has it in the global cloud. */
export function imagesOf(azure: Azure, clock: Pick<Clock, "now" | "sleep">): AzureReads["image"] {
  const audience = "https://containerregistry.azure.net";
  const getToken = () => Promise.resolve({ token: azure.token(undefined, audience), expiresOnTimestamp: Date.now() });
  return imageReads({ audience, requestMs: 25_000 }, { getToken }, clock);
}

export function credentialOf(azure: Azure): TokenCredential {
  // Never kept: the stand-in judges a token by the virtual clock, the SDK by the real one.
  return { getToken: () => Promise.resolve({ token: azure.token(), expiresOnTimestamp: Date.now() }) };
}

/** Another process with our identity reads: nothing here counts that, and ARM does. */
export async function readElsewhere(azure: Azure, times: number, id = workspaceId): Promise<void> {
  const url = `${azure.armEndpoint}${id}?api-version=${workspaceApiVersion}`;
  const headers = { authorization: `Bearer ${azure.token()}` };
  for (let sent = 0; sent < times; sent += 1) await (await fetch(url, { headers })).text();
}

export function writesIn({ requests }: Azure): Azure["requests"] {
  return requests.filter(({ isWrite }) => isWrite);
}

/** A lease that is held until the test loses it. */
export function leaseOf(): Lease & { readonly lose: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    assertHeld: () => {
      if (controller.signal.aborted) throw new AzureFailure({ kind: "leaseLost", message: "The lease was lost." });
    },
    release: () => Promise.resolve(),
    lose: () => {
      controller.abort();
    },
  };
}

/** The failure that a call ends with; a call that ends otherwise fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const ended = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in ended && ended.error instanceof AzureFailure) return ended.error.failure;
  throw new Error("The call did not end with an AzureFailure.", {
    cause: "error" in ended ? ended.error : ended.value,
  });
}

export const attach: Action & { kind: "AttachRegistry" } = { kind: "AttachRegistry", workspace, registry };
export const sync: Action & { kind: "SyncKeys" } = { kind: "SyncKeys", workspace, cause: "owed" };

export function grantTo(
  principalId: string,
  mode: RegistryMode = "LegacyRegistryPermissions",
): Action & { kind: "GrantPull" } {
  return {
    kind: "GrantPull",
    workspace,
    registry,
    label: "workspace identity",
    principalId,
    role: pullRoles[mode],
    of: "workspace",
    isSystemAssigned: true,
  };
}

/** The object id of a workspace's own identity, as the directory has it. */
export function principalIn(azure: Azure, id = workspaceId): string {
  return azure.world.get(id)?.identity?.principalId ?? "";
}

/** What core remembers of a running operation, as it comes back from a store. */
export function remembered(
  progress: Progress | undefined,
  kind: RunningOperation["kind"] = "AttachRegistry",
): RunningOperation {
  if (progress?.kind !== "running") throw new Error(`The operation is not running: ${JSON.stringify(progress)}`);
  const { state, pollAt } = progress;
  return JSON.parse(
    JSON.stringify({ kind, description: "attach images", state, since: 0, pollAt, registryId }),
  ) as RunningOperation;
}

/** Notes what was accepted, as core does. */
export function acceptance(): { readonly accepted: (Progress & { kind: "running" })[]; readonly note: OnAccepted } {
  const accepted: (Progress & { kind: "running" })[] = [];
  const note: OnAccepted = (running) => {
    accepted.push(running);
    return Promise.resolve();
  };
  return { accepted, note };
}
