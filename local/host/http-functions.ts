import type { RegisteredFunction } from "./app.ts";
import type { Executor } from "./executor.ts";
import { sendRpcHttp, toRpcHttp } from "./http-message.ts";
import { keyLevel, refusal, type HostKeys, type KeyLevel } from "./keys.ts";
import { byPrecedence, matchRoute, parseRoute, type Route } from "./routes.ts";
import type { Exchange, Handler } from "./server.ts";
import type { Trigger } from "./triggers.ts";

interface HttpFunction {
  readonly target: RegisteredFunction;
  readonly route: Route;
  readonly methods: ReadonlySet<string>;
  readonly level: KeyLevel;
}

export interface HttpFunctionOptions {
  readonly triggers: readonly Trigger[];
  readonly routePrefix: string;
  readonly keys: HostKeys;
  readonly executor: Executor;
}

/**
 * Serves the app's HTTP functions. A path that matches no route, or only routes of other methods, is 404: methods are
 * route constraints in the host, so there is no 405, and a GET route does not answer HEAD. A function that fails is 500
 * with an empty body.
 */
export function createHttpFunctions({ triggers, routePrefix, keys, executor }: HttpFunctionOptions): Handler {
  const functions = triggers
    .map(({ target, binding }) => toHttpFunction(target, binding, routePrefix))
    .sort((a, b) => byPrecedence(a.route, b.route));

  return async ({ request, response, url, readBody }: Exchange) => {
    for (const { target, route, methods, level } of functions) {
      const parameters = matchRoute(route, url.pathname);
      if (parameters === undefined || !methods.has(request.method ?? "")) continue;
      const refused = refusal("function route", level, keyLevel(keys, request.headers, url.searchParams));
      if (refused !== undefined) {
        response.writeHead(refused).end();
        return;
      }
      const http = toRpcHttp(request, parameters, await readBody());
      const reason = "This function was programmatically called via the host APIs.";
      const result = await executor.execute(target, { reason, data: { http }, metadata: {} });
      if (result.succeeded) sendRpcHttp(response, result.response.returnValue);
      else response.writeHead(500).end();
      return;
    }
    response.writeHead(404).end();
  };
}

function toHttpFunction(target: RegisteredFunction, binding: Trigger["binding"], routePrefix: string): HttpFunction {
  const template = typeof binding.route === "string" ? binding.route : target.metadata.name;
  const methods = Array.isArray(binding.methods) ? (binding.methods as readonly string[]) : [];
  return {
    target,
    route: parseRoute(`${routePrefix}/${template}`),
    methods: new Set(methods.map((method) => method.toUpperCase())),
    level: toLevel(binding.authLevel),
  };
}

function toLevel(authLevel: unknown): KeyLevel {
  if (authLevel === "anonymous" || authLevel === "function" || authLevel === "admin") return authLevel;
  throw new Error(`authLevel ${JSON.stringify(authLevel)}: known are anonymous, function, admin.`);
}
