/** The app as it is deployed: the built bundle in host processes of their own, on Azurite, before the stand-in with latencies. */
import { trust } from "../local/azure/certificates.ts";
import { type Azure, startAzure } from "../local/azure/index.ts";
import type { OnRequest } from "../local/azure/request-log.ts";
import { startAzurite } from "../local/azurite.ts";
import { type Host, type HostLogLine, startHost } from "../local/host/index.ts";
import { appRoot, whereabouts } from "../local/stack.ts";
import { routedOperations } from "../src/functions/event-routing.ts";
import { azureWithLatencies } from "./latencies.ts";
import { fixtureOf, settingsFor } from "./fleet.ts";

export interface RunningApp {
  readonly azure: Azure;
  /** Those that work on the queue. */
  readonly workers: readonly Host[];
  close(): Promise<void>;
}

export interface RunOptions {
  readonly subscriptions: readonly string[];
  /** How many host processes share the work of the queue. */
  readonly workers: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly watch: Watch;
}

/** Told of looks that have ended, and of requests to ARM. */
export interface Watch {
  readonly onLook: (look: Look) => void;
  readonly onRequest: OnRequest;
}

/** A look that has ended: its outcome is stored, its request is off the inbox. */
export interface Look {
  /** In lower case. */
  readonly workspaceId: string;
  readonly outcome: string;
}

/** Flex Consumption runs each function that is not HTTP on instances of its own: this one hears events and does nothing else. */
const hearsOnly = {
  "AzureWebJobs.requests.Disabled": "true",
  "AzureWebJobs.poison.Disabled": "true",
  "AzureWebJobs.sweep.Disabled": "true",
};

/** Starts it all. What was started is stopped when a part cannot start. */
export async function startApp(options: RunOptions): Promise<RunningApp> {
  const { subscriptions, watch } = options;
  const open: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of open.splice(0).reverse()) await part.close();
  };
  try {
    const azurite = await startAzurite();
    open.push(azurite);
    const azure = await startAzure(
      azureWithLatencies({ fixture: fixtureOf(subscriptions), onRequest: watch.onRequest }),
    );
    open.push(azure);
    trust(azure);
    const env = {
      ...whereabouts(azure, azurite.connectionString),
      ...settingsFor(subscriptions),
      ...options.settings,
    };
    const onLog = (line: HostLogLine): void => {
      const look = lookIn(line);
      if (look !== undefined) watch.onLook(look);
    };
    const start = async (label: string, more: Readonly<Record<string, string>>): Promise<Host> => {
      const identity = { IDENTITY_HEADER: azure.identityHeaderFor(label) };
      const host = await startHost({ appRoot, env: { ...env, ...identity, ...more }, onLog });
      open.push({ close: () => host.stop() });
      return host;
    };
    const listener = await start("listener", hearsOnly);
    const workers: Host[] = [];
    for (let index = 0; index < options.workers; index += 1) workers.push(await start(`worker-${index}`, {}));
    const endpoint = listener.eventGridUrl("events");
    await azure.subscribe({ name: "remediator", endpoint, operations: routedOperations });
    return { azure, workers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the queue trigger says when a look has ended (`src/functions/look.ts`). */
function lookIn({ category, message }: HostLogLine): Look | undefined {
  if (category !== "Function.requests.User") return undefined;
  const [, id = "", outcome = ""] = /^(\S+): (\{.*\}) \[reconcile /.exec(message) ?? [];
  if (outcome === "") return undefined;
  return { workspaceId: id.toLowerCase(), outcome: (JSON.parse(outcome) as { kind: string }).kind };
}
