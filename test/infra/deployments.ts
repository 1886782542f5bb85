/** What is deployed in the tests, each evaluated once. */
import { app, defaultRegistry, everyOption, platformSubscriptionId, questions } from "./cast.ts";
import { evaluate, type Evaluated, type Parameters } from "./templates.ts";

export const audit = await evaluate("main.bicep", questions);
export const everything = await evaluate("main.bicep", everyOption);
/** The subscription of the app; one besides. */
export const onboardedHome = await evaluate("onboard.bicep", { app });
export const onboarded = await evaluate("onboard.bicep", { app: { ...app, subscriptionId: platformSubscriptionId } });
export const onboardedGroup = await evaluate("management-group.bicep", { app }, "managementGroup");

/** The rights at the registries of one subscription. */
export function registryRights(wanted: Parameters): Promise<Evaluated> {
  return evaluate("modules/registry-subscription.bicep", {
    appName: app.name,
    principalId: app.principalId,
    registries: [defaultRegistry.toLowerCase()],
    adminUserRegistries: [],
    isEnforcing: true,
    prunes: false,
    requiresImages: false,
    ...wanted,
  });
}
