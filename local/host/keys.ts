import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface HostKeys {
  /** Opens functions of level `function`. */
  readonly functionKey: string;
  /** Opens everything, the admin endpoints included. */
  readonly masterKey: string;
  /** The system key `eventgrid_extension`: opens the Event Grid webhook. */
  readonly eventGridKey: string;
}

/** What a request's key proves. */
export type KeyLevel = "anonymous" | "function" | "system" | "admin";

export function newKeys(given: Partial<HostKeys> = {}): HostKeys {
  const key = (): string => randomBytes(30).toString("base64url");
  return { functionKey: key(), masterKey: key(), eventGridKey: key(), ...given };
}

/** The header `x-functions-key` wins over the query's `code`; an unknown key proves as much as none. */
export function keyLevel(keys: HostKeys, headers: IncomingHttpHeaders, query: URLSearchParams): KeyLevel {
  const header = headers["x-functions-key"];
  const presented = typeof header === "string" ? header : (query.get("code") ?? "");
  const levels: readonly [string, KeyLevel][] = [
    [keys.masterKey, "admin"],
    [keys.eventGridKey, "system"],
    [keys.functionKey, "function"],
  ];
  return levels.find(([key]) => key === presented)?.[1] ?? "anonymous";
}

/**
 * Status of a refusal, undefined when the door is open. Function routes always refuse with 401
 * (FunctionInvocationMiddleware); the host's own endpoints tell a missing or unknown key (401) from one that is known
 * and not enough (403), as ASP.NET's policies do.
 */
export function refusal(
  door: "function route" | "host endpoint",
  needed: KeyLevel,
  level: KeyLevel,
): 401 | 403 | undefined {
  if (needed === "anonymous" || level === needed || level === "admin") return undefined;
  return door === "function route" || level === "anonymous" ? 401 : 403;
}
