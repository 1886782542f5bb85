import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import {
  ArmError,
  badRequest,
  type Caller,
  missingApiVersion,
  subscriptionNotFound,
  unknownApiVersion,
  unknownPath,
} from "./arm-error.ts";
import { idKey, subscriptionOf } from "./arm-id.ts";
import { type Change, kindOfAction } from "./change.ts";
import { type Fault, faultAnswer, type FaultInput, type Faults, parseFault, pause } from "./faults.ts";
import { readBody, sendJson } from "./http.ts";
import { workspacesOf } from "./identity.ts";
import { requireAllowed } from "./rbac.ts";
import type { LoggedRequest, OnRequest } from "./request-log.ts";
import { type Json, WORKSPACE } from "./resource.ts";
import { type Answer, compileRoutes, correlationIdOf, type Method, type RouteMatch } from "./route.ts";
import { routes } from "./routes/index.ts";
import { Throttle } from "./throttle.ts";
import { toldBy } from "./told.ts";
import { authenticate } from "./tokens.ts";
import type { World } from "./world.ts";

const WORKSPACE_IN_PATH = new RegExp(
  `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${WORKSPACE.replace(".", "\\.")}/[^/]+`,
  "i",
);

/** One request on its way through ARM. */
interface Incoming {
  readonly method: Method;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly authorization: string | undefined;
  readonly match: RouteMatch | undefined;
  readonly fault: Fault | undefined;
  readonly log: LoggedRequest;
}

