import { badRequest } from "../arm-error.ts";
import { renderIdentity } from "../identity.ts";
import { type Json, type Resource, STORAGE_ACCOUNT } from "../resource.ts";
import { type Answer, type Call, type Route } from "../route.ts";
import { existing, plainWriteRoutes, readRoutes, type ResourceKind, resourcePath } from "./resources.ts";

/** Source: Azure/azure-rest-api-specs, specification/storage; `keyCreationTime` is in all of these. */
const API_VERSIONS = [
  "2021-09-01",
  "2022-09-01",
  "2023-01-01",
  "2023-04-01",
  "2023-05-01",
  "2024-01-01",
  "2025-01-01",
  "2025-06-01",
  "2025-08-01",
];

const storageAccounts: ResourceKind = { type: STORAGE_ACCOUNT, apiVersions: API_VERSIONS, render, token: "$skipToken" };

export const storageAccountRoutes: readonly Route[] = [
  ...readRoutes(storageAccounts),
  ...plainWriteRoutes(storageAccounts),
  {
    method: "POST",
    path: `${resourcePath(STORAGE_ACCOUNT)}/regenerateKey`,
    apiVersions: API_VERSIONS,
    action: `${STORAGE_ACCOUNT}/regenerateKey/action`,
    at: resourcePath(STORAGE_ACCOUNT),
    handle: regenerateKey,
  },
];

function render({ world }: Call, resource: Resource): Json {
  const { id, name, type, location, tags, sku, kind, properties } = resource;
  const identity = renderIdentity(world, resource, world.now());
  return { id, name, type, location, tags, sku, kind, ...(identity && { identity }), properties };
}

/** The keys are made up: nothing of the stand-in accepts them. */
function regenerateKey(call: Call): Answer {
  const account = existing(call, STORAGE_ACCOUNT);
  const { keyName } = call.body;
  if (keyName !== "key1" && keyName !== "key2") {
    throw badRequest("The property 'keyName' must be 'key1' or 'key2'.", "InvalidRequestContent");
  }
  call.world.rotateStorageKey(account.id, keyName, { event: false });
  const times = call.world.get(account.id)?.properties.keyCreationTime as Record<string, string>;
  const keys = ["key1", "key2"].map((one) => ({
    keyName: one,
    value: `made-up-${one}`,
    permissions: "FULL",
    creationTime: times[one],
  }));
  return { status: 200, body: { keys } };
}
