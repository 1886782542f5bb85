/** Events that nobody can read or route. */
import {
  cloudEventOf,
  deleteOperation,
  eventOf,
  foreignSubscriptionId,
  registryId,
  storageId,
  subscriptionId,
  workspaceIdOf,
  writeOperation,
} from "./cast.ts";

/** Whatever comes here must lead to nothing, so the workspace that the bodies name is one that needs everything. */
export const victim = workspaceIdOf("victim");
export const group = `/subscriptions/${subscriptionId}/resourceGroups/ml-team`;
export const provider = "Microsoft.MachineLearningServices/workspaces";

export type Json = Record<string, unknown>;

const valid = eventOf(victim);
const cloud = cloudEventOf(victim);

export function event(changes: Json): Json {
  return { ...valid, ...changes };
}

export function about(resourceUri: unknown): Json {
  return withData({ resourceUri });
}

export function without(name: string, from: Json): Json {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
}

function withData(changes: Json): Json {
  return event({ data: { ...valid.data, ...changes } });
}

/** The success of another operation. */
function success(operationName: string, resourceUri: string, eventTime = valid.eventTime): Json {
  const verb = operationName.split("/").at(-1) ?? "";
  const eventType = `Microsoft.Resources.Resource${verb.charAt(0).toUpperCase()}${verb.slice(1)}Success`;
  return { ...withData({ operationName, resourceUri }), eventType, eventTime };
}

