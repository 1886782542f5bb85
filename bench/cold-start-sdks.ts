/** The SDKs with what the app uses of them, and nothing else: the least that a bundle of the app can be, and can hold in memory. */
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import {
  createHttpHeaders,
  createPipelineRequest,
  exponentialRetryPolicy,
  RestError,
  systemErrorRetryPolicy,
} from "@azure/core-rest-pipeline";
import { odata, TableClient } from "@azure/data-tables";
import { app } from "@azure/functions";
import { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";
import { QueueClient } from "@azure/storage-queue";

const used = [
  AuthorizationManagementClient,
  ContainerRegistryManagementClient,
  AzureMachineLearningWorkspaces,
  createHttpHeaders,
  createPipelineRequest,
  exponentialRetryPolicy,
  RestError,
  systemErrorRetryPolicy,
  odata,
  TableClient,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  QueueClient,
];

app.http("sdks", { authLevel: "anonymous", handler: () => ({ jsonBody: used.length }) });
