import { fileURLToPath } from "node:url";
import { type Azure, type AzureOptions, startAzure } from "./azure/index.ts";
import { routedOperations } from "../src/functions/event-routing.ts";
import { type Azurite, startAzurite } from "./azurite.ts";
import { type Host, type HostOptions, startHost } from "./host/index.ts";

/** Everything that the app needs, on this machine: Azurite, the stand-in for Azure, the host with the built bundle. */
export interface Stack {
  readonly azurite: Azurite;
  readonly azure: Azure;
  readonly host: Host;
  /** The app settings that the host runs with. */
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface StackOptions {
  /** An account that the stack is to use; otherwise it starts an emulator of its own. */
  readonly azurite?: Azurite;
  readonly azure?: AzureOptions;
  /** The folder of the app; by default this one, as it was built. */
  readonly appRoot?: string;
  readonly hostPort?: number;
  /** App settings beyond those that say where things are. */
  readonly settings: Readonly<Record<string, string>>;
  /** How events reach the app; `none` for a subscription without Event Grid. */
  readonly events?: "EventGridSchema" | "CloudEventSchemaV1_0" | "none";
  /** The name of the custom topic that the app publishes to, if it does. */
  readonly topic?: string;
  readonly onLog?: HostOptions["onLog"];
}

/** Where `host.json`, `package.json` and the bundle are. */
export const appRoot = fileURLToPath(new URL("..", import.meta.url));

/** The app settings that say where things are. */
export function whereabouts(
  azure: Pick<Azure, "armEndpoint" | "identityEndpoint" | "identityHeader" | "caCertificate">,
  storageConnectionString: string,
): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: "node",
    AzureWebJobsStorage: storageConnectionString,
    REMEDIATOR_ARM_ENDPOINT: azure.armEndpoint,
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    IDENTITY_HEADER: azure.identityHeader,
    NODE_EXTRA_CA_CERTS: azure.caCertificate,
  };
}

/** Starts the whole stack, ready for the first event. Whatever was started is stopped when a part cannot start. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const started: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const start = async <Part extends { close(): Promise<void> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting;
    started.push(part);
    return part;
  };
  try {
    const storage = options.azurite === undefined ? start(startAzurite()) : Promise.resolve(options.azurite);
    const parts = [storage, start(startAzure(options.azure))] as const;
    // Both are waited for, so that the one that came up is stopped when the other did not.
    await Promise.allSettled(parts);
    const [azurite, azure] = await Promise.all(parts);
    const { topic } = options;
    const settings = {
      ...whereabouts(azure, azurite.connectionString),
      ...(topic === undefined ? {} : { REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: azure.topicEndpoint(topic) }),
      ...options.settings,
    };
    const host = await startHost({
      appRoot: options.appRoot ?? appRoot,
      env: settings,
      port: options.hostPort ?? 0,
      ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
    });
    started.push({ close: () => host.stop() });
    const schema = options.events ?? "EventGridSchema";
    if (schema !== "none")
      await azure.subscribe({
        name: "remediator",
        endpoint: host.eventGridUrl("events"),
        schema,
        operations: routedOperations,
      });
    return { azurite, azure, host, settings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Calls the app over HTTP with its key. @param sent the body, to be sent as JSON */
export async function callApp(
  host: Host,
  method: string,
  path: string,
  sent?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: { "x-functions-key": host.functionKey, "content-type": "application/json" },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