const named = (name: string): Json => about(`${group}/providers/${provider}/${name}`);
const withoutData = (name: string): Json => event({ data: without(name, valid.data) });
const deep = JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`) as unknown;
const rotateKey = "Microsoft.Storage/storageAccounts/regenerateKey/action";
const rotateCredential = "Microsoft.ContainerRegistry/registries/regenerateCredential/action";
const assignmentDelete = "Microsoft.Authorization/roleAssignments/delete";

/** What is wrong, the body, and what the message that it is kept with names; by the reason it is kept with. */
export const malformedEvents: Readonly<
  Record<string, readonly (readonly [what: string, body: Json, names: string])[]>
> = {
  Unreadable: [
    ["nothing in it", {}, "id: expected a text"],
    ["no id", without("id", valid), "id: expected a text"],
    ["an empty id", event({ id: "" }), "id: expected a text of 1 to 2048 characters"],
    ["a number for its id", event({ id: 7 }), "id: expected a text"],
    ["an id of a hundred thousand characters", event({ id: "x".repeat(100_000) }), "id: expected a text of 1 to 2048"],
    ["no type", without("eventType", valid), "eventType: "],
    ["null for its type", event({ eventType: null }), "eventType: "],
    ["an array for its type", event({ eventType: [valid.eventType] }), "eventType: "],
    ["no time", without("eventTime", valid), "eventTime: "],
    ["a number for its time", event({ eventTime: 1_800_000_000 }), "eventTime: "],
    ["no data", without("data", valid), "data: expected an object"],
    ["null for its data", event({ data: null }), "data: expected an object"],
    ["text for its data", event({ data: JSON.stringify(valid.data) }), "data: expected an object"],
    ["an array for its data", event({ data: [valid.data] }), "data: expected an object"],
    ["no operation", withoutData("operationName"), "data.operationName: "],
    ["a number for its operation", withData({ operationName: 1 }), "data.operationName: "],
    ["an object that calls itself an operation", withData({ operationName: { toString: "x" } }), "data.operationName"],
    ["no resource", withoutData("resourceUri"), "data.resourceUri: "],
    ["an object for its resource", about({ id: victim }), "data.resourceUri: "],
    ["an empty resource", about(""), "data.resourceUri: "],
    ["a resource of a hundred thousand characters", about(`${victim}${"x".repeat(100_000)}`), "data.resourceUri: "],
    ["a later version of CloudEvents", { ...cloud, specversion: "2.0" }, 'specversion: expected "1.0"'],
    ["a number for its version", { ...cloud, specversion: 1 }, 'specversion: expected "1.0"'],
    ["a CloudEvent's envelope without a type", without("type", cloud), "CloudEvents 1.0: type: "],
    ["a CloudEvent's envelope without a time", without("time", cloud), "CloudEvents 1.0: time: "],
    ["a CloudEvent's envelope without data", without("data", cloud), "CloudEvents 1.0: data: "],
    ["its data in base64", { ...without("data", cloud), data_base64: "e30=" }, "CloudEvents 1.0: data: "],
    [
      "the question for a validation code",
      event({ eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", data: { validationCode: "1" } }),
      "data.operationName: ",
    ],
    ["a whole event in its prototype", JSON.parse(`{"__proto__": ${JSON.stringify(valid)}}`) as Json, "id: "],
    ["a thousand levels and no id", { ...without("id", valid), deep }, "id: "],
    ["half a megabyte and no id", { ...without("id", valid), padding: "ä".repeat(500_000) }, "id: "],
  ],
  UnknownOperation: [
    ["the operation of nobody", withData({ operationName: "__proto__" }), '"__proto__". Narrow the event subscription'],
    ["the operation of a job", withData({ operationName: `${provider}/jobs/write` }), "jobs/write"],
    [
      "the operation of a deployment",
      withData({ operationName: "Microsoft.Resources/deployments/write" }),
      "deployments",
    ],
    ["a blank after its operation", withData({ operationName: `${writeOperation} ` }), 'workspaces/write "'],
    [
      "a letter of another alphabet in its operation",
      withData({ operationName: writeOperation.replace("M", "\u041c") }),
      "No route",
    ],
  ],
  NotASuccess: [
    ["a failed write", event({ eventType: "Microsoft.Resources.ResourceWriteFailure" }), "ResourceWriteFailure"],
    ["a cancelled write", event({ eventType: "Microsoft.Resources.ResourceWriteCancel" }), "ResourceWriteCancel"],
    [
      "a delete whose type is that of a write",
      withData({ operationName: deleteOperation }),
      "only Microsoft.Resources.ResourceDeleteSuccess leads",
    ],
    ["the type of another world", event({ eventType: "Microsoft.Storage.BlobCreated" }), "BlobCreated"],
  ],
  SubscriptionNotInPolicy: [
    [
      "a workspace of a foreign subscription",
      about(workspaceIdOf("victim", foreignSubscriptionId)),
      "REMEDIATOR_SUBSCRIPTIONS",
    ],
    [
      "a compute of a foreign subscription",
      success(`${provider}/computes/write`, `${workspaceIdOf("victim", foreignSubscriptionId)}/computes/cpu`),
      "REMEDIATOR_SUBSCRIPTIONS",
    ],
    [
      "a subscription of zeros",
      about(victim.replace(subscriptionId, "00000000-0000-0000-0000-000000000000")),
      "00000000-0000",
    ],
  ],
  InvalidEventTime: [
    ["keys rotated at no time", success(rotateKey, storageId, "just now"), '"just now" is not the time of an event'],
    [
      "keys rotated beyond all times",
      success(rotateCredential, registryId, "+999999-01-01T00:00:00Z"),
      "Expected ISO 8601",
    ],
  ],
  InvalidResourceId: [
    ["the id of a registry", about(registryId), "is the id of a Microsoft.ContainerRegistry/registries"],
    ["the id of a compute", about(`${victim}/computes/cpu`), "workspaces/computes, not of a"],
    ["a workspace for a compute", success(`${provider}/computes/write`, victim), "not of something in a"],
    [
      "a storage account's child for a compute",
      success(`${provider}/computes/delete`, `${storageId}/x/y`),
      "not of something in a",
    ],
    ["a registry for a storage account", success(rotateKey, registryId), "not of a Microsoft.Storage/storageAccounts"],
    [
      "a workspace for a registry",
      success(rotateCredential, victim),
      "not of a Microsoft.ContainerRegistry/registries",
    ],
    [
      "a registry for a role assignment",
      success(assignmentDelete, registryId),
      "is not the id of one of the roleAssignments",
    ],
    [
      "a role assignment at no scope",
      success(assignmentDelete, "/subscriptions/production/providers/Microsoft.Authorization/roleAssignments/1"),
      "is not the id of a subscription",
    ],
    ["tags of a name", success("Microsoft.Resources/tags/write", "victim"), "is not the id of a subscription"],
    ["the id of a resource group", about(group), "segment 5 is (nothing), not 'providers'"],
    ["the id of a subscription", about(`/subscriptions/${subscriptionId}`), "segment 3 is (nothing)"],
    [
      "a workspace of a management group",
      about(`/providers/Microsoft.Management/managementGroups/top${victim}`),
      "segment 1",
    ],
    ["a name instead of an id", about("victim"), "does not start with '/'"],
    ["a URL instead of an id", about(`https://management.azure.com${victim}`), "does not start with '/'"],
    ["a subscription that is no GUID", about(victim.replace(subscriptionId, "production")), "not a GUID"],
    ["a GUID in fullwidth digits", about(victim.replaceAll("1", "\uff11")), "not a GUID"],
    [
      "a provider with a letter of another alphabet",
      about(victim.replace("Microsoft", "\u041cicrosoft")),
      "is not a resource provider",
    ],
    ["a long s in a type", about(victim.replace("workspaces", "work\u017fpaces")), "is not a resource type"],
    ["an id that climbs out of its group", about(`${group}/../../..${victim}`), "segment 5"],
    ["an id with an empty segment", about(victim.replace("/providers/", "//providers/")), "segment 5"],
    ["an id of backslashes", about(victim.replaceAll("/", "\\")), "does not start with '/'"],
    ["no name", about(`${group}/providers/${provider}/`), "type and name must come in pairs"],
    ["escaped slashes in a name", named("a%2F..%2Fvictim"), "cannot be the name of a resource"],
    ["a name that is the parent", named(".."), "cannot be the name of a resource"],
    ["a name that is the escaped parent", named("%2e%2e"), "cannot be the name of a resource"],
    ["a name of three hundred characters", named("x".repeat(300)), "cannot be the name of a resource"],
    ["a query in a name", named("victim?api-version=2020-01-01"), "cannot be the name of a resource"],
    ["a line break in a name", named("victim\nX-Injected: 1"), "cannot be the name of a resource"],
    ["a null character in a name", named("victim\u0000"), "cannot be the name of a resource"],
    ["half a surrogate pair in a name", named("victim\ud800"), "cannot be the name of a resource"],
    ["a name that reads from right to left", named("\u202emitciv"), "cannot be the name of a resource"],
    ["a quote in a name", named("victim' or '1' eq '1"), "cannot be the name of a resource"],
    ["a template in a name", named("{{victim}}"), "cannot be the name of a resource"],
    ["a resource group that is the parent", about(victim.replace("ml-team", "..")), "name of a resource group"],
    [
      "a resource group that ends in a period",
      about(victim.replace("ml-team", "ml-team.")),
      "name of a resource group",
    ],
  ],
};

/** Bodies that the host answers, or that are read as what their last words say. */
export const unparseable: readonly (readonly [what: string, body: string, eventType: string, status: number])[] = [
  ["text that is no JSON", "{not json", "Notification", 500],
  ["nothing", "", "Notification", 500],
  ["a number", "7", "Notification", 500],
  ["null", "null", "Notification", 500],
  ["an event before the end of its text", JSON.stringify([valid]).slice(0, -1), "Notification", 500],
  ["an array of numbers and arrays", "[7, []]", "Notification", 500],
  ["an event under another aeg-event-type", JSON.stringify([valid]), "Carnival", 400],
  ["an event under no aeg-event-type", JSON.stringify([valid]), "", 400],
];
