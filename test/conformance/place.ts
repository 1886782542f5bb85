/** Where the contract is held against an Azure: a resource group, reached through ARM and through nothing else. */
import type { TokenCredential } from "@azure/core-auth";
import { createCredential } from "../../src/azure/credential.ts";
import { configOfPerson } from "../../src/cli/config-of-person.ts";
import type { Environment } from "../../src/settings.ts";

/** What names a place. */
export interface PlaceName {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** An Azure region, e.g. `westeurope`. */
  readonly location: string;
}

export interface Place extends PlaceName {
  /** Without a slash at the end. */
  readonly armEndpoint: string;
  /** Whom tokens are asked for. */
  readonly audience: string;
  readonly credential: TokenCredential;
}

/** What ARM answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's JSON, or its text where it is none; `undefined` for an empty one. */
  readonly body: unknown;
  /** Of an error. */
  readonly code: string | undefined;
  readonly message: string;
}

/**
 * A place in the Azure that the settings of the app name (`REMEDIATOR_CLOUD`, `REMEDIATOR_ARM_ENDPOINT`, `REMEDIATOR_CREDENTIAL`),
 * as whoever is signed in unless they say otherwise.
 * @throws ConfigError when one of them is wrong
 */
export function openPlace(name: PlaceName, environment: Environment): Place {
  const { arm, credential } = configOfPerson({
    ...environment,
    REMEDIATOR_SUBSCRIPTIONS: name.subscriptionId,
    REMEDIATOR_MANAGEMENT_GROUPS: "",
    REMEDIATOR_REGISTRY_RULES: "",
    REMEDIATOR_DEFAULT_REGISTRY: `${groupId(name)}/providers/Microsoft.ContainerRegistry/registries/any`,
  });
  const { endpoint: armEndpoint, audience } = arm;
  return { ...name, armEndpoint, audience, credential: createCredential(credential.kind, credential.clientId) };
}

export function groupId({ subscriptionId, resourceGroup }: PlaceName): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

/** One request, without an SDK between. @param path with its api-version @param headers instead of those that sign in */
export async function send(
  place: Place,
  method: string,
  path: string,
  sent?: string,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(`${place.armEndpoint}${path}`, {
    method,
    headers: headers ?? {
      authorization: `Bearer ${await tokenFor(place)}`,
      ...(sent === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const body = parsed(await response.text());
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string } };
  return { status: response.status, headers: response.headers, body, code: error?.code, message: error?.message ?? "" };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function tokenFor({ credential, audience }: Place): Promise<string> {
  const token = await credential.getToken(`${audience}/.default`);
  if (token === null) throw new Error("The credential gives no token.");
  return token.token;
}
