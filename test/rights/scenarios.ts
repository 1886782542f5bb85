/** For every action that the app's roles hold: what asks for it, and where the app says that it is missing. */
import type { Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { SELF } from "../../local/azure/fixture.ts";
import { parseRegistryId } from "../../src/core/arm-id.ts";
import { parseImageName, parseImageSource } from "../../src/core/image-name.ts";
import type { Policy } from "../../src/core/policy.ts";
import { policyOf, type Remediator } from "../azure/remediator.ts";

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
/** Of the registry, and of nothing else. */
export const platformSubscriptionId = "22222222-2222-4222-8222-222222222222";
const group = `/subscriptions/${subscriptionId}/resourceGroups/ml-team`;
export const workspaceId = `${group}/providers/Microsoft.MachineLearningServices/workspaces/pricing`;
export const storageId = `${group}/providers/Microsoft.Storage/storageAccounts/contosodata`;
export const registryId = `/subscriptions/${platformSubscriptionId}/resourceGroups/platform/providers/Microsoft.ContainerRegistry/registries/contosoml`;

/** What the app is told to do, and the Azure in which it is to be done. */
export interface Given {
  readonly policy: Policy;
  readonly fixture: Fixture;
  readonly settings: SettingsInput;
  /** App settings that ask for roles which not everybody needs. */
  readonly optIns?: Readonly<Record<string, string>>;
}

const principalId = "0f0f0f0f-0000-4000-8000-00000000000a";

/** A workspace that needs all that the app does without being asked for more; its identity holds a role that permits something else. */
export const broken: Given = {
  policy: policyOf({ subscriptions: [subscriptionId], defaultRegistry: parseRegistryId(registryId) }),
  fixture: {
    subscriptions: [{ subscriptionId }, { subscriptionId: platformSubscriptionId }],
    resources: [
      { id: registryId },
      { id: storageId },
      {
        id: workspaceId,
        identity: { type: "SystemAssigned", principalId },
        properties: { storageAccount: storageId },
        keysInSync: false,
      },
    ],
    roleAssignments: [{ scope: registryId, role: "AcrDelete", principalId }],
  },
  // Long enough to be followed.
  settings: { attachSeconds: 3, syncSeconds: 3 },
};

/** The same, but whatever is granted on the registry, nobody may pull from it as himself. */
const denied: Given = {
  ...broken,
  policy: { ...broken.policy, adminUserRegistries: [parseRegistryId(registryId)] },
  fixture: {
    ...broken.fixture,
    denyAssignments: [
      {
        denyAssignmentName: "of the platform team",
        scope: registryId,
        permissions: [{ actions: ["Microsoft.ContainerRegistry/registries/pull/read"] }],
        principals: [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }],
      },
    ],
  },
  optIns: { REMEDIATOR_ADMIN_USER_REGISTRIES: registryId },
};

const computeId = `${workspaceId}/computes/gpu`;

/** The same with a compute that pulls as itself, and grants that are removed when they are of no use any more. */
const withCompute: Given = {
  ...broken,
  policy: { ...broken.policy, prune: true },
  fixture: {
    ...broken.fixture,
    resources: [
      ...(broken.fixture.resources ?? []),
      { id: computeId, identity: { type: "SystemAssigned" }, properties: { computeType: "AmlCompute" } },
    ],
  },
  optIns: { REMEDIATOR_PRUNE: "on" },
};

/** The same with a registry that is to have an image; whether it has is seen with AcrPull. */
const requiring: Given = {
  ...broken,
  policy: {
    ...broken.policy,
    requiredImages: [
      { ...parseImageName("winarena:1"), importFrom: parseImageSource("docker.io/windowsarena/winarena:1") },
    ],
  },
  fixture: {
    ...broken.fixture,
    roleAssignments: [
      ...(broken.fixture.roleAssignments ?? []),
      { scope: registryId, role: "AcrPull", principalId: SELF },
    ],
    publicRegistries: { "docker.io": { "windowsarena/winarena": ["1"] } },
  },
  settings: { ...broken.settings, importSeconds: 3 },
  optIns: { REMEDIATOR_REQUIRED_IMAGES: "[…]" },
};

/** What puts it right. */
export const wholeRemediation = ["PATCH pricing", "POST resyncKeys", "PUT roleAssignments"];

