import type { TokenCredential } from "@azure/core-auth";
import { formatId } from "../core/arm-id.ts";
import { formatImage } from "../core/image-name.ts";
import type { Presence } from "../core/images.ts";
import type { FoundRegistry } from "../core/observation.ts";
import type { AzureReads, Clock } from "../core/ports.ts";
import { pullRoles } from "../core/pull-permission.ts";
import { silent, type Telemetry } from "../telemetry/telemetry.ts";
import { FactCache } from "./fact-cache.ts";
import type { AskForImage, RegistryAnswer } from "./registry-client.ts";

type Failed = RegistryAnswer & { kind: "failed" };

/** How registries are reached. */
export interface RegistrySettings {
  /** Whom the tokens are asked for that registries are to exchange. */
  readonly audience: string;
  /** How long one question may take, in milliseconds. */
  readonly requestMs: number;
}

/**
 * Whether a registry has an image, asked of its data plane. That it has is kept for minutes; that it has not, or could not be
 * asked, is not. What speaks to registries is loaded at the first question.
 */
export function imageReads(
  settings: RegistrySettings,
  credential: TokenCredential,
  clock: Pick<Clock, "now" | "sleep">,
  telemetry: Telemetry = silent,
): AzureReads["image"] {
  const facts = new FactCache<Presence>(clock);
  const clients = new Map<string, AskForImage>();
  const clientOf = async (loginServer: string): Promise<AskForImage> => {
    const { registryClient } = await import("./registry-client.ts");
    const client = clients.get(loginServer) ?? registryClient(loginServer, { credential, ...settings, telemetry });
    clients.set(loginServer, client);
    return client;
  };
  return async (registry, image, freshAfter, signal) => {
    const { loginServer } = registry;
    if (loginServer === undefined) return noHost;
    const read = async (shared: AbortSignal): Promise<Presence> => {
      const ask = await clientOf(loginServer);
      const answer = await ask(image, shared);
      return answer.kind === "failed" ? unknown(answer, registry, loginServer) : answer;
    };
    // Repositories are in lower case, tags are told apart by case.
    const key = `${loginServer.toLowerCase()}/${formatImage(image)}`;
    return (await facts.get(key, freshAfter, signal, read, ({ kind }) => kind === "present")) ?? noHost;
  };
}

const noHost: Presence = { kind: "unknown", why: "ARM does not tell the registry's login server yet", isPassing: true };

function unknown(answer: Failed, registry: FoundRegistry, loginServer: string): Presence {
  const { status, code, text } = answer;
  const said = `${code ?? (status === undefined ? "no answer" : `HTTP ${status}`)}: ${text.replace(/\s+/g, " ").slice(0, 500)}`;
  const isPassing = status !== undefined && (status >= 500 || status === 408 || status === 429);
  return { kind: "unknown", why: `${loginServer} said ${said}. ${advice(status, registry)}`, isPassing };
}

/** What to do about it. Registries answer 401 to whoever may not read, and 403 to whoever asks from where they let nobody in (https://aka.ms/acr/firewall). */
function advice(status: number | undefined, { id, mode }: FoundRegistry): string {
  switch (status) {
    case 401:
      return `Give our identity ${pullRoles[mode].name} on ${formatId(id)}; outside of the global cloud see also whether the registry lets tokens for ARM log in (azureADAuthenticationAsArmPolicy)`;
    case 403:
      return `Let the app's network in: an IP rule, or a private endpoint for ${formatId(id)} in the network that the app is integrated with`;
    case undefined:
      return "See whether the app's network resolves and reaches that name: private DNS zone, private endpoint, firewall";
    default:
      return "Nothing was imported";
  }
}
