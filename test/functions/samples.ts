/** Events as Event Grid sends them for a subscription (Microsoft Learn, "Azure subscription as an Event Grid source"). */

export const subscriptionId = "11111111-1111-4111-8111-111111111111";
export const resourceUri = `/subscriptions/${subscriptionId}/resourcegroups/ml/providers/Microsoft.MachineLearningServices/workspaces/alpha`;
export const actor = "0a000000-0000-4000-8000-00000000000a";

const data = {
  authorization: {
    scope: resourceUri,
    action: "Microsoft.MachineLearningServices/workspaces/write",
    evidence: { role: "Contributor", roleAssignmentScope: `/subscriptions/${subscriptionId}` },
  },
  claims: {
    aud: "https://management.core.windows.net/",
    appid: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    name: "Ada",
    "http://schemas.microsoft.com/identity/claims/objectidentifier": actor,
    "http://schemas.microsoft.com/identity/claims/tenantid": "72f988bf-0000-4000-8000-2d7cd011db47",
  },
  correlationId: "7be4f4a4-0000-4000-8000-000000000000",
  httpRequest: {
    clientRequestId: "",
    clientIpAddress: "203.0.113.7",
    method: "PUT",
    url: "https://management.azure.com",
  },
  resourceProvider: "Microsoft.MachineLearningServices",
  resourceUri,
  operationName: "Microsoft.MachineLearningServices/workspaces/write",
  status: "Succeeded",
  subscriptionId,
  tenantId: "72f988bf-0000-4000-8000-2d7cd011db47",
};

export const eventGridEvent = {
  id: "c91a1b8e-0000-4000-8000-000000000001",
  topic: `/subscriptions/${subscriptionId}`,
  subject: resourceUri,
  eventType: "Microsoft.Resources.ResourceWriteSuccess",
  eventTime: "2026-03-01T12:00:00.1234567Z",
  dataVersion: "2",
  metadataVersion: "1",
  data,
};

export const cloudEvent = {
  id: "c91a1b8e-0000-4000-8000-000000000001",
  source: `/subscriptions/${subscriptionId}`,
  specversion: "1.0",
  subject: resourceUri,
  type: "Microsoft.Resources.ResourceWriteSuccess",
  time: "2026-03-01T12:00:00.1234567Z",
  data,
};

/** The sample with one field, named by its path, replaced or (with undefined) left out. */
export function having(sample: object, path: string, value: unknown): object {
  const [first = "", ...rest] = path.split(".");
  const fields = sample as Record<string, unknown>;
  const inner = rest.length === 0 ? value : having(fields[first] as object, rest.join("."), value);
  return JSON.parse(JSON.stringify({ ...fields, [first]: inner })) as object;
}