/** Azure Resource Manager: what happens to a request before and after its route, in ARM's order. */
export class Arm {
  readonly requests: LoggedRequest[] = [];
  armEndpoint = "";
  /** Told of every request as it goes its way. */
  onRequest: OnRequest = () => undefined;
  /** Asked for a fault when none that is switched on hits the request. */
  faultFor: (request: LoggedRequest) => FaultInput | undefined = () => undefined;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #throttle: Throttle;
  readonly #find = compileRoutes(routes);

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
    this.#throttle = new Throttle(world);
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const incoming = await this.#receive(request, url);
    const { fault, log } = incoming;
    this.requests.push(log);
    this.onRequest("received", log);
    let isOver = false;
    const end = (moment: "answered" | "abandoned"): void => {
      if (!isOver) this.onRequest(moment, log);
      isOver = true;
    };
    response.once("close", () => {
      end("abandoned");
    });
    const answer = await this.#faultyAnswer(incoming);
    log.early = answer.early ?? false;
    log.code = codeOf(answer.body);
    if (fault?.reset === true) {
      end("answered");
      request.socket.destroy();
      return;
    }
    log.status = answer.status;
    log.told = toldBy(incoming.match?.route.path ?? "", answer);
    end("answered");
    sendJson(response, answer.status, answer.body, {
      "x-ms-request-id": randomUUID(),
      "x-ms-correlation-request-id": log.correlationId,
      ...answer.headers,
    });
  }

  /** The answer, or what the request's fault makes of it; a fault's delay comes after the effect when the fault does. */
  async #faultyAnswer(incoming: Incoming): Promise<Answer> {
    const { fault } = incoming;
    if (fault?.afterEffect === true) {
      const answer = this.#answer(incoming);
      await pause(fault.delayMs);
      return faultAnswer(fault) ?? answer;
    }
    await pause(fault?.delayMs);
    return (fault && faultAnswer(fault)) ?? this.#answer(incoming);
  }

  async #receive(request: IncomingMessage, url: URL): Promise<Incoming> {
    const method = (request.method ?? "GET") as Method;
    const path = url.pathname.replace(/\/{2,}/g, "/");
    const text = await readBody(request);
    const match = this.#find(method, path);
    const action = match?.route.action ?? null;
    const isWrite = method !== "GET" && match?.route.isQuery !== true;
    const body = method === "GET" ? undefined : parseJson(text);
    const { authorization } = request.headers;
    const caller = this.#callerOf(authorization);
    const principalId = caller?.principalId ?? null;
    const log: LoggedRequest = {
      time: new Date(this.#world.now()).toISOString(),
      method,
      path,
      apiVersion: url.searchParams.get("api-version"),
      status: 0,
      code: null,
      principalId,
      isSelf: principalId !== null && idKey(principalId) === idKey(this.#world.self.principalId),
      client: caller?.client ?? null,
      action,
      isWrite,
      subscriptionId: subscriptionOf(path) ?? null,
      workspaceIds: this.#concerns(path, body),
      correlationId: correlationIdOf(request.headers["x-ms-correlation-request-id"]?.toString()),
      early: false,
      body,
      told: null,
    };
    const fault = this.#faults.take(method, path, action) ?? parseFault(this.faultFor(log));
    return { method, path, query: url.searchParams, text, authorization, match, fault, log };
  }

  /** The workspaces that a request is about: the one in its path, or those of the principal that gets a role. */
  #concerns(path: string, body: unknown): string[] {
    const named = WORKSPACE_IN_PATH.exec(path);
    if (named) return [idKey(named[0])];
    const { principalId } = ((body as Json | undefined)?.properties ?? {}) as Json;
    return typeof principalId === "string" ? workspacesOf(this.#world, principalId).map(idKey) : [];
  }

  #callerOf(authorization: string | undefined): Caller | undefined {
    try {
      return authenticate(this.#world, authorization);
    } catch {
      return undefined;
    }
  }

  #answer(incoming: Incoming): Answer {
    this.onRequest("effect", incoming.log);
    const headers: Record<string, string> = {};
    try {
      const answer = this.#route(incoming, headers);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (error) {
      if (!(error instanceof ArmError)) throw error;
      return { ...errorAnswer(error), headers: { ...headers, ...error.headers } };
    }
  }

  /** Authentication, api-version, path, subscription, throttling, authorisation, then the route itself. */
  #route(incoming: Incoming, headers: Record<string, string>): Answer {
    const { method, path, query, match, log } = incoming;
    const world = this.#world;
    const caller = authenticate(world, incoming.authorization);
    const apiVersion = query.get("api-version");
    if (apiVersion === null || apiVersion === "") throw missingApiVersion();
    if (!match) throw unknownPath(path);
    const { route, scope } = match;
    if (!route.apiVersions.includes(apiVersion))
      throw unknownApiVersion(typeOf(route.path), apiVersion, route.apiVersions);
    const { subscriptionId } = log;
    if (subscriptionId !== null) {
      if (!world.containers.subscription(subscriptionId)) throw subscriptionNotFound(subscriptionId);
      Object.assign(headers, this.#throttle.take(method, subscriptionId, caller));
    }
    const tell = this.#teller(route.action, method, scope, caller, log.correlationId);
    try {
      if (route.action !== null && route.authorizesItself !== true) requireAllowed(world, caller, route.action, scope);
      const answer = route.handle({
        world,
        caller,
        method,
        path,
        params: match.params,
        query,
        apiVersion,
        body: parseBody(incoming.text),
        armEndpoint: this.armEndpoint,
        correlationId: log.correlationId,
        operationFailure: incoming.fault?.operation,
        tellLater: (failed) => {
          tell(failed ? "Failure" : "Success");
        },
      });
      if (answer.running !== true && answer.status !== 204) tell("Success");
      return answer;
    } catch (error) {
      tell("Failure");
      throw error;
    }
  }

  /** Reports a write to Event Grid, under the id of what it was about; does nothing for a read. */
  #teller(
    action: string | null,
    method: string,
    scope: string,
    caller: Caller,
    correlationId: string,
  ): (outcome: Change["outcome"]) => void {
    const kind = method === "GET" || action === null ? undefined : kindOfAction(action);
    if (kind === undefined || action === null) return () => undefined;
    const resourceId = this.#world.get(scope)?.id ?? scope;
    return (outcome) => {
      this.#world.onChange({ kind, outcome, operationName: action, resourceId, caller, correlationId, method });
    };
  }
}

function errorAnswer({ status, code, message }: ArmError): Answer {
  return { status, body: { error: { code, message } } };
}

function codeOf(body: unknown): string | null {
  return (body as { error?: { code: string } } | undefined)?.error?.code ?? null;
}

function typeOf(path: string): string {
  return [...path.matchAll(/\/providers\/([^/]+\/[^/{]+)/g)].at(-1)?.[1] ?? "Microsoft.Resources/subscriptions";
}

function parseBody(text: string): Json {
  if (text === "") return {};
  const body = parseJson(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("The request content was invalid and could not be deserialized.", "InvalidRequestContent");
  }
  return body as Json;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
