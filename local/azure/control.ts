import type { IncomingMessage, ServerResponse } from "node:http";

import type { Arm } from "./arm.ts";
import { canPrincipalPull, canPull } from "./can-pull.ts";
import type { EventGrid } from "./event-grid.ts";
import type { Faults } from "./faults.ts";
import { parseRepositories, parseResource, parseRoleAssignment } from "./fixture.ts";
import { readBody, sendJson } from "./http.ts";
import type { RegistryServers } from "./registry-servers.ts";
import { summarize } from "./request-log.ts";
import { updateSettings } from "./settings.ts";
import type { Topics } from "./topics.ts";
import type { World } from "./world.ts";

interface Parts {
  readonly world: World;
  readonly servers: RegistryServers;
  readonly arm: Arm;
  readonly events: EventGrid;
  readonly faults: Faults;
  readonly topics: Topics;
}

interface ControlCall extends Parts {
  readonly query: URLSearchParams;
  /** The parsed JSON body; throws when there is none. */
  readonly body: () => unknown;
  /** The segment after the path, of routes that end with a slash. */
  readonly name: string;
}

type ControlRoute = readonly [method: string, path: string, handle: (call: ControlCall) => unknown];

/**
 * What a test or an operator may ask of the stand-in itself, under `/_local/`: JSON, no authentication. An answer of
 * undefined is sent as 404.
 */
const controlRoutes: readonly ControlRoute[] = [
  ["GET", "requests", ({ arm }) => arm.requests],
  ["DELETE", "requests", ({ arm }) => ({ deleted: arm.requests.splice(0).length })],
  ["GET", "summary", ({ arm, events }) => ({ ...summarize(arm.requests), events: events.counts() })],
  ["GET", "resources", ({ world, query }) => world.get(required(query, "id"))],
  ["PUT", "resources", putResource],
  ["PATCH", "resources", patchResource],
  [
    "DELETE",
    "resources",
    ({ world, query }) => found(world.delete(required(query, "id"), { event: wantsEvent(query) })),
  ],
  ["GET", "keys-in-sync", ({ world, query }) => ({ inSync: world.keysInSync(required(query, "id")) })],
  ["GET", "can-pull", askWhetherCanPull],
  ["GET", "role-assignments", ({ world }) => world.roles.assignments()],
  ["POST", "role-assignments", grant],
  ["DELETE", "role-assignments", revoke],
  ["GET", "registry-requests", ({ servers }) => servers.requests],
  ["DELETE", "registry-requests", ({ servers }) => ({ deleted: servers.requests.splice(0).length })],
  ["GET", "topic-requests", ({ topics }) => topics.requests],
  ["GET", "topic-events", ({ topics }) => topics.events],
  ["GET", "images", ({ world, query }) => world.images.repositories(required(query, "registry"))],
  ["PUT", "images", putImages],
  ["GET", "deny-assignments", ({ world }) => world.denyAssignments.list()],
  ["POST", "deny-assignments", ({ world, query, body }) => world.deny(body(), { event: wantsEvent(query) })],
  [
    "DELETE",
    "deny-assignments",
    ({ world, query }) => found(world.undeny(required(query, "name"), { event: wantsEvent(query) })),
  ],
  ["GET", "permissions", ({ world }) => world.permissions],
  ["PUT", "permissions", ({ world, body }) => world.setPermissions(body())],
  ["GET", "settings", ({ world }) => world.settings],
  ["PATCH", "settings", ({ world, body }) => updateSettings(world.settings, body())],
  ["GET", "faults", ({ faults }) => faults.remaining()],
  ["PUT", "faults", putFaults],
  ["DELETE", "faults", putNoFaults],
  ["GET", "event-subscriptions", ({ events }) => events.subscriptions()],
  ["PUT", "event-subscriptions/", putEventSubscription],
  ["DELETE", "event-subscriptions/", ({ events, name }) => found(events.unsubscribe(name))],
  ["GET", "dead-letters", ({ events }) => events.deadLetters],
];

export async function handleControl(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const path = url.pathname.slice("/_local/".length);
  const [, route = path, name = ""] = /^(.+?\/)([^/]+)$/.exec(path) ?? [];
  const handle = controlRoutes.find(([method, known]) => method === request.method && known === route)?.[2];
  if (!handle) {
    sendJson(response, 404, { error: `${String(request.method)} /_local/${path}: there is no such control` });
    return;
  }
  const text = await readBody(request);
  try {
    const body = (): unknown => JSON.parse(text);
    const answer = await handle({ ...parts, query: url.searchParams, body, name: decodeURIComponent(name) });
    sendJson(response, answer === undefined ? 404 : 200, answer ?? { error: "not found" });
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** With `principal` of one, without it of everything that pulls for the workspace; `image` as often as one likes. */
function askWhetherCanPull({ world, query }: ControlCall): unknown {
  const workspace = required(query, "workspace");
  const principal = query.get("principal");
  const images = query.getAll("image");
  return principal === null ? canPull(world, workspace, images) : canPrincipalPull(world, workspace, principal, images);
}

function putResource({ world, query, body }: ControlCall): unknown {
  const id = query.get("id");
  const given = body() as object;
  return world.put(parseResource(id === null ? given : { ...given, id }), { event: wantsEvent(query) });
}

function patchResource({ world, query, body }: ControlCall): unknown {
  return world.patch(required(query, "id"), body() as Parameters<World["patch"]>[1], { event: wantsEvent(query) });
}

/** `registry` is the id of one of ours or the host of one out there. */
function putImages({ world, query, body }: ControlCall): unknown {
  const registry = required(query, "registry");
  world.images.replace(registry, parseRepositories(body()), world.now());
  return world.images.repositories(registry);
}

function grant({ world, query, body }: ControlCall): unknown {
  return world.grant(parseRoleAssignment(body()), { event: wantsEvent(query) });
}

function revoke({ world, query }: ControlCall): unknown {
  const match = { scope: required(query, "scope"), principalId: required(query, "principalId") };
  const role = query.get("role");
  return { deleted: world.revoke({ ...match, ...(role !== null && { role }) }, { event: wantsEvent(query) }) };
}

function putFaults({ faults, body }: ControlCall): unknown {
  faults.replace(body());
  return faults.remaining();
}

function putNoFaults({ faults }: ControlCall): unknown {
  faults.replace([]);
  return [];
}

async function putEventSubscription({ events, body, name }: ControlCall): Promise<unknown> {
  const given = body() as Parameters<EventGrid["subscribe"]>[0];
  return events.subscribe({ ...given, name });
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === "") throw new TypeError(`The query parameter ${name} is missing`);
  return value;
}

function wantsEvent(query: URLSearchParams): boolean {
  return query.get("event") !== "false";
}

function found(done: boolean): object | undefined {
  return done ? { deleted: 1 } : undefined;
}
