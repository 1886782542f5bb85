import { resourceGroupNotFound, subscriptionNotFound } from "../arm-error.ts";
import { idKey, isAtOrBelow, parseResourceId } from "../arm-id.ts";
import { seesSubscription } from "../rbac.ts";
import type { Json } from "../resource.ts";
import { type Answer, type Call, page, param, type Route } from "../route.ts";
import type { ResourceGroup, Subscription } from "../containers.ts";

/** Api-versions of Microsoft.Resources: those of its stable specifications since 2019. */
const API_VERSIONS = [
  "2019-10-01",
  "2020-01-01",
  "2020-06-01",
  "2021-01-01",
  "2021-04-01",
  "2022-09-01",
  "2022-12-01",
  "2023-07-01",
  "2024-03-01",
  "2024-11-01",
  "2025-04-01",
];

const SUBSCRIPTION = "/subscriptions/{subscriptionId}";
const GROUPS = `${SUBSCRIPTION}/resourceGroups`;
const GROUP = `${GROUPS}/{resourceGroupName}`;
const GROUP_ACTION = "Microsoft.Resources/subscriptions/resourceGroups";

export const subscriptionRoutes: readonly Route[] = [
  { method: "GET", path: "/tenants", apiVersions: API_VERSIONS, action: null, handle: listTenants },
  { method: "GET", path: "/subscriptions", apiVersions: API_VERSIONS, action: null, handle: listSubscriptions },
  {
    method: "GET",
    path: SUBSCRIPTION,
    apiVersions: API_VERSIONS,
    action: "Microsoft.Resources/subscriptions/read",
    handle: getSubscription,
  },
  {
    method: "GET",
    path: GROUPS,
    apiVersions: API_VERSIONS,
    action: `${GROUP_ACTION}/read`,
    at: SUBSCRIPTION,
    handle: listGroups,
  },
  { method: "GET", path: GROUP, apiVersions: API_VERSIONS, action: `${GROUP_ACTION}/read`, handle: getGroup },
  {
    method: "GET",
    path: `${GROUP}/resources`,
    apiVersions: API_VERSIONS,
    action: `${GROUP_ACTION}/resources/read`,
    at: GROUP,
    handle: listResources,
  },
  { method: "PUT", path: GROUP, apiVersions: API_VERSIONS, action: `${GROUP_ACTION}/write`, handle: putGroup },
  { method: "DELETE", path: GROUP, apiVersions: API_VERSIONS, action: `${GROUP_ACTION}/delete`, handle: deleteGroup },
];

function listTenants({ world }: Call): Answer {
  const { tenantId } = world;
  return { status: 200, body: { value: [{ id: `/tenants/${tenantId}`, tenantId, tenantCategory: "Home" }] } };
}

/** Only what the caller has any right in: ARM leaves the rest out without a word. */
function listSubscriptions(call: Call): Answer {
  const { world, caller } = call;
  const seen = world.containers.subscriptions().filter((one) => seesSubscription(world, caller, one.subscriptionId));
  return page(call, seen, "$skipToken", (one) => renderSubscription(call, one));
}

function getSubscription(call: Call): Answer {
  const id = param(call, "subscriptionId");
  const subscription = call.world.containers.subscription(id);
  if (!subscription) throw subscriptionNotFound(id);
  return { status: 200, body: renderSubscription(call, subscription) };
}

function listGroups(call: Call): Answer {
  const groups = call.world.containers.groups(param(call, "subscriptionId"));
  return page(call, groups, "$skipToken", renderGroup);
}

function getGroup(call: Call): Answer {
  const group = call.world.containers.group(call.path);
  if (!group) throw resourceGroupNotFound(param(call, "resourceGroupName"));
  return { status: 200, body: renderGroup(group) };
}

/** What lies in a resource of its own is not listed. */
function listResources(call: Call): Answer {
  const groupId = call.path.replace(/\/resources\/?$/i, "");
  if (!call.world.containers.group(groupId)) throw resourceGroupNotFound(param(call, "resourceGroupName"));
  const inside = call.world
    .resources()
    .filter(({ id }) => isAtOrBelow(id, groupId) && parseResourceId(id)?.parentId === undefined)
    .sort((a, b) => (idKey(a.id) < idKey(b.id) ? -1 : 1));
  return page(call, inside, "$skipToken", ({ id, name, type, location, tags }) => ({ id, name, type, location, tags }));
}

function putGroup(call: Call): Answer {
  const existing = call.world.containers.group(call.path);
  const { location, tags } = call.body as { location?: string; tags?: Record<string, string> };
  const group = call.world.containers.putGroup(existing?.id ?? call.path, location ?? existing?.location, tags);
  return { status: existing ? 200 : 201, body: renderGroup(group) };
}

function deleteGroup(call: Call): Answer {
  if (!call.world.containers.group(call.path)) throw resourceGroupNotFound(param(call, "resourceGroupName"));
  call.world.deleteGroup(idKey(call.path));
  return { status: 200 };
}

function renderSubscription({ world }: Call, { subscriptionId, displayName, state }: Subscription): Json {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId: world.tenantId,
    displayName,
    state,
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
    authorizationSource: "RoleBased",
  };
}

function renderGroup({ id, name, location, tags }: ResourceGroup): Json {
  return {
    id,
    name,
    type: "Microsoft.Resources/resourceGroups",
    location,
    tags,
    properties: { provisioningState: "Succeeded" },
  };
}
