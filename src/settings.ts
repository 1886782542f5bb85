import * as z from "zod/mini";
import {
  connectionString,
  guid,
  httpsOrigin,
  identityScopes,
  managementGroups,
  number,
  oneOf,
  parsed,
  pullers,
  registryId,
  registryIds,
  registryRules,
  secretInside,
  subscriptionIds,
  topicEndpoint,
  wholeNumber,
} from "./setting-values.ts";
import { requiredImages } from "./required-images.ts";
import { defaultSchedule, parseSchedule } from "./sweep-schedule.ts";

/** The app settings as they come, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What each setting may say, and what is taken where it says nothing. */
export const Settings = z.object({
  REMEDIATOR_MODE: z._default(oneOf("audit", "enforce"), "audit"),
  REMEDIATOR_SUBSCRIPTIONS: z._default(parsed("subscription ids, separated by commas", subscriptionIds), []),
  REMEDIATOR_MANAGEMENT_GROUPS: z._default(
    parsed("names of management groups, separated by commas", managementGroups),
    [],
  ),
  REMEDIATOR_DEFAULT_REGISTRY: z.optional(parsed("the ARM id of a container registry", registryId)),
  REMEDIATOR_REGISTRY_RULES: z._default(
    parsed("a JSON array of {subscriptionId?, resourceGroup?, location?, registryIds}", registryRules),
    [],
  ),
  REMEDIATOR_ATTACH: z._default(oneOf("whenMissing", "replace", "never"), "whenMissing"),
  REMEDIATOR_PULL_PRINCIPALS: z._default(
    parsed("workspace, compute, endpoint, or some of them, separated by commas", pullers),
    ["workspace", "compute", "endpoint"],
  ),
  REMEDIATOR_ALLOWED_IDENTITY_SCOPES: z.optional(
    parsed("ids of subscriptions, resource groups or user-assigned identities, separated by commas", identityScopes),
  ),
  REMEDIATOR_ADMIN_USER_REGISTRIES: z._default(
    parsed("ARM ids of container registries, separated by commas", registryIds),
    [],
  ),
  REMEDIATOR_PRUNE: z._default(oneOf("off", "on"), "off"),
  REMEDIATOR_FIRST_SIGHT: z._default(oneOf("sync", "adopt"), "sync"),
  REMEDIATOR_REQUIRED_IMAGES: z._default(parsed("a JSON array of {image, importFrom?}", requiredImages), []),
  REMEDIATOR_CONTEST_ROUNDS: z._default(wholeNumber(1, 100), 5),
  REMEDIATOR_DEADLINE_HOURS: z._default(number(1, 24 * 14), 24),
  REMEDIATOR_RECHECK_MINUTES: z._default(number(5, 24 * 60), 60),
  REMEDIATOR_RECHECK_AFTER_DAYS: z._default(number(1, 90), 7),
  REMEDIATOR_WAIT_SCALE: z._default(number(0.001, 10), 1),
  REMEDIATOR_LEASE_SECONDS: z._default(number(5, 300), 60),
  REMEDIATOR_SWEEP_SCHEDULE: z._default(
    parsed("six fields, seconds first, e.g. 0 30 2 * * *", parseSchedule),
    defaultSchedule,
  ),
  REMEDIATOR_CREDENTIAL: z._default(oneOf("managedIdentity", "developer"), "managedIdentity"),
  REMEDIATOR_CLOUD: z._default(oneOf("AzureCloud", "AzureUSGovernment", "AzureChinaCloud"), "AzureCloud"),
  REMEDIATOR_ARM_ENDPOINT: z.optional(parsed("an https url without path", httpsOrigin)),
  REMEDIATOR_ARM_AUDIENCE: z.optional(parsed("an https url without path", httpsOrigin)),
  REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: z.optional(
    parsed("an https url that ends with /api/events, without a query", topicEndpoint),
  ),
  AZURE_CLIENT_ID: z.optional(parsed("the client id (a GUID) of a user-assigned identity", guid)),
  AzureWebJobsStorage: z.optional(
    parsed(
      "a connection string with AccountName and AccountKey, or QueueEndpoint, TableEndpoint and SharedAccessSignature, or UseDevelopmentStorage=true",
      connectionString,
    ),
  ),
  AzureWebJobsStorage__queueServiceUri: z.optional(parsed("an https url without path", httpsOrigin)),
  AzureWebJobsStorage__tableServiceUri: z.optional(parsed("an https url without path", httpsOrigin)),
});

/** The names of all settings that are read. */
export const settingNames: readonly string[] = Object.keys(Settings.shape);

/** The setting whose value is never shown. */
export const secret = "AzureWebJobsStorage";

/** A setting as people see it. */
export interface SettingView {
  readonly name: string;
  /** Absent where there is none, or it is a secret. */
  readonly value?: string;
  /** `nowhere`: it is not set, and there is no default. */
  readonly from: "setting" | "default" | "nowhere";
}

/** Each setting with its value, or the default that is taken instead, as it is shown to people: without secrets. */
export function settingsOf(environment: Environment): readonly SettingView[] {
  return settingNames.map((name) => {
    const value = environment[name] ?? "";
    if (value !== "") return { name, from: "setting", ...(isSecret(name, value) ? {} : { value }) };
    const fallback = Settings.shape[name as keyof typeof Settings.shape].safeParse(undefined).data;
    return fallback === undefined ? { name, from: "nowhere" } : { name, from: "default", value: textOf(fallback) };
  });
}

/** Also one that was put where it does not belong. */
function isSecret(name: string, value: string): boolean {
  return name === secret || secretInside.test(value);
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
