import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import type { TokenCredential } from "@azure/core-auth";
import {
  exponentialRetryPolicy,
  type Pipeline,
  type PipelinePolicy,
  systemErrorRetryPolicy,
} from "@azure/core-rest-pipeline";

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

/** The SDK clients, made when they are first needed and kept per subscription: they hold the token and the connections. */
export class Arm {
  readonly settings: ArmSettings;
  readonly #credential: TokenCredential;
  readonly #kept = new Map<string, unknown>();

  constructor(settings: ArmSettings, credential: TokenCredential) {
    this.settings = settings;
    this.#credential = credential;
  }

  /** For reads. A lost connection or a 5xx is tried again at once; being throttled is not, the schedule waits instead. */
  machineLearning(subscriptionId: string): AzureMachineLearningWorkspaces {
    return this.#keep(`machineLearning ${subscriptionId}`, () =>
      withReadRetries(this.#newMachineLearning(subscriptionId)),
    );
  }

  /** For one write, which is sent once; `policy` watches it. */
  machineLearningWriter(subscriptionId: string, policy: PipelinePolicy): AzureMachineLearningWorkspaces {
    const client = this.#newMachineLearning(subscriptionId);
    client.pipeline.addPolicy(policy);
    return withTimeout(client);
  }

  /** For reads, as {@link machineLearning}. */
  authorization(subscriptionId: string): AuthorizationManagementClient {
    return this.#keep(`authorization ${subscriptionId}`, () =>
      withReadRetries(new AuthorizationManagementClient(this.#credential, subscriptionId, this.#options())),
    );
  }

  /** For writes, each sent once. */
  authorizationWriter(subscriptionId: string): AuthorizationManagementClient {
    return this.#keep(`authorizationWriter ${subscriptionId}`, () =>
      withTimeout(new AuthorizationManagementClient(this.#credential, subscriptionId, this.#options())),
    );
  }

  /** For reads, as {@link machineLearning}. */
  containerRegistry(subscriptionId: string): ContainerRegistryManagementClient {
    const { endpoint, audience } = this.settings;
    return this.#keep(`containerRegistry ${subscriptionId}`, () =>
      withReadRetries(
        new ContainerRegistryManagementClient(this.#credential, subscriptionId, {
          endpoint,
          credentials: { scopes: [`${audience}/.default`] },
          retryOptions: { maxRetries: 0 },
        }),
      ),
    );
  }

  #newMachineLearning(subscriptionId: string): AzureMachineLearningWorkspaces {
    const options = { ...this.#options(), apiVersion: workspaceApiVersion };
    return new AzureMachineLearningWorkspaces(this.#credential, subscriptionId, options);
  }

  #options(): { endpoint: string; credentialScopes: string; retryOptions: { maxRetries: number } } {
    const { endpoint, audience } = this.settings;
    return { endpoint, credentialScopes: `${audience}/.default`, retryOptions: { maxRetries: 0 } };
  }

  #keep<Client>(key: string, make: () => Client): Client {
    const kept = (this.#kept.get(key.toLowerCase()) ?? make()) as Client;
    this.#kept.set(key.toLowerCase(), kept);
    return kept;
  }
}

/** How long one request may take, in milliseconds: half as long as the shortest lease that is advised. */
const requestTimeoutMs = 25_000;

/** A peer that never answers must not hold a worker. */
const timeoutPolicy: PipelinePolicy = {
  name: "requestTimeout",
  sendRequest: (request, next) => {
    request.timeout = requestTimeoutMs;
    return next(request);
  },
};

function withTimeout<Client extends { pipeline: Pipeline }>(client: Client): Client {
  client.pipeline.addPolicy(timeoutPolicy);
  return client;
}

function withReadRetries<Client extends { pipeline: Pipeline }>(client: Client): Client {
  const pace = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  withTimeout(client).pipeline.addPolicy(exponentialRetryPolicy(pace), { phase: "Retry" });
  client.pipeline.addPolicy(systemErrorRetryPolicy(pace), { phase: "Retry" });
  return client;
}
