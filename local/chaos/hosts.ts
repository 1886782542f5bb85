import type { Azure } from "../azure/index.ts";
import type { Azurite } from "../azurite.ts";
import { type Host, type HostKeys, type HostLogLine, startHost } from "../host/index.ts";
import { appRoot, whereabouts } from "../stack.ts";
import { type Proxy, type ProxyAnswer, type ProxyFault, type ProxyRequest, startProxy } from "./proxy.ts";

export interface HostsOptions {
  readonly azure: Azure;
  readonly azurite: Azurite;
  /** How many processes. */
  readonly count: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly timeScale: number;
  /** Told of a process that was started (by its label) or killed, at once. */
  readonly onChange: (change: "started" | "killed", client: string) => void;
  readonly storageFault: (client: string, request: ProxyRequest) => ProxyFault | undefined;
  /** When it answers false, the request does not reach storage. */
  readonly onStorageRequest: (client: string, request: ProxyRequest) => boolean;
  readonly onStorageAnswer: (client: string, request: ProxyRequest, answer: ProxyAnswer) => void;
}

interface Place {
  readonly storage: string;
  incarnation: number;
  client: string;
  host: Host | undefined;
  /** Ends when the last change of this place has ended; changes come one after the other. */
  changing: Promise<void>;
}

/** Several processes of the app on one storage account. Each process, also one started anew, is told apart by its label. */
export class Hosts {
  /** The same for all, as in one function app. */
  readonly keys: HostKeys;
  readonly logs: HostLogLine[] = [];
  /** What the processes are given that nobody else may see. */
  readonly secrets = new Map<string, string>();
  /** Processes that ended without having been told to, with their last words. */
  readonly crashes: string[] = [];
  readonly #options: HostsOptions;
  readonly #places: Place[] = [];
  readonly #proxies: Proxy[] = [];
  #isClosing = false;
  #turn = 0;

  private constructor(options: HostsOptions, keys: HostKeys) {
    this.#options = options;
    this.keys = keys;
  }

  static async start(options: HostsOptions, keys: HostKeys): Promise<Hosts> {
    const hosts = new Hosts(options, keys);
    try {
      for (let index = 0; index < options.count; index += 1) await hosts.#add(index);
      await Promise.all(hosts.#places.map((place) => place.changing));
      return hosts;
    } catch (error) {
      await hosts.close();
      throw error;
    }
  }

  /** A process that serves now; they take turns. */
  next(): Host | undefined {
    const serving = this.#places.flatMap(({ host }) => host ?? []);
    this.#turn += 1;
    return serving[this.#turn % serving.length];
  }

  /** The label of the process at this place. */
  clientAt(index: number): string | undefined {
    return this.#places[index]?.client;
  }

  /** Kills the process at a place, if one is there, and starts another. Resolves when that one serves. */
  async replace(index: number): Promise<void> {
    const place = this.#places[index];
    const host = place?.host;
    if (place === undefined || host === undefined || this.#isClosing) return place?.changing;
    place.host = undefined;
    const gone = host.kill(); // the signal is on its way before anybody else is heard
    this.#options.onChange("killed", place.client);
    place.changing = gone.then(() => this.#start(place));
    return place.changing;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#places.map(({ changing }) => changing));
    for (const { host } of this.#places) await host?.kill();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }

  async #add(index: number): Promise<void> {
    const { azurite, onStorageRequest, onStorageAnswer, storageFault } = this.#options;
    let connectionString = azurite.connectionString;
    const place: Place = {
      get storage() {
        return connectionString;
      },
      incarnation: 0,
      client: `host-${index}`,
      host: undefined,
      changing: Promise.resolve(),
    };
    // Who sent it: by the time of the answer, another process may have this place.
    const senders = new WeakMap<ProxyRequest, string>();
    const senderOf = (request: ProxyRequest): string => senders.get(request) ?? place.client;
    for (const endpoint of [azurite.tableEndpoint, azurite.queueEndpoint]) {
      const { origin } = new URL(endpoint);
      const proxy = await startProxy({
        target: () => origin,
        faultFor: (request) => storageFault(senderOf(request), request),
        onRequest: (request) => {
          senders.set(request, place.client);
          return onStorageRequest(place.client, request);
        },
        onAnswer: (request, answer) => {
          onStorageAnswer(senderOf(request), request, answer);
        },
      });
      this.#proxies.push(proxy);
      connectionString = connectionString.replace(origin, proxy.origin);
    }
    this.#places.push(place);
    place.changing = this.#start(place);
  }

  async #start(place: Place): Promise<void> {
    if (this.#isClosing) return;
    const { azure, settings, timeScale, onChange } = this.#options;
    place.incarnation += 1;
    place.client = place.client.replace(/(#\d+)?$/, `#${place.incarnation}`);
    const identityHeader = azure.identityHeaderFor(place.client);
    this.secrets.set(`identity header of ${place.client}`, identityHeader);
    const env = { ...whereabouts(azure, place.storage), IDENTITY_HEADER: identityHeader, ...settings };
    const host = await startHost({
      appRoot,
      env,
      timeScale,
      keys: this.keys,
      onLog: (line) => this.logs.push(line),
    });
    onChange("started", place.client);
    place.host = host;
    void host.exited.then((code) => {
      if (place.host !== host || this.#isClosing) return;
      const words = host
        .logs()
        .slice(-3)
        .map(({ message }) => message);
      this.crashes.push(`${place.client} ended with ${code ?? "a signal"}: ${words.join(" / ")}`);
      void this.replace(this.#places.indexOf(place));
    });
  }
}
