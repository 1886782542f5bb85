/** The app as it is deployed: the built bundle in host processes of their own, on Azurite, before the stand-in with latencies. */
import { type Azure, startAzure } from "../local/azure/index.ts";
import type { OnRequest } from "../local/azure/request-log.ts";
import { startAzurite } from "../local/azurite.ts";
import { type Host, type HostLogLine, startHost } from "../local/host/index.ts";
import { newKeys } from "../local/host/keys.ts";
import { trust } from "../local/azure/certificates.ts";
import { appRoot, whereabouts } from "../local/stack.ts";
import { routedOperations } from "../src/functions/event-routing.ts";
import { azureWithLatencies } from "./latencies.ts";
import { fixtureOf, settingsFor } from "./fleet.ts";

export interface RunningApp {
  readonly azure: Azure;
  readonly hosts: readonly Host[];
  close(): Promise<void>;
}

export interface RunOptions {
  readonly subscriptions: readonly string[];
  /** How many host processes share the work; Event Grid delivers to the first. */
  readonly processes: number;
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

/** Starts it all. What was started is stopped when a part cannot start. */
export async function startApp(options: RunOptions): Promise<RunningApp> {
  const { subscriptions, processes, watch } = options;
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
    const keys = newKeys();
    const hosts: Host[] = [];
    for (let index = 0; index < processes; index += 1) {
      const identity = { IDENTITY_HEADER: azure.identityHeaderFor(`host-${index}`) };
      const onLog = (line: HostLogLine): void => {
        const look = lookIn(line);
        if (look !== undefined) watch.onLook(look);
      };
      const host = await startHost({ appRoot, env: { ...env, ...identity }, keys, onLog });
      open.push({ close: () => host.stop() });
      hosts.push(host);
    }
    const endpoint = hosts[0]?.eventGridUrl("events") ?? "";
    await azure.subscribe({ name: "remediator", endpoint, operations: routedOperations });
    return { azure, hosts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the queue trigger says when a look has ended (`src/functions/queue.ts`). */
function lookIn({ category, message }: HostLogLine): Look | undefined {
  if (category !== "Function.requests.User") return undefined;
  const [, id = "", outcome = ""] = /^(\S+): (\{.*\}) \[reconcile /.exec(message) ?? [];
  if (outcome === "") return undefined;
  return { workspaceId: id.toLowerCase(), outcome: (JSON.parse(outcome) as { kind: string }).kind };
}
