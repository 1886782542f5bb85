import { ArmError, notFound } from "../arm-error.ts";
import type { Operation } from "../operations.ts";
import { requireAllowed } from "../rbac.ts";
import { type Answer, type Call, param, type Route } from "../route.ts";
import { renderWorkspace, WORKSPACE_API_VERSIONS } from "./workspace-view.ts";

const POLL_ACTION = "Microsoft.MachineLearningServices/locations/workspaceOperationsStatus/read";

/**
 * Polling of Azure Machine Learning's long-running operations. The specification promises `Location` and
 * `Retry-After`; a Location answers 202 while the operation runs and with its result when it has ended.
 */
export const operationRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.MachineLearningServices/locations/{location}/workspaceOperationsStatus/{operationId}",
    apiVersions: WORKSPACE_API_VERSIONS,
    action: POLL_ACTION,
    authorizesItself: true,
    handle: poll,
  },
];

/**
 * Applies the effect at once when it takes no time (answering undefined), else starts an operation that applies it when
 * it has ended. An operation that is to fail is always one that runs: its failure shows when it is polled.
 */
export function start(
  call: Call,
  operation: Pick<Operation, "resourceId" | "state" | "answersResource"> & {
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

/** 202, with where to look and how long to wait. */
export function accepted(call: Call, operation: Operation, location: string): Answer {
  const path =
    `/subscriptions/${param(call, "subscriptionId")}/providers/Microsoft.MachineLearningServices` +
    `/locations/${location}/workspaceOperationsStatus/${operation.id}`;
  return {
    status: 202,
    running: true,
    headers: {
      location: `${call.armEndpoint}${path}?api-version=${call.apiVersion}&type=location`,
      "retry-after": String(call.world.settings.retryAfterSeconds),
    },
  };
}

function poll(call: Call): Answer {
  const { world } = call;
  const now = world.now();
  world.settle();
  const id = param(call, "operationId");
  const operation = world.operations.find(id);
  if (!operation) throw notFound("Microsoft.MachineLearningServices/locations/workspaceOperationsStatus", id, "");
  // Whoever may do this to the workspace may watch it, although the path lies outside of the workspace's group: people
  // with rights on one group only do follow their operations. That the action is asked for at all is an inference.
  requireAllowed(world, call.caller, POLL_ACTION, operation.resourceId);
  const waitMs = world.settings.retryAfterSeconds * 1000;
  const early = now < operation.toldAt + waitMs;
  operation.toldAt = now;
  if (now < operation.endsAt) {
    const headers = {
      location: `${call.armEndpoint}${call.path}?${call.query.toString()}`,
      "retry-after": String(world.settings.retryAfterSeconds),
    };
    return { status: 202, headers, early };
  }
  if (operation.failure) throw new ArmError(400, operation.failure.code, operation.failure.message);
  const resource = operation.answersResource ? world.get(operation.resourceId) : undefined;
  return resource ? { status: 200, body: renderWorkspace(call, resource, now), early } : { status: 200, early };
}
