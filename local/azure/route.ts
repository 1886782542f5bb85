import { randomUUID } from "node:crypto";

import type { Caller } from "./arm-error.ts";
import type { Operation } from "./operations.ts";
import type { Json } from "./resource.ts";
import type { World } from "./world.ts";

export type Method = "GET" | "PUT" | "PATCH" | "POST" | "DELETE";

/** One request to ARM, authenticated and authorised. */
export interface Call {
  readonly world: World;
  readonly caller: Caller;
  readonly method: Method;
  /** As sent, with single slashes. */
  readonly path: string;
  /** What the braces of the route's path stand for. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly body: Json;
  /** `https://127.0.0.1:PORT`, for the links in answers. */
  readonly armEndpoint: string;
  readonly correlationId: string;
  /** Makes the operation this call starts end as a failure. */
  readonly operationFailure: Operation["failure"];
  /** Reports the write as an event once the operation has ended. */
  readonly tellLater: (failed: boolean) => void;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The event follows when the operation ends. */
  readonly running?: boolean;
  /** A poll that came before the time it was told to wait. */
  readonly early?: boolean;
}

export interface Route {
  readonly method: Method;
  /** With `{name}` for one segment and a leading `{scope}` for any number of them. Matched without regard to case. */
  readonly path: string;
  /** Which api-versions it answers; the last one is the newest. */
  readonly apiVersions: readonly string[];
  /** What RBAC asks for; null where ARM asks for nothing. */
  readonly action: string | null;
  /** Where RBAC asks for it: a template like `path`. Default: the path itself. */
  readonly at?: string;
  /** The scope is known only to the handler, which asks RBAC itself. */
  readonly authorizesItself?: true;
  /** A POST that only asks: no write, to whoever counts those. */
  readonly isQuery?: true;
  readonly handle: (call: Call) => Answer;
}

/** The value of a path parameter; the router has made sure that it is there. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new TypeError(`The route of ${call.path} has no {${name}}`);
  return value;
}

/** One page of a list, with ARM's `nextLink`. `token` is the query parameter that this service continues with. */
export function page<Item>(
  call: Call,
  items: readonly Item[],
  token: "$skip" | "$skipToken",
  render: (item: Item) => unknown,
): Answer {
  const start = Number(call.query.get(token) ?? 0);
  const end = start + call.world.settings.pageSize;
  const next = new URLSearchParams(call.query);
  next.set(token, String(end));
  const nextLink = items.length > end ? { nextLink: `${call.armEndpoint}${call.path}?${next.toString()}` } : {};
  return { status: 200, body: { value: items.slice(start, end).map(render), ...nextLink } };
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Record<string, string>;
  /** Where RBAC asks for the route's action. */
  readonly scope: string;
}

/** Compiles the table once; a path is looked up by its method and pattern. */
export function compileRoutes(routes: readonly Route[]): (method: string, path: string) => RouteMatch | undefined {
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return (method, path) => {
    for (const { route, pattern } of compiled) {
      const groups = route.method === method ? pattern.exec(path)?.groups : undefined;
      if (!groups) continue;
      const params = Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
      return { route, params, scope: fill(route.at ?? route.path, params) || "/" };
    }
    return undefined;
  };
}

function patternOf(path: string): RegExp {
  const source = path
    .replace(/[.$]/g, "\\$&")
    .replace("{scope}", "(?<scope>.*)")
    .replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  // The last alternative only makes `groups` an object when the path has no braces.
  return new RegExp(`^${source}/?$|(?<none>(?!))`, "i");
}

function fill(template: string, params: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
}

function decode(value: string | undefined): string {
  try {
    return decodeURIComponent(value ?? "");
  } catch {
    return value ?? "";
  }
}

/** A correlation id the caller gave, or a new one. */
export function correlationIdOf(header: string | undefined): string {
  return header !== undefined && /^[0-9a-f-]{36}$/i.test(header) ? header : randomUUID();
}
