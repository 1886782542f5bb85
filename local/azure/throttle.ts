import { ArmError, type Caller } from "./arm-error.ts";
import type { World } from "./world.ts";

type Kind = "reads" | "writes" | "deletes";

/**
 * ARM's limits per subscription and principal: a bucket that holds so many requests and is refilled at so many a second.
 * Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
const LIMITS: Record<Kind, { size: number; perSecond: number }> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};

export class Throttle {
  readonly #world: World;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes a token and answers the header that says how many are left; throws 429 when none is and throttling is on. */
  take(method: string, subscriptionId: string, caller: Caller): Record<string, string> {
    const kind = kindOf(method);
    const { size, perSecond } = LIMITS[kind];
    const key = `${kind} ${subscriptionId} ${caller.principalId}`.toLowerCase();
    const now = this.#world.now();
    const before = this.#buckets.get(key) ?? { tokens: size, at: now };
    const tokens = Math.min(size, before.tokens + (Math.max(0, now - before.at) / 1000) * perSecond);
    const left = tokens >= 1 ? tokens - 1 : tokens;
    this.#buckets.set(key, { tokens: left, at: now });
    const header = { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(Math.floor(left)) };
    if (tokens >= 1 || !this.#world.settings.throttling) return header;
    const retryAfter = String(Math.max(1, Math.ceil((1 - tokens) / perSecond)));
    throw new ArmError(
      429,
      "TooManyRequests",
      `The request is being throttled as the limit has been reached for operation type - ${kind}. ` +
        `Please try again after '${retryAfter}' seconds. For more information, see - https://aka.ms/srpthrottlinglimits`,
      { ...header, "retry-after": retryAfter },
    );
  }
}

function kindOf(method: string): Kind {
  if (method === "DELETE") return "deletes";
  return method === "GET" || method === "HEAD" ? "reads" : "writes";
}
