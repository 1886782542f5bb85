import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Arm } from "./arm.ts";
import { certificates } from "./certificates.ts";
import { handleControl } from "./control.ts";
import { type EventCounts, type EventFaults, EventGrid } from "./event-grid.ts";
import type { Change } from "./change.ts";
import { type FaultInput, Faults } from "./faults.ts";
import { type EventSubscription, type EventSubscriptionInput, type Fixture, parseFixture } from "./fixture.ts";
import { listen, sendJson, stop } from "./http.ts";
import { createManagedIdentityServer, TOKEN_PATH } from "./managed-identity.ts";
import { type LoggedRequest, type OnRequest, type RequestSummary, summarize } from "./request-log.ts";
import type { RegistryRequest } from "./registry-requests.ts";
import { RegistryServers } from "./registry-servers.ts";
import { REGISTRY } from "./resource.ts";
import { parseSettings, type Settings, type SettingsInput } from "./settings.ts";
import { issueToken } from "./tokens.ts";
import type { TopicEvent } from "./topic-events.ts";
import { type TopicRequest, Topics } from "./topics.ts";
import { World } from "./world.ts";

export type { Fixture } from "./fixture.ts";
export type { World } from "./world.ts";

export interface AzureOptions {
  /** 0, the default, takes any free port. Only the loopback address is listened on. */
  port?: number;
  /** What is there to begin with; `fixture.ts` documents the format. */
  fixture?: Fixture;
  /** The clock (ms). Everything that takes time is computed from it when somebody looks; only Event Grid runs by itself. */
  now?: () => number;
  settings?: SettingsInput;
  /** Told of every request to ARM as it goes its way, in this process and at once. */
  onRequest?: OnRequest;
  /** Asked about every request to ARM that no fault of `setFaults` hits; the fault's `match` and `times` do not count. */
  faultFor?: (request: LoggedRequest) => FaultInput | undefined;
  /** Told of every change that becomes an event, and asked what goes wrong with that event. */
  eventFaultsFor?: (change: Change) => EventFaults | undefined;
}

export interface Azure {
  /** `https://127.0.0.1:PORT`, without a closing slash. */
  readonly armEndpoint: string;
  /** Path of the certificate authority's PEM file, removed on close. */
  readonly caCertificate: string;
  readonly caPem: string;
  /** For `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of an App Service app. */
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  /** Another identity header for the same identity, whose requests the log tells apart by this label (`client`). */
  identityHeaderFor(client: string): string;
  readonly world: World;
  readonly settings: Settings;
  /** Requests to ARM so far; the same as `GET /_local/requests`. */
  readonly requests: readonly LoggedRequest[];
  /** Requests to the data planes of registries so far; the same as `GET /_local/registry-requests`. */
  readonly registryRequests: readonly RegistryRequest[];
  /** Requests to custom topics so far, and what they took; the same as `GET /_local/topic-requests` and `topic-events`. */
  readonly topicRequests: readonly TopicRequest[];
  readonly topicEvents: readonly TopicEvent[];
  /** Where events are published to a topic, by its name. */
  topicEndpoint(name: string): string;
  /** A bearer token for a principal, by default the app's own identity, and an audience, by default ARM. */
  token(principalId?: string, audience?: string): string;
  summary(): RequestSummary & { events: EventCounts };
  setFaults(faults: Parameters<Faults["replace"]>[0]): void;
  /** Adds an event subscription after the handshake; throws when the destination refuses it. */
  subscribe(subscription: EventSubscriptionInput): Promise<EventSubscription>;
  /** Resolves when no event is on its way, retries included. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a stand-in for Azure on this machine; rejects when the fixture or the settings are wrong or the port is taken. */
export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const fixture = parseFixture(options.fixture ?? {});
  const settings = parseSettings(options.settings ?? {});
  const world = new World(fixture, settings, options.now ?? Date.now);
  const events = new EventGrid(world);
  events.faultsFor = options.eventFaultsFor ?? events.faultsFor;
  fixture.eventSubscriptions.forEach((subscription) => {
    events.expect(subscription);
  });
  world.onChange = (change) => {
    events.publish(change);
  };
  // The event of a long-running operation is not late because nobody polls: it is part of the delivery, in real time.
  world.operations.onStart = (endsAt) => {
    setTimeout(() => {
      world.settle();
    }, endsAt - world.now()).unref();
  };

  const { caPem, certPem: cert, keyPem: key } = await certificates();
  const folder = await mkdtemp(join(tmpdir(), "azure-stand-in-"));
  const caCertificate = join(folder, "ca.pem");
  await writeFile(caCertificate, caPem);

  const servers = new RegistryServers(world, { cert, key });
  world.onRegistry = (id) => {
    servers.want(id);
  };
  world.list(REGISTRY).forEach(({ id }) => {
    servers.want(id);
  });
  await servers.ready();

  const faults = new Faults();
  const topics = new Topics(world, faults, events);
  const arm = new Arm(world, faults);
  arm.onRequest = options.onRequest ?? arm.onRequest;
  arm.faultFor = options.faultFor ?? arm.faultFor;
  // Node's own 5 s would cut connections just as a client that was busy for a while sends on them.
  const keepAliveTimeout = 120_000;
  const armServer = createServer({ cert, key, keepAliveTimeout }, (request, response) => {
    const url = new URL(`https://localhost${request.url ?? "/"}`);
    const handled = afterwards(servers.ready(), () => {
      if (url.pathname.startsWith("/_local/"))
        return handleControl({ world, arm, events, faults, servers, topics }, request, response, url);
      const part = url.pathname.startsWith("/topics/") ? topics : arm;
      return part.handle(request, response, url);
    });
    handled.catch((error: unknown) => {
      // A mistake of the stand-in itself: told to whoever ran into it.
      if (!response.headersSent) sendJson(response, 500, { error: { code: "StandInFailure", message: String(error) } });
    });
  });
  const identityHeader = randomUUID();
  const clients = new Map<string, string | undefined>([[identityHeader, undefined]]);
  const identityServer = createManagedIdentityServer(world, clients);
  const armPort = await listen(armServer, options.port ?? 0);
  const identityPort = await listen(identityServer, 0);
  arm.armEndpoint = `https://127.0.0.1:${armPort}`;

  return {
    armEndpoint: arm.armEndpoint,
    caCertificate,
    caPem,
    identityEndpoint: `http://127.0.0.1:${identityPort}${TOKEN_PATH}`,
    identityHeader,
    identityHeaderFor: (client) => {
      const header = randomUUID();
      clients.set(header, client);
      return header;
    },
    world,
    settings,
    requests: arm.requests,
    registryRequests: servers.requests,
    topicRequests: topics.requests,
    topicEvents: topics.events,
    topicEndpoint: (name) => `${arm.armEndpoint}/topics/${encodeURIComponent(name)}/api/events`,
    token: (principalId, audience) => issueToken(world, principalId, { audience }),
    summary: () => ({ ...summarize(arm.requests), events: events.counts() }),
    setFaults: (input) => {
      faults.replace(input);
    },
    subscribe: (subscription) => events.subscribe(subscription),
    idle: () => events.idle(),
    close: async () => {
      await Promise.all([events.close(), stop(armServer), stop(identityServer), servers.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** At once when there is nothing to wait for: what is watched as it happens must not come later than it did. */
function afterwards<T>(ready: Promise<void> | undefined, work: () => Promise<T>): Promise<T> {
  return ready ? ready.then(work) : work();
}
