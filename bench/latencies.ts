/**
 * How long Azure takes, as every measurement here has it. Nobody publishes these figures for ARM, so they are a model: what is
 * compared with each other meets the same one. Where a source gives a number or a bound, it is named.
 */
import type { AzureOptions } from "../local/azure/index.ts";
import type { LoggedRequest } from "../local/azure/request-log.ts";

export interface Latency {
  readonly what: string;
  /** Of the answer, in milliseconds. */
  readonly ms: number;
  readonly source: string;
}

const chosen = "chosen: no figure is published; the order of what ARM clients log";

/** How late each kind of request is answered. */
export const latencies = {
  read: { what: "GET of one resource", ms: 120, source: chosen },
  list: { what: "GET of a list, one page", ms: 200, source: chosen },
  poll: { what: "GET of an operation's status", ms: 100, source: chosen },
  patch: { what: "PATCH of a workspace, until it is accepted", ms: 400, source: chosen },
  putRole: { what: "PUT of a role assignment", ms: 900, source: chosen },
  post: { what: "POST resyncKeys, until it is accepted", ms: 300, source: chosen },
  graphPage: { what: "POST of a Resource Graph query, one page", ms: 400, source: chosen },
} satisfies Record<string, Latency>;

/** From a change until Event Grid delivers its event, in milliseconds. */
export const delivery: Latency = {
  what: "Event Grid, from the change to the delivery",
  ms: 300,
  source: "chosen: Event Grid promises no time (Microsoft Learn, “Event Grid message delivery and retry”)",
};

/** What goes on after its request was accepted. Durations in seconds. */
export const operations = {
  attachSeconds: 8,
  syncSeconds: 8,
  retryAfterSeconds: 10,
  source:
    "Retry-After: the least that the specification allows (10 to 600 s, azure-rest-api-specs, Microsoft.MachineLearningServices 2024-10-01, workspaceRP.json); durations: chosen",
} as const;

/** The stand-in's storage is Azurite, as fast as the machine lets it be. */
export const storage = "Azurite on this machine, nothing added";

type Kind = keyof typeof latencies;

const kinds: readonly (readonly [method: string, path: RegExp, kind: Kind])[] = [
  ["GET", /\/workspaceOperationsStatus\/[^/]+$/i, "poll"],
  // A collection ends with a type: after the last namespace come an odd number of segments.
  ["GET", /\/providers\/[^/]+\/[^/]+(\/[^/]+\/[^/]+)*$/i, "list"],
  ["GET", /./, "read"],
  ["PATCH", /./, "patch"],
  ["PUT", /\/roleAssignments\/[^/]+$/i, "putRole"],
  ["POST", /\/resyncKeys$/i, "post"],
  ["POST", /\/Microsoft\.ResourceGraph\/resources$/i, "graphPage"],
];

/** How late a request is answered, in milliseconds; 0 for what no measurement sends. */
export function latencyOf({ method, path }: Pick<LoggedRequest, "method" | "path">): number {
  const [, , kind] = kinds.find(([one, pattern]) => one === method && pattern.test(path)) ?? [];
  return kind === undefined ? 0 : latencies[kind].ms;
}

/** The stand-in with all of this, and with ARM's and Resource Graph's real limits. */
export function azureWithLatencies(more: AzureOptions): AzureOptions {
  const { attachSeconds, syncSeconds, retryAfterSeconds } = operations;
  const deliveryFaults = { delaySeconds: delivery.ms / 1_000 };
  return {
    ...more,
    settings: { attachSeconds, syncSeconds, retryAfterSeconds, throttling: true, deliveryFaults, ...more.settings },
    faultFor: (request) => ({ delayMs: latencyOf(request) }),
  };
}

/** An operation from its request to the answer that says it is done, asked about no earlier than `Retry-After`, in milliseconds. */
function operationMs(begin: Latency, seconds: number): number {
  const { retryAfterSeconds } = operations;
  return begin.ms + Math.ceil(seconds / retryAfterSeconds) * retryAfterSeconds * 1_000 + latencies.poll.ms;
}

/**
 * The least time from a change to a verified, compliant workspace, in milliseconds: delivery, half the interval at which an
 * idle host polls its queue, GET, list, the longer of attaching and granting, key sync, and GET and list again to verify.
 */
export function criticalPathMs(pollIntervalMs: number): number {
  const { read, list, patch, putRole, post } = latencies;
  const look = read.ms + list.ms;
  const attachOrGrant = Math.max(operationMs(patch, operations.attachSeconds), putRole.ms);
  const sync = operationMs(post, operations.syncSeconds);
  return delivery.ms + pollIntervalMs / 2 + look + attachOrGrant + sync + look;
}
