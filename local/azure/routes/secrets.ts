import { REGISTRY, STORAGE_ACCOUNT, WORKSPACE } from "../resource.ts";
import type { Call, Route } from "../route.ts";
import { existing, resourcePath } from "./resources.ts";

interface Secret {
  readonly type: string;
  /** The last part of the path and of the action, which ARM reads without regard to case. */
  readonly operation: string;
  readonly apiVersions: readonly string[];
  readonly body: object;
}

/**
 * What shows secrets, and what the app must never be let to. What is shown is made up: nothing of the stand-in accepts it.
 *
 * Source: Azure/azure-rest-api-specs, specification/{storage,containerregistry,machinelearningservices}.
 */
const secrets: readonly Secret[] = [
  {
    type: STORAGE_ACCOUNT,
    operation: "listKeys",
    apiVersions: ["2025-08-01"],
    body: { keys: ["key1", "key2"].map((keyName) => ({ keyName, value: `made-up-${keyName}`, permissions: "FULL" })) },
  },
  {
    type: REGISTRY,
    operation: "listCredentials",
    apiVersions: ["2025-11-01"],
    body: { username: "made-up", passwords: [{ name: "password", value: "made-up-password" }] },
  },
  {
    type: WORKSPACE,
    operation: "listKeys",
    apiVersions: ["2024-10-01"],
    body: { userStorageKey: "made-up-key" },
  },
];

export const secretRoutes: readonly Route[] = secrets.map(({ type, operation, apiVersions, body }) => {
  const at = resourcePath(type);
  return {
    method: "POST",
    path: `${at}/${operation}`,
    apiVersions,
    action: `${type}/${operation}/action`,
    at,
    isQuery: true,
    handle: (call: Call) => {
      existing(call, type);
      return { status: 200, body };
    },
  };
});
