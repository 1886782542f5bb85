/** The resources that the contract is held with: made through ARM, in the same way in any Azure, and removed again. */
import { until } from "../../local/until.ts";
import { groupId, type Place, type PlaceName, send } from "./place.ts";

/** The ids of the resources. */
export interface Cast {
  readonly workspaceId: string;
  readonly registryId: string;
  readonly storageId: string;
  readonly identityId: string;
  readonly vaultId: string;
  readonly logsId: string;
  readonly insightsId: string;
}

/** One resource: where, in which api-version, and what it is made of. */
export interface Part {
  readonly id: string;
  readonly apiVersion: string;
  readonly body: object;
  /** Deletes it for good, where the service would keep it for a while. */
  readonly deleteWith?: string;
}

/** @param suffix makes names unique that have to be so in all of Azure: 8 lower-case letters and digits */
export function castIn(place: PlaceName, suffix: string): Cast {
  const provider = `${groupId(place)}/providers/`;
  return {
    workspaceId: `${provider}Microsoft.MachineLearningServices/workspaces/Conformance-${suffix}`,
    registryId: `${provider}Microsoft.ContainerRegistry/registries/conformance${suffix}`,
    storageId: `${provider}Microsoft.Storage/storageAccounts/conform${suffix}`,
    identityId: `${provider}Microsoft.ManagedIdentity/userAssignedIdentities/conformance-${suffix}`,
    vaultId: `${provider}Microsoft.KeyVault/vaults/conform-${suffix}`,
    logsId: `${provider}Microsoft.OperationalInsights/workspaces/conformance-${suffix}`,
    insightsId: `${provider}Microsoft.Insights/components/conformance-${suffix}`,
  };
}

/** What is made, in this order: each needs those before it. */
export function partsOf(cast: Cast, { location }: PlaceName, tenantId: string): readonly Part[] {
  return [
    { id: cast.identityId, apiVersion: "2023-01-31", body: { location } },
    {
      id: cast.storageId,
      apiVersion: "2023-05-01",
      body: {
        location,
        kind: "StorageV2",
        sku: { name: "Standard_LRS" },
        properties: { minimumTlsVersion: "TLS1_2", allowBlobPublicAccess: false },
      },
    },
    {
      id: cast.registryId,
      apiVersion: "2025-11-01",
      body: { location, sku: { name: "Basic" }, properties: { adminUserEnabled: false } },
    },
    {
      id: cast.vaultId,
      apiVersion: "2023-07-01",
      body: {
        location,
        properties: {
          tenantId,
          sku: { family: "A", name: "standard" },
          accessPolicies: [],
          enableRbacAuthorization: true,
          softDeleteRetentionInDays: 7,
        },
      },
    },
    {
      id: cast.logsId,
      apiVersion: "2023-09-01",
      body: { location, properties: { sku: { name: "PerGB2018" }, retentionInDays: 30 } },
      deleteWith: "force=true",
    },
    {
      id: cast.insightsId,
      apiVersion: "2020-02-02",
      body: {
        location,
        kind: "web",
        properties: { Application_Type: "web", WorkspaceResourceId: cast.logsId },
      },
    },
    {
      id: cast.workspaceId,
      apiVersion: "2024-10-01",
      body: {
        location,
        kind: "Default",
        tags: { team: "vision" },
        identity: { type: "SystemAssigned" },
        properties: {
          storageAccount: cast.storageId,
          keyVault: cast.vaultId,
          applicationInsights: cast.insightsId,
        },
      },
      deleteWith: "forceToPurge=true",
    },
  ];
}

/** A resource may take minutes to come or go. */
const patience = { seconds: 20 * 60, pauseMs: 5_000 } as const;

/** Makes a part and waits until it is there. @throws Error with Azure's words */
export async function make(place: Place, part: Part): Promise<void> {
  const path = pathOf(part);
  await expectAccepted(place, "PUT", path, part.body);
  const isMade = async (): Promise<boolean> => {
    const { status, body } = await send(place, "GET", path);
    const { properties } = (body ?? {}) as { properties?: { provisioningState?: string } };
    const state = properties?.provisioningState ?? "Succeeded";
    if (status === 200 && /^(Failed|Canceled)$/.test(state)) throw new Error(`${part.id} is ${state}.`);
    return status === 200 && state === "Succeeded";
  };
  await until(`${part.id} to be made`, isMade, patience);
}

/** Deletes a part and waits until it is gone; one that is not there is as good as deleted. @throws Error with Azure's words */
export async function remove(place: Place, part: Part): Promise<void> {
  const path = pathOf(part);
  await expectAccepted(place, "DELETE", part.deleteWith === undefined ? path : `${path}&${part.deleteWith}`);
  await until(`${part.id} to be gone`, async () => (await send(place, "GET", path)).status === 404, patience);
}

function pathOf({ id, apiVersion }: Part): string {
  return `${id}?api-version=${apiVersion}`;
}

async function expectAccepted(place: Place, method: string, path: string, body?: object): Promise<void> {
  const { status, code, message } = await send(place, method, path, body === undefined ? body : JSON.stringify(body));
  if (status >= 300 && !(method === "DELETE" && status === 404))
    throw new Error(`${method} ${path} was answered ${status} ${code ?? ""}: ${message}`);
}
