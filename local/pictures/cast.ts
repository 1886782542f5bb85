/** Who is in the pictures of the fleet page: twelve workspaces, each with something of its own. */
import type { Fixture } from "../azure/index.ts";

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const groups = `/subscriptions/${subscriptionId}/resourceGroups`;

export const registryId = `${groups}/ml-platform/providers/Microsoft.ContainerRegistry/registries/contosoml`;
const researchId = `${groups}/ml-platform/providers/Microsoft.ContainerRegistry/registries/contosoresearch`;
const privateId = `${groups}/ml-sandbox/providers/Microsoft.ContainerRegistry/registries/annasregistry`;
const storageId = `${groups}/ml-platform/providers/Microsoft.Storage/storageAccounts/contosomldata`;

export function idOf(name: string, group = "ml-team"): string {
  return `${groups}/${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

interface Shape {
  readonly group?: string;
  readonly attachedTo?: string;
  readonly location?: string;
  readonly tags?: Record<string, string>;
  readonly identity?: { readonly type: string };
}

/** A workspace in the form of a fixture. */
function workspace(name: string, { group, attachedTo, identity, ...rest }: Shape = {}) {
  return {
    id: idOf(name, group),
    identity: identity ?? { type: "SystemAssigned" },
    ...rest,
    properties: {
      storageAccount: storageId,
      ...(attachedTo === undefined ? {} : { containerRegistry: attachedTo }),
    },
  };
}

/** Those that the app has put right before, and has found right since. */
const settledNames = ["pricing", "forecasting", "recommender", "supply-chain", "demand-planning"];
/** Loses its right to pull before the last sweep. */
export const drifted = "churn-model";
/** Is exempt because an operator said so. */
export const exempted = { id: idOf("sandbox-anna", "ml-sandbox"), reason: "Rebuilt by the platform team this week" };
/** Is created last, and its identity does not come. */
export const created = workspace("fraud-detection");

export const fixture: Fixture = {
  subscriptions: [{ subscriptionId, displayName: "contoso-ml" }],
  resources: [
    ...[registryId, researchId, privateId, storageId].map((id) => ({ id })),
    ...[...settledNames, drifted].map((name) => workspace(name)),
    workspace("protein-folding", { group: "ml-research", location: "northeurope" }),
    workspace("vision-lab", { group: "ml-research", location: "northeurope", attachedTo: privateId }),
    workspace("search-ranking", { identity: { type: "None" }, attachedTo: registryId }),
    workspace("legacy-lab", { tags: { "acr-remediation": "skip" } }),
    workspace("sandbox-anna", { group: "ml-sandbox" }),
  ],
};

/** The app settings of the pictures. Waits are a tenth of what they are in production, but for one that is to last. */
export const settings = {
  REMEDIATOR_MODE: "enforce",
  REMEDIATOR_SUBSCRIPTIONS: subscriptionId,
  REMEDIATOR_DEFAULT_REGISTRY: registryId,
  REMEDIATOR_REGISTRY_RULES: JSON.stringify([{ location: "northeurope", registryIds: [researchId] }]),
  REMEDIATOR_WAIT_SCALE: "0.1",
  REMEDIATOR_SWEEP_SCHEDULE: "0 0 0 29 2 *",
};
