import type { PipelinePolicy, PipelineRequest } from "@azure/core-rest-pipeline";
import { LRUCache } from "lru-cache";
import { AzureFailure } from "../core/failure.ts";
import type { Clock } from "../core/ports.ts";
import { Budget, limits, type RequestKind, reserve } from "./budget.ts";
import { retryAfterIn } from "./errors.ts";

/** Budgets kept at a time, in a process; one that was dropped begins full, as one that was not used for half a minute is. */
const most = 1_000;

/**
 * Keeps one budget for each subscription and kind of request, over all clients whose pipelines it is part of. What a budget
 * has no room for is not sent: it fails at once with an `AzureFailure` of kind `throttled` that says when to come back, so
 * that nobody who could work for another subscription stands and waits. Requests to other hosts, and those whose path names
 * no subscription, pass. Belongs next to the network, where every retry passes.
 * @param endpoint of ARM
 * @param heldBack told of each that is not sent
 */
export function budgetPolicy(endpoint: string, clock: Pick<Clock, "now">, heldBack?: () => void): PipelinePolicy {
  const budgets = new LRUCache<string, Budget>({ max: most });
  const { origin } = new URL(endpoint);
  const budgetOf = (subscriptionId: string, kind: RequestKind): Budget => {
    const key = `${subscriptionId} ${kind}`;
    const kept = budgets.get(key) ?? new Budget(limits[kind], clock);
    budgets.set(key, kept);
    return kept;
  };
  return {
    name: "subscriptionBudget",
    sendRequest: async (request, next) => {
      const url = new URL(request.url);
      // Some of the SDK's paths begin with two slashes.
      const subscriptionId = /^\/+subscriptions\/([^/]+)/i.exec(url.pathname)?.[1]?.toLowerCase();
      if (subscriptionId === undefined || url.origin !== origin) return next(request);
      const kind = kindOf(request.method);
      const budget = budgetOf(subscriptionId, kind);
      const waitMs = budget.take();
      if (waitMs > 0) {
        heldBack?.();
        throw restraint(kind, subscriptionId, waitMs);
      }
      const response = await next(request).catch((error: unknown) => {
        budget.answered(undefined);
        throw error;
      });
      const told = countIn(response.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`));
      if (response.status === 429) budget.refused(told, retryAfterIn(response.headers.get("retry-after")));
      else budget.answered(told);
      return response;
    },
  };
}

function kindOf(method: PipelineRequest["method"]): RequestKind {
  if (method === "DELETE") return "deletes";
  return method === "GET" || method === "HEAD" ? "reads" : "writes";
}

function countIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

function restraint(kind: RequestKind, subscriptionId: string, retryAfterMs: number): AzureFailure {
  return new AzureFailure({
    kind: "throttled",
    retryAfterMs,
    message: `Nothing was sent, by our own restraint: of the ${kind} that Azure allows in the subscription ${subscriptionId} few are left, or it asked for a pause. The last ${String(reserve * 100)} % are left to others.`,
  });
}
