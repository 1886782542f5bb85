import { ArmError, notFound } from "../arm-error.ts";
import type { Operation } from "../operations.ts";
import { requireAllowed } from "../rbac.ts";
import type { Json, Resource } from "../resource.ts";
import { type Answer, type Call, param, type Route } from "../route.ts";

/** Where one kind of long-running operations is watched. */
export interface Watch {
  /** Template of the path, with `{operationId}`. */
  readonly path: string;
  readonly apiVersions: readonly string[];
  readonly action: string;
  /**
   * What a poll is answered. `result`, of a `Location`: 202 while it runs, then the result; `status`, of an
   * `Azure-AsyncOperation`: always 200 with its status, unless the query says `type=location`.
   */
  readonly answers: "result" | "status";
  /** The resource as the result shows it. */
  readonly render: (call: Call, resource: Resource, at: number) => Json;
}

/** Where Azure Machine Learning lets operations of a kind be watched, in the provider's casing. */
export function machineLearningWatch(collection: string, rest: Omit<Watch, "path" | "action">): Watch {
  const locations = "Microsoft.MachineLearningServices/locations";
  return {
    ...rest,
    path: `/subscriptions/{subscriptionId}/providers/${locations}/{location}/${collection}/{operationId}`,
    action: `${locations}/${collection}/read`,
  };
}

/** Polling of long-running operations. */
export function watchRoute(watch: Watch): Route {
  const { path, apiVersions, action } = watch;
  return { method: "GET", path, apiVersions, action, authorizesItself: true, handle: (call) => poll(call, watch) };
}

/**
 * Applies the effect at once when it takes no time (answering undefined), else starts an operation that applies it when
 * it has ended. An operation that is to fail is always one that runs: its failure shows when it is polled.
 */
export function start(
  call: Call,
  operation: Pick<Operation, "resourceId" | "state" | "answersResource" | "report"> & {
    seconds: number;
    apply: (at: number) => void;
  },
): Operation | undefined {
  const { world, operationFailure: failure, tellLater } = call;
  const { seconds, apply, ...rest } = operation;
  const startedAt = world.now();
  if (seconds === 0 && !failure) {
    apply(startedAt);
    return undefined;
  }
  return world.operations.start({
    ...rest,
    startedAt,
    endsAt: startedAt + seconds * 1000,
    failure,
    settle: (at) => {
      if (!failure) apply(at);
      tellLater(failure !== undefined);
    },
  });
}

/** Where this operation is watched. */
export function watchUrl(call: Call, watch: Watch, operation: Operation, location: string): string {
  const values: Record<string, string> = { ...call.params, location, operationId: operation.id };
  const path = watch.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  return `${call.armEndpoint}${path}?api-version=${call.apiVersion}`;
}

/** 202, with where to look and how long to wait. */
export function accepted(call: Call, watch: Watch, operation: Operation, location: string): Answer {
  const headers = {
    location: `${watchUrl(call, watch, operation, location)}&type=location`,
    "retry-after": retryAfter(call),
  };
  return { status: 202, running: true, headers };
}

export function retryAfter({ world }: Call): string {
  return String(world.settings.retryAfterSeconds);
}

function poll(call: Call, watch: Watch): Answer {
  const { world } = call;
  const now = world.now();
  world.settle();
  const id = param(call, "operationId");
  const operation = world.operations.find(id);
  if (!operation) throw notFound(watch.action.replace(/\/read$/, ""), id, "");
  // Whoever may do this to the resource may watch it, although the path lies outside of the resource's group: people
  // with rights on one group only do follow their operations. That the action is asked for at all is an inference.
  requireAllowed(world, call.caller, watch.action, operation.resourceId);
  const early = now < operation.toldAt + world.settings.retryAfterSeconds * 1000;
  operation.toldAt = now;
  const answersResult = watch.answers === "result" || call.query.get("type") === "location";
  return { ...(answersResult ? result(call, watch, operation) : status(call, operation)), early };
}

function result(call: Call, watch: Watch, operation: Operation): Answer {
  const now = call.world.now();
  if (now < operation.endsAt) {
    const location = `${call.armEndpoint}${call.path}?${call.query.toString()}`;
    return { status: 202, headers: { location, "retry-after": retryAfter(call) } };
  }
  if (operation.failure) throw failed(operation.failure);
  if (operation.report) return { status: 200, body: operation.report() };
  const resource = operation.answersResource ? call.world.get(operation.resourceId) : undefined;
  return resource ? { status: 200, body: watch.render(call, resource, now) } : { status: 200 };
}

function failed({ code, message }: { code: string; message: string }): ArmError {
  return new ArmError(code === "Conflict" ? 409 : 400, code, message);
}

function status(call: Call, { id, endsAt, startedAt, failure }: Operation): Answer {
  const body = { id: call.path, name: id, startTime: new Date(startedAt).toISOString() };
  if (call.world.now() < endsAt) {
    return { status: 200, body: { ...body, status: "InProgress" }, headers: { "retry-after": retryAfter(call) } };
  }
  const endTime = new Date(endsAt).toISOString();
  if (failure) return { status: 200, body: { ...body, endTime, status: "Failed", error: failure } };
  return { status: 200, body: { ...body, endTime, status: "Succeeded" } };
}
