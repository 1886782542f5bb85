import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import type { TokenCredential } from "@azure/core-auth";
import type { Pipeline, PipelinePolicy } from "@azure/core-rest-pipeline";
import type { Clock } from "../core/ports.ts";
import { silent, type Telemetry } from "../telemetry/telemetry.ts";
import { budgetPolicy } from "./budget-policy.ts";
import { readRetries } from "./read-retries.ts";
import { telemetryPolicy } from "./telemetry-policy.ts";

/** Where Azure Resource Manager is, and for whom tokens are asked: differs between clouds. */
export interface ArmSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly audience: string;
}

/**
 * The newest stable api-version of workspaces whose body has `kind` and `hubResourceId`; the SDK's default (2022-10-01) has
 * neither (azure-rest-api-specs, Microsoft.MachineLearningServices/stable/2024-10-01/workspaceRP.json).
 */
export const workspaceApiVersion = "2024-10-01";

/** How long one request may take whatever the lease, in milliseconds: a peer that never answers must not hold a worker. */
const longestRequestMs = 25_000;

/**
 * How long one request may take under a lease, in milliseconds: half of it, 25 s at most. A lease is renewed at a third of its
 * length and given up a sixth before its end (`storage/lease.ts`), so while renewing goes well at least 5/6 − 1/3 = 1/2 of it is
 * certain: a write that begins then can end before the lease is given up, even when no further renewal succeeds. One that begins
 * later than that is cut off by the lease's signal.
 */
export function requestMsUnder(leaseSeconds: number): number {
  return Math.min(longestRequestMs, (leaseSeconds * 1_000) / 2);
}

/**
 * The SDK clients, made when they are first needed and kept per subscription: they hold the token and the connections. All of
 * them share one budget of requests for each subscription.
 */
export class Arm {
  readonly settings: ArmSettings;
  readonly credential: TokenCredential;
  readonly #timeout: PipelinePolicy;
  readonly #budget: PipelinePolicy;
  readonly #telemetry: PipelinePolicy;
  readonly #kept = new Map<string, unknown>();

  /** @param requestMs how long one request may take, in milliseconds */
  constructor(
    settings: ArmSettings,
    credential: TokenCredential,
    clock: Pick<Clock, "now">,
    requestMs = longestRequestMs,
    telemetry: Telemetry = silent,
  ) {
    this.settings = settings;
    this.credential = credential;
    this.#timeout = timeoutPolicy(requestMs);
    this.#budget = budgetPolicy(settings.endpoint, clock, () => {
      telemetry.count("throttles", { by: "restraint" });
    });
    this.#telemetry = telemetryPolicy(telemetry, "armCalls");
  }

  /** For reads. A lost connection or a 5xx is tried again at once; being throttled is not, the schedule waits instead. */
  machineLearning(subscriptionId: string): AzureMachineLearningWorkspaces {
    return this.#keep(`machineLearning ${subscriptionId}`, () =>
      this.forReads(this.#newMachineLearning(subscriptionId)),
    );
  }

  /** For one write, which is sent once; `policy` watches it. */
  machineLearningWriter(subscriptionId: string, policy: PipelinePolicy): AzureMachineLearningWorkspaces {
    const client = this.#newMachineLearning(subscriptionId);
    client.pipeline.addPolicy(policy);
    return this.#forWrites(client);
  }

  /** For reads, as {@link machineLearning}. */
  authorization(subscriptionId: string): AuthorizationManagementClient {
    return this.#keep(`authorization ${subscriptionId}`, () =>
      this.forReads(new AuthorizationManagementClient(this.credential, subscriptionId, this.#options())),
    );
  }

  /** For writes, each sent once. */
  authorizationWriter(subscriptionId: string): AuthorizationManagementClient {
    return this.#keep(`authorizationWriter ${subscriptionId}`, () =>
      this.#forWrites(new AuthorizationManagementClient(this.credential, subscriptionId, this.#options())),
    );
  }

  /** For reads, as {@link machineLearning}. */
  containerRegistry(subscriptionId: string): ContainerRegistryManagementClient {
    return this.#keep(`containerRegistry ${subscriptionId}`, () =>
      this.forReads(this.#newContainerRegistry(subscriptionId)),
    );
  }

  /** For writes, each sent once. */
  containerRegistryWriter(subscriptionId: string): ContainerRegistryManagementClient {
    return this.#keep(`containerRegistryWriter ${subscriptionId}`, () =>
      this.#forWrites(this.#newContainerRegistry(subscriptionId)),
    );
  }

  /** For one write that Azure may go on with, as {@link machineLearningWriter}. */
  containerRegistryFollower(subscriptionId: string, policy: PipelinePolicy): ContainerRegistryManagementClient {
    const client = this.#newContainerRegistry(subscriptionId);
    client.pipeline.addPolicy(policy);
    return this.#forWrites(client);
  }

  #newContainerRegistry(subscriptionId: string): ContainerRegistryManagementClient {
    const { endpoint, audience } = this.settings;
    return new ContainerRegistryManagementClient(this.credential, subscriptionId, {
      endpoint,
      credentials: { scopes: [`${audience}/.default`] },
      retryOptions: { maxRetries: 0 },
    });
  }

  #newMachineLearning(subscriptionId: string): AzureMachineLearningWorkspaces {
    const options = { ...this.#options(), apiVersion: workspaceApiVersion };
    return new AzureMachineLearningWorkspaces(this.credential, subscriptionId, options);
  }

  #options(): { endpoint: string; credentialScopes: string; retryOptions: { maxRetries: number } } {
    const { endpoint, audience } = this.settings;
    return { endpoint, credentialScopes: `${audience}/.default`, retryOptions: { maxRetries: 0 } };
  }

  /** Sent once, and bounded in time and number; the budget lies next to the network, where retries pass as well, and what tells of requests behind it. */
  #forWrites<Client extends { pipeline: Pipeline }>(client: Client): Client {
    client.pipeline.addPolicy(this.#timeout);
    client.pipeline.addPolicy(this.#budget, { afterPhase: "Sign" });
    client.pipeline.addPolicy(this.#telemetry, { afterPhase: "Sign", afterPolicies: [this.#budget.name] });
    return client;
  }

  /** For reads of one more kind, with a client that retries nothing itself. */
  forReads<Client extends { pipeline: Pipeline }>(client: Client): Client {
    const { pipeline } = this.#forWrites(client);
    for (const policy of readRetries()) pipeline.addPolicy(policy, { phase: "Retry" });
    return client;
  }

  #keep<Client>(key: string, make: () => Client): Client {
    const kept = (this.#kept.get(key.toLowerCase()) ?? make()) as Client;
    this.#kept.set(key.toLowerCase(), kept);
    return kept;
  }
}

function timeoutPolicy(requestMs: number): PipelinePolicy {
  return {
    name: "requestTimeout",
    sendRequest: (request, next) => {
      request.timeout = requestMs;
      return next(request);
    },
  };
}
