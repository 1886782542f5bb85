/** Texts on the queue that are no message of the app's. */
import { foreignSubscriptionId, registryId, subscriptionId, workspaceIdOf } from "./cast.ts";
import { group, type Json, provider, victim, without } from "./malformed-events.ts";

export const lookMessage = { workspaceId: victim, requestId: "event-1" };

const shape =
  "A message is a JSON object with the texts workspaceId and requestId, with the text sweep, or with fanOut";
const request = { id: "event-1", cause: "event", acceptedAt: 1_800_000_000_000 };
const scope = { subscriptionId, resourceGroup: "ml-platform", name: "contosoml" };

const look = (changes: Json): string => JSON.stringify({ ...lookMessage, ...changes });
const at = (workspaceId: unknown): string => look({ workspaceId });
const named = (name: string): string => at(`${group}/providers/${provider}/${name}`);
const fanOut = (place: unknown, by: unknown = request): string => JSON.stringify({ fanOut: place, request: by });
const from = (changes: unknown): string => fanOut({ index: "registry", scope: changes });
const by = (changes: Json): string => fanOut({ index: "registry", scope }, { ...request, ...changes });

/** What is wrong, the text, and what the message that it is kept with names. */
export const malformedMessages: readonly (readonly [what: string, text: string, names: string])[] = [
  ["that is no JSON", "look at the victim", shape],
  ["that is blank", " ", shape],
  ["that is a number", "7", shape],
  ["that is null", "null", shape],
  ["that is an array", JSON.stringify([lookMessage]), shape],
  ["that is an empty object", "{}", shape],
  ["that begins with a byte order mark", `\ufeff${JSON.stringify(lookMessage)}`, shape],
  ["that was cut off", JSON.stringify(lookMessage).slice(0, -1), shape],
  ["that is a message in a text", JSON.stringify(JSON.stringify(lookMessage)), shape],
  ["that is a message in its prototype", `{"__proto__": ${JSON.stringify(lookMessage)}}`, shape],
  ["of a version to come", JSON.stringify({ schemaVersion: 2, look: { workspace: victim } }), shape],
  ["that is an event", JSON.stringify({ eventType: "x", data: { resourceUri: victim } }), shape],
  ["of a thousand levels", `${"[".repeat(1_000)}${"]".repeat(1_000)}`, shape],
  ["of forty thousand characters", `"${"x".repeat(40_000)}"`, shape],
  ["without a workspace", JSON.stringify(without("workspaceId", lookMessage)), shape],
  ["without a request", JSON.stringify(without("requestId", lookMessage)), "requestId: expected a text"],
  ["with an empty request", look({ requestId: "" }), "requestId: expected a text"],
  ["with a number for its workspace", at(7), "workspaceId: expected a text"],
  ["with several workspaces", at([victim]), "workspaceId: expected a text"],
  [
    "whose last workspace counts",
    `{"workspaceId": "${victim}", "workspaceId": "x", "requestId": "1"}`,
    "start with '/'",
  ],
  ["with a name for its workspace", at("victim"), "does not start with '/'"],
  ["for a registry", at(registryId), "is the id of a Microsoft.ContainerRegistry/registries"],
  ["for a compute", at(`${victim}/computes/cpu`), "workspaces/computes, not of a"],
  ["for the parent", named(".."), "cannot be the name of a resource"],
  ["for a name with an escaped slash", named("a%2fvictim"), "cannot be the name of a resource"],
  ["for a name with a null character", named("victim\u0000"), "cannot be the name of a resource"],
  ["for a name with half a surrogate pair", named("\udc00victim"), "cannot be the name of a resource"],
  ["for a group that climbs", at(victim.replace("ml-team", "..")), "cannot be the name of a resource group"],
  ["for a provider in another alphabet", at(victim.replace("soft.M", "soft.\u041c")), "is not a resource provider"],
  ["for a foreign workspace", at(workspaceIdOf("victim", foreignSubscriptionId)), "REMEDIATOR_SUBSCRIPTIONS"],
  ["for a sweep without a name", JSON.stringify({ sweep: "" }), "a sweep: sweep: expected a text"],
  ["for a sweep, yes", JSON.stringify({ sweep: true }), "a sweep: sweep: expected a text"],
  ["for a look and no sweep", look({ sweep: null }), "a sweep: sweep: expected a text"],
  ["that fans out to nothing", fanOut(null), "fanOut: expected an object"],
  ["that fans out without a request", JSON.stringify({ fanOut: { index: "registry", scope } }), "request: expected"],
  [
    "that fans out over no index",
    fanOut({ index: "tenant", scope }),
    "fanOut.index: expected registry or storageAccount",
  ],
  ["that fans out from an id", from(registryId), "fanOut.scope: expected an object"],
  ["that fans out from everywhere", from({}), "fanOut.scope.subscriptionId: expected a text"],
  [
    "that fans out from a name",
    from({ ...scope, subscriptionId: "prod" }),
    "fanOut.scope.subscriptionId: expected a GUID",
  ],
  [
    "that fans out from a filter",
    from({ subscriptionId: `${subscriptionId}' or '` }),
    "subscriptionId: expected a GUID",
  ],
  [
    "that fans out from a registry in no group",
    from(without("resourceGroup", scope)),
    "expected a resourceGroup where",
  ],
  ["that fans out after a number", fanOut({ index: "registry", scope, after: 200 }), "fanOut.after: expected a text"],
  ["that fans out for no cause", by({ cause: "curiosity" }), "request.cause: expected event, sweep, http or scheduled"],
  ["that fans out since a text", by({ acceptedAt: "NaN" }), "request.acceptedAt: expected milliseconds"],
  ["that fans out since the end of time", by({ acceptedAt: 1e300 }), "request.acceptedAt: expected milliseconds"],
  ["that fans out since infinity", by({ acceptedAt: 0 }).replace(":0}", ":1e999}"), "request.acceptedAt: expected"],
  ["that fans out for changes before all time", by({ changedAt: -1e300 }), "request.changedAt: expected milliseconds"],
  [
    "that fans out for keys of nobody",
    by({ rotated: { of: "tenant", at: 1 } }),
    "request.rotated.of: expected registry",
  ],
  ["that fans out for an actor of many parts", by({ evidence: { actor: ["a"] } }), "request.evidence.actor: expected"],
];
