import { guidFrom } from "./directory.ts";
import type { Resource } from "./resource.ts";
import {
  APPLICATION_INSIGHTS,
  COMPUTE,
  KEY_VAULT,
  LOG_ANALYTICS,
  ONLINE_ENDPOINT,
  REGISTRY,
  STORAGE_ACCOUNT,
  TOPIC,
  USER_ASSIGNED_IDENTITY,
  WORKSPACE,
} from "./resource-types.ts";

/** What each service fills in when a property is not given. Field names: the services' OpenAPI specifications. */
export const defaults: Readonly<Record<string, (name: string, id: string, createdAt: string) => Partial<Resource>>> = {
  [WORKSPACE]: (name, id) => ({
    kind: "Default",
    sku: { name: "Basic", tier: "Basic" },
    properties: {
      friendlyName: name,
      description: "",
      publicNetworkAccess: "Enabled",
      workspaceId: guidFrom(`workspace ${id.toLowerCase()}`),
      hbiWorkspace: false,
    },
  }),
  [REGISTRY]: (_name, _id, createdAt) => ({
    sku: { name: "Premium", tier: "Premium" },
    properties: {
      creationDate: createdAt,
      provisioningState: "Succeeded",
      adminUserEnabled: false,
      policies: { azureADAuthenticationAsArmPolicy: { status: "enabled" } },
      dataEndpointEnabled: false,
      dataEndpointHostNames: [],
      privateEndpointConnections: [],
      publicNetworkAccess: "Enabled",
      networkRuleBypassOptions: "AzureServices",
      zoneRedundancy: "Disabled",
      anonymousPullEnabled: false,
      roleAssignmentMode: "LegacyRegistryPermissions",
    },
  }),
  [COMPUTE]: (_name, _id, createdAt) => ({
    properties: {
      computeType: "AmlCompute",
      description: "",
      createdOn: createdAt,
      modifiedOn: createdAt,
      isAttachedCompute: false,
      disableLocalAuth: true,
    },
  }),
  [ONLINE_ENDPOINT]: (name) => ({
    kind: "Managed",
    properties: {
      authMode: "Key",
      publicNetworkAccess: "Enabled",
      properties: {},
      traffic: {},
      scoringUri: `https://${name.toLowerCase()}.westeurope.inference.ml.azure.com/score`,
      swaggerUri: `https://${name.toLowerCase()}.westeurope.inference.ml.azure.com/swagger.json`,
    },
  }),
  [STORAGE_ACCOUNT]: (_name, _id, createdAt) => ({
    kind: "StorageV2",
    sku: { name: "Standard_LRS", tier: "Standard" },
    properties: {
      provisioningState: "Succeeded",
      creationTime: createdAt,
      keyCreationTime: { key1: createdAt, key2: createdAt },
    },
  }),
  [KEY_VAULT]: (name) => ({
    properties: { provisioningState: "Succeeded", vaultUri: `https://${name.toLowerCase()}.vault.azure.net/` },
  }),
  [APPLICATION_INSIGHTS]: () => ({ kind: "web", properties: { provisioningState: "Succeeded" } }),
  [LOG_ANALYTICS]: () => ({ properties: { provisioningState: "Succeeded" } }),
  [TOPIC]: () => ({
    properties: {
      provisioningState: "Succeeded",
      inputSchema: "CloudEventSchemaV1_0",
      publicNetworkAccess: "Enabled",
      disableLocalAuth: true,
    },
  }),
  [USER_ASSIGNED_IDENTITY]: (_name, id) => ({
    properties: {
      principalId: guidFrom(`principal ${id.toLowerCase()}`),
      clientId: guidFrom(`client ${id.toLowerCase()}`),
    },
  }),
};
