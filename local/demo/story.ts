import type { Fixture } from "../azure/index.ts";

/** The cast of the demo: one registry, five workspaces, what is wrong with each and how each should end. */

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const groupId = `/subscriptions/${subscriptionId}/resourceGroups`;

export const registryId = `${groupId}/ml-platform/providers/Microsoft.ContainerRegistry/registries/contosoml`;
const storageAccountId = `${groupId}/ml-platform/providers/Microsoft.Storage/storageAccounts/contosomldata`;

export interface Role {
  readonly id: string;
  readonly name: string;
  /** For the closing table. */
  readonly story: string;
  readonly expected: {
    readonly outcome: string;
    readonly armWrites: number;
    /** What led to a look; absent where none is needed. */
    readonly cause?: string;
  };
}

function role(name: string, story: string, outcome: string, armWrites: number, cause?: string): Role {
  const id = `${groupId}/ml-team/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  return { id, name, story, expected: { outcome, armWrites, ...(cause === undefined ? {} : { cause }) } };
}

export const cast = {
  created: role("fraud-detection", "created, its identity seconds late", "remediated", 3, "event"),
  broken: role("churn-model", "lost its AcrPull", "remediated", 1, "sweep"),
  right: role("pricing", "right, and remembered", "compliant", 0),
  asked: role("forecasting", "broken, somebody asks over HTTP", "remediated", 3, "http"),
  optedOut: role("legacy-lab", "broken, but opted out by tag", "exempt", 0, "sweep"),
};

/** A workspace in the form of a fixture. */
export function workspace({ id }: Role, extra: { attached?: boolean; tags?: Record<string, string> } = {}) {
  return {
    id,
    identity: { type: "SystemAssigned" },
    ...(extra.tags === undefined ? {} : { tags: extra.tags }),
    properties: {
      storageAccount: storageAccountId,
      ...(extra.attached === true ? { containerRegistry: registryId } : {}),
    },
  };
}

/** Azure as the curtain rises. */
export const fixture: Fixture = {
  subscriptions: [{ subscriptionId, displayName: "contoso-ml" }],
  resources: [
    { id: registryId },
    { id: storageAccountId },
    workspace(cast.broken, { attached: true }),
    workspace(cast.right, { attached: true }),
    workspace(cast.optedOut, { tags: { "acr-remediation": "skip" } }),
  ],
};

/** The app settings of the demo. Every wait is a tenth of what it is in production. */
export const settings = {
  REMEDIATOR_MODE: "enforce",
  REMEDIATOR_SUBSCRIPTIONS: subscriptionId,
  REMEDIATOR_DEFAULT_REGISTRY: registryId,
  REMEDIATOR_WAIT_SCALE: "0.1",
};
