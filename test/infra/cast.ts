/** Who plays in the tests of the templates. */
import { homeSubscriptionId, type Parameters } from "./templates.ts";

export const platformSubscriptionId = "22222222-2222-4222-8222-222222222222";
export const farSubscriptionId = "33333333-3333-4333-8333-333333333333";
const registries = "providers/Microsoft.ContainerRegistry/registries";
export const defaultRegistry = `/subscriptions/${platformSubscriptionId}/resourceGroups/ML-Platform/${registries}/contosoml`;
export const otherRegistry = `/subscriptions/${farSubscriptionId}/resourceGroups/images/${registries}/shared`;

/** The three questions, answered. */
export const questions = { environmentName: "prod", location: "westeurope", defaultRegistry, mode: "audit" } as const;

export const everyOption = {
  ...questions,
  mode: "enforce",
  registryRules: [
    { subscriptionId: farSubscriptionId, registryIds: [otherRegistry] },
    { location: "northeurope", registryIds: [defaultRegistry.toLowerCase(), otherRegistry] },
  ],
  subscriptionIds: [homeSubscriptionId, farSubscriptionId],
  managementGroups: ["contoso-ml"],
  prune: true,
  requiredImages: [{ image: "winarena:1", importFrom: "docker.io/windowsarena/winarena:1" }],
  adminUserRegistries: [otherRegistry],
  settings: { REMEDIATOR_ATTACH: "never", REMEDIATOR_RECHECK_MINUTES: "30" },
  alertEmails: ["on-call@contoso.example"],
  publishNotices: true,
  alwaysReadyInstances: 1,
  privateNetworking: true,
  signInClientId: "44444444-4444-4444-8444-444444444444",
  packageUri: "https://packages.contoso.example/acr-remediator.zip",
  tags: { costCenter: "ml" },
} as const satisfies Parameters;

export const app = {
  name: "func-acr-remediator-example",
  principalId: "55555555-5555-4555-8555-555555555555",
  location: "westeurope",
  subscriptionId: homeSubscriptionId,
  subscriptionIds: [homeSubscriptionId, platformSubscriptionId],
  resourceGroup: "rg-acr-remediator-prod",
  actionGroupId: `/subscriptions/${homeSubscriptionId}/resourceGroups/rg-acr-remediator-prod/providers/Microsoft.Insights/actionGroups/people`,
  deadLetterIdentityId: `/subscriptions/${homeSubscriptionId}/resourceGroups/rg-acr-remediator-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/dead-letters`,
  deadLetterAccountId: `/subscriptions/${homeSubscriptionId}/resourceGroups/rg-acr-remediator-prod/providers/Microsoft.Storage/storageAccounts/stacrr`,
  deadLetterContainer: "dead-letters",
} as const;
