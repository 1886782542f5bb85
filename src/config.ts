import * as z from "zod/mini";
import type { ArmSettings } from "./azure/arm.ts";
import type { CredentialKind } from "./azure/credential.ts";
import { defaultWaits, type Policy, type Waits } from "./core/policy.ts";
import { secretLike } from "./setting-values.ts";
import { type Environment, secret, settingNames, Settings } from "./settings.ts";
import type { StorageSettings } from "./storage/connection.ts";
import { defaultHoldMs } from "./storage/sweeps.ts";

/** Everything that the app settings say, validated and frozen. */
export interface Config {
  /** Its subscriptions are those that are named; what lies in management groups is found later. */
  readonly policy: Policy;
  /** Names in lower case, each once: whatever subscription lies in one of them, or below, is looked after as well. */
  readonly managementGroups: readonly string[];
  readonly arm: ArmSettings;
  /** Whom tokens are asked for that a registry exchanges for its own. */
  readonly registryAudience: string;
  readonly credential: { readonly kind: CredentialKind; readonly clientId?: string };
  readonly storage: StorageSettings;
  readonly leaseSeconds: number;
  readonly freshness: FreshnessSettings;
  /** Where what people want to be told is published; absent when nothing is. */
  readonly notices?: NoticeSettings;
}

export interface NoticeSettings {
  /** Of an Event Grid topic, with its path. */
  readonly topicEndpoint: string;
  /** Where people look at resources, without a slash at the end. */
  readonly portal: string;
}

/** When the app counts as behind. */
export interface FreshnessSettings {
  /** The sweep's NCRONTAB schedule. */
  readonly schedule: string;
  /** How long after its time a sweep may come to its end, in milliseconds. */
  readonly sweepGraceMs: number;
  /** How long after it was last heard of a sweep counts as dead, in milliseconds. */
  readonly sweepHoldMs: number;
  /** How long a message may wait to be taken, in milliseconds. */
  readonly backlogMs: number;
}

/** Lists every setting that is wrong, with what was found and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `${problems.length} problem(s) in the app settings:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

/**
 * Endpoints and token audiences of Azure Resource Manager (Microsoft Learn, "Compare Azure Government and global Azure", "Azure
 * China developer guide"), the portals ("National clouds"), and the audience of registries: in the global cloud they have their own, which lets in also where
 * tokens for ARM may not log in; for the others `KnownContainerRegistryAudience` of the SDK knows that of ARM only.
 */
const clouds = {
  AzureCloud: {
    endpoint: "https://management.azure.com",
    audience: "https://management.azure.com",
    registryAudience: "https://containerregistry.azure.net",
    portal: "https://portal.azure.com",
  },
  AzureUSGovernment: {
    endpoint: "https://management.usgovcloudapi.net",
    audience: "https://management.usgovcloudapi.net",
    registryAudience: "https://management.usgovcloudapi.net",
    portal: "https://portal.azure.us",
  },
  AzureChinaCloud: {
    endpoint: "https://management.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
    registryAudience: "https://management.chinacloudapi.cn",
    portal: "https://portal.azure.cn",
  },
} as const;