export interface Scenario {
  readonly action: string;
  /** What for, as in "needed to …". */
  readonly purpose: string;
  /** The scope at which the app says it lacks the action. */
  readonly at: string;
  /** How a look ends without it, where that is not `blocked: MissingPermission`. */
  readonly ends?: string;
  /** What meets the lack. Default: a look at the workspace. */
  readonly by?: "look" | "sweep" | "diagnosis";
  /** Default: {@link broken}. */
  readonly given?: Given;
  /** What happens after a first look; the action is missed by the next one. */
  readonly happens?: (remediator: Remediator) => Promise<void>;
  /** What is written in all, once the action is there. Default: {@link wholeRemediation}. */
  readonly writes?: readonly string[];
}

const workspaces = "Microsoft.MachineLearningServices/workspaces";
const authorization = "Microsoft.Authorization";

/** A feature that needs another action adds its line, and the action to a role of infra/roles. */
export const scenarios: readonly Scenario[] = [
  { action: `${workspaces}/read`, purpose: "see the workspace", at: workspaceId },
  {
    action: `${workspaces}/read`,
    purpose: "find every workspace",
    at: `/subscriptions/${subscriptionId}`,
    by: "sweep",
  },
  { action: `${workspaces}/computes/read`, purpose: "see the identities of computes", at: workspaceId },
  { action: `${workspaces}/onlineEndpoints/read`, purpose: "see the identities of online endpoints", at: workspaceId },
  { action: `${workspaces}/write`, purpose: "attach a registry", at: workspaceId },
  { action: `${workspaces}/resynckeys/action`, purpose: "sync the keys", at: workspaceId },
  {
    action: `${workspaces}/diagnose/read`,
    purpose: "have Azure Machine Learning diagnose the workspace",
    at: workspaceId,
    by: "diagnosis",
  },
  {
    action: "Microsoft.MachineLearningServices/locations/workspaceOperationsStatus/read",
    purpose: "follow an attachment or a key sync to its end",
    at: workspaceId,
  },
  {
    action: "Microsoft.Storage/storageAccounts/read",
    purpose: "notice rotated keys of the storage account",
    at: storageId,
  },
  {
    action: "Microsoft.ContainerRegistry/registries/read",
    purpose: "see the registry and its permission mode, and attach it",
    at: registryId,
  },
  { action: `${authorization}/denyAssignments/read`, purpose: "see what overrules a grant", at: registryId },
  {
    action: `${authorization}/roleAssignments/read`,
    purpose: "see who holds a role on the registry, and how many assignments its subscription has",
    at: registryId,
  },
  {
    action: `${authorization}/roleDefinitions/read`,
    purpose: "see whether a role that is held permits to pull",
    at: `/subscriptions/${platformSubscriptionId}`,
  },
  { action: `${authorization}/roleAssignments/write`, purpose: "grant the pull role", at: registryId },
  {
    action: "Microsoft.ContainerRegistry/registries/write",
    purpose: "enable the registry's admin user where a grant is of no use",
    at: registryId,
    given: denied,
    // Keys are synced after the attachment, and again once there is a password to copy.
    writes: ["PATCH contosoml", "PATCH pricing", "POST resyncKeys", "POST resyncKeys"],
  },
  {
    action: `${authorization}/roleAssignments/delete`,
    ends: "compliant, with the warning CannotPrune",
    purpose: "remove a grant of the app's whose identity is gone",
    at: registryId,
    given: withCompute,
    happens: async (remediator) => {
      remediator.azure.world.delete(computeId);
      await remediator.settle([workspaceId], "http");
      remediator.clock.advance(10 * 60_000);
    },
    writes: [
      "DELETE roleAssignments",
      "PATCH pricing",
      "POST resyncKeys",
      "PUT roleAssignments",
      "PUT roleAssignments",
    ],
  },
  {
    action: "Microsoft.ContainerRegistry/registries/importImage/action",
    purpose: "import a required image",
    at: registryId,
    given: requiring,
    writes: [...wholeRemediation, "POST importImage"].sort(),
  },
  {
    action: "Microsoft.ContainerRegistry/registries/operationStatuses/read",
    purpose: "follow an import to its end",
    at: registryId,
    given: requiring,
    writes: [...wholeRemediation, "POST importImage"].sort(),
  },
];
