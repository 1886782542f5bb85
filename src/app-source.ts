import type { Environment } from "./settings.ts";

/** The `source` of events of an app of which nothing else is known. */
export const unknownSource = "urn:azureml-acr-remediator";

/**
 * What an app is called as the source of events: its ARM id as far as the platform tells it, and the same for as long as it
 * lives. Source of the variables: Microsoft Learn, "Environment variables and app settings in Azure App Service".
 */
export function sourceOf(environment: Environment): string {
  const { WEBSITE_SITE_NAME: site, WEBSITE_RESOURCE_GROUP: group, WEBSITE_OWNER_NAME: owner } = environment;
  if (!site) return unknownSource;
  // e.g. 11111111-1111-4111-8111-111111111111+ml-WestEuropewebspace
  const [subscriptionId] = owner?.split("+") ?? [];
  if (!subscriptionId || !group) return `${unknownSource}:${encodeURIComponent(site)}`;
  const names = [subscriptionId, "resourceGroups", group, "providers", "Microsoft.Web", "sites", site];
  return ["/subscriptions", ...names.map(encodeURIComponent)].join("/");
}