/**
 * Reads and checks all settings.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(environment: Environment): Config {
  // An empty app setting is how portals and templates leave one out.
  const given = Object.fromEntries(
    settingNames.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  const result = Settings.safeParse(given);
  const problems = result.success ? [] : result.error.issues.map((issue) => problem(issue, given));
  if (given["REMEDIATOR_SUBSCRIPTIONS"] === undefined && given["REMEDIATOR_MANAGEMENT_GROUPS"] === undefined)
    problems.push(
      "REMEDIATOR_SUBSCRIPTIONS and REMEDIATOR_MANAGEMENT_GROUPS: neither is set. Allowed: at least one of them, so that there is something to look after.",
    );
  const rules = result.success ? result.data.REMEDIATOR_REGISTRY_RULES : given["REMEDIATOR_REGISTRY_RULES"];
  if (given["REMEDIATOR_DEFAULT_REGISTRY"] === undefined && (rules === undefined || rules.length === 0))
    problems.push(
      "REMEDIATOR_DEFAULT_REGISTRY and REMEDIATOR_REGISTRY_RULES: neither names a registry. Allowed: at least one of them, so that there is a registry to attach.",
    );
  const scale = Settings.shape.REMEDIATOR_WAIT_SCALE.safeParse(given["REMEDIATOR_WAIT_SCALE"]).data ?? 1;
  if (scale < 1 && isAzureItself(given["REMEDIATOR_ARM_ENDPOINT"]))
    problems.push(
      `REMEDIATOR_WAIT_SCALE: found ${scale}. Allowed: 1 or more against Azure itself, which shorter waits would flood; less only with another REMEDIATOR_ARM_ENDPOINT, for tests.`,
    );
  const storage = storageSettings(given);
  if (typeof storage === "string") problems.push(storage);
  if (!result.success || problems.length > 0 || typeof storage === "string") throw new ConfigError(problems);

  const settings = result.data;
  const cloud = clouds[settings.REMEDIATOR_CLOUD];
  const { REMEDIATOR_DEFAULT_REGISTRY: defaultRegistry, AZURE_CLIENT_ID: clientId } = settings;
  const { REMEDIATOR_ALLOWED_IDENTITY_SCOPES: allowedIdentityScopes } = settings;
  const { REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: topicEndpoint } = settings;
  return deepFreeze({
    policy: {
      mode: settings.REMEDIATOR_MODE,
      subscriptions: settings.REMEDIATOR_SUBSCRIPTIONS,
      ...(defaultRegistry === undefined ? {} : { defaultRegistry }),
      rules: settings.REMEDIATOR_REGISTRY_RULES,
      attach: settings.REMEDIATOR_ATTACH,
      pullPrincipals: settings.REMEDIATOR_PULL_PRINCIPALS,
      ...(allowedIdentityScopes === undefined ? {} : { allowedIdentityScopes }),
      adminUserRegistries: settings.REMEDIATOR_ADMIN_USER_REGISTRIES,
      prune: settings.REMEDIATOR_PRUNE === "on",
      firstSight: settings.REMEDIATOR_FIRST_SIGHT,
      contestRounds: settings.REMEDIATOR_CONTEST_ROUNDS,
      requiredImages: settings.REMEDIATOR_REQUIRED_IMAGES,
      waits: waits(settings),
    },
    managementGroups: settings.REMEDIATOR_MANAGEMENT_GROUPS,
    arm: {
      endpoint: settings.REMEDIATOR_ARM_ENDPOINT ?? cloud.endpoint,
      audience: settings.REMEDIATOR_ARM_AUDIENCE ?? settings.REMEDIATOR_ARM_ENDPOINT ?? cloud.audience,
    },
    registryAudience: cloud.registryAudience,
    credential: { kind: settings.REMEDIATOR_CREDENTIAL, ...(clientId === undefined ? {} : { clientId }) },
    storage,
    leaseSeconds: settings.REMEDIATOR_LEASE_SECONDS,
    freshness: {
      schedule: settings.REMEDIATOR_SWEEP_SCHEDULE,
      sweepGraceMs: 3_600_000 * settings.REMEDIATOR_WAIT_SCALE,
      sweepHoldMs: defaultHoldMs * settings.REMEDIATOR_WAIT_SCALE,
      backlogMs: 15 * 60_000 * settings.REMEDIATOR_WAIT_SCALE,
    },
    ...(topicEndpoint === undefined ? {} : { notices: { topicEndpoint, portal: cloud.portal } }),
  });
}

function isAzureItself(armEndpoint: string | undefined): boolean {
  const origin = Settings.shape.REMEDIATOR_ARM_ENDPOINT.safeParse(armEndpoint).data;
  return armEndpoint === undefined || Object.values(clouds).some(({ endpoint }) => endpoint === origin);
}

function waits(settings: z.infer<typeof Settings>): Waits {
  const scale = settings.REMEDIATOR_WAIT_SCALE;
  const unscaled = {
    ...defaultWaits,
    deadlineMs: settings.REMEDIATOR_DEADLINE_HOURS * 3_600_000,
    blockedRecheckMs: settings.REMEDIATOR_RECHECK_MINUTES * 60_000,
    recheckAfterMs: settings.REMEDIATOR_RECHECK_AFTER_DAYS * 24 * 3_600_000,
  };
  // How long one reconcile stays with an operation is no wait of the schedule: it bounds the use of an instance.
  return {
    deadlineMs: unscaled.deadlineMs * scale,
    youngPermissionMs: unscaled.youngPermissionMs * scale,
    blockedRecheckMs: unscaled.blockedRecheckMs * scale,
    recheckAfterMs: unscaled.recheckAfterMs * scale,
    followUpMs: unscaled.followUpMs * scale,
    contestMs: unscaled.contestMs * scale,
    staleReadMs: unscaled.staleReadMs * scale,
    pruneMs: unscaled.pruneMs * scale,
    backOffMs: unscaled.backOffMs * scale,
    backOffMaxMs: unscaled.backOffMaxMs * scale,
    betweenReconcilesMs: unscaled.betweenReconcilesMs * scale,
    firstSyncMs: unscaled.firstSyncMs * scale,
    leaseHeldMs: unscaled.leaseHeldMs * scale,
    operationMs: unscaled.operationMs,
  };
}

function storageSettings(given: Environment): StorageSettings | string {
  if (given[secret] !== undefined) return { kind: "connectionString", connectionString: given[secret] };
  const {
    AzureWebJobsStorage__queueServiceUri: queueServiceUri,
    AzureWebJobsStorage__tableServiceUri: tableServiceUri,
  } = given;
  if (queueServiceUri !== undefined && tableServiceUri !== undefined)
    return { kind: "identity", queueServiceUri, tableServiceUri };
  return "AzureWebJobsStorage: not set. Allowed: a connection string, or both AzureWebJobsStorage__queueServiceUri and AzureWebJobsStorage__tableServiceUri to use the app's identity.";
}

function problem(issue: z.core.$ZodIssue, given: Environment): string {
  const name = String(issue.path[0]);
  return `${name}: ${found(name, given[name])}. Allowed: ${issue.message}.`;
}

function found(name: string, value: string | undefined): string {
  if (value === undefined) return "not set";
  if (name === secret) return "found something else (not shown)";
  if (secretLike.test(value)) return "found what looks like a secret (not shown)";
  return `found ${JSON.stringify(value.slice(0, 200))}`;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
