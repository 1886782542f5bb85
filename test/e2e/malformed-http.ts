/** Requests over HTTP that are wrong. */
import { subscriptionId } from "./cast.ts";
import { pathOf } from "./app.ts";
import { victim } from "./malformed-events.ts";

export const path = pathOf(victim);
const named = (name: string): string => path.replace("victim", name);
const grouped = (name: string): string => path.replace("ml-team", name);
const subscribed = (id: string): string => path.replace(subscriptionId, id);

const noName = "cannot be the name of a resource";

/** A path that names no workspace, and what the answer says of it. */
export const malformedPaths: readonly (readonly [path: string, names: string])[] = [
  [subscribed("production"), `the subscription id "production" is not a GUID`],
  [subscribed(`%7B${subscriptionId}%7D`), "is not a GUID"],
  [subscribed(subscriptionId.replaceAll("1", "%EF%BC%91")), "is not a GUID"],
  [named("no%20spaces"), `"no spaces" cannot be the name of a resource`],
  [named("a%2Fb"), noName],
  [named("..%2F..%2Fvictim"), noName],
  [named("victim%2Fcomputes%2Fcpu"), noName],
  [named("victim%00"), noName],
  [named("victim%0D%0AX-Injected:%201"), noName],
  [named("%E2%80%AEmitciv"), noName],
  [named("%ED%A0%80"), noName],
  [named("%C0%AE%C0%AE"), noName],
  [named("victim%3Fapi-version=1"), noName],
  [named("'%20or%20'1'%20eq%20'1"), noName],
  [named("x".repeat(300)), noName],
  [grouped("ends-in."), `"ends-in." cannot be the name of a resource group`],
  [grouped("x".repeat(91)), "cannot be the name of a resource group"],
  [grouped("ml-team%2Fproviders"), "cannot be the name of a resource group"],
];

const longest = "whole seconds, 0 to 200";

/** A query that cannot be understood, and what the answer says of it. */
export const malformedQueries: readonly (readonly [query: string, names: string])[] = [
  ["wait=soon", `wait: found "soon", allowed: ${longest}`],
  ["wait=-1", `wait: found "-1", allowed: ${longest}`],
  ["wait=1.5", `wait: found "1.5", allowed: ${longest}`],
  ["wait=201", `wait: found "201", allowed: ${longest}`],
  ["wait=1e9", `wait: found "1e9", allowed: ${longest}`],
  ["wait=0x10", `wait: found "0x10", allowed: ${longest}`],
  ["wait=NaN", `wait: found "NaN", allowed: ${longest}`],
  ["wait=%205", `wait: found " 5", allowed: ${longest}`],
  ["wait=%2B5", `wait: found "+5", allowed: ${longest}`],
  ["wait=5%00", `wait: found "5\\u0000", allowed: ${longest}`],
  ["wait=%D9%A3", `wait: found "\u0663", allowed: ${longest}`],
  ["wait=0030", `wait: found "0030", allowed: ${longest}`],
  ["wait=", `wait: found "", allowed: ${longest}`],
  ["wait=5&wait=6", `wait: found "5,6", allowed: ${longest}`],
  ["dryRun=yes", `dryRun: found "yes", allowed: true or false`],
  ["dryRun=TRUE", `dryRun: found "TRUE", allowed: true or false`],
  ["dryRun", `dryRun: found "", allowed: true or false`],
  ["dryRun=true&dryRun=false", `dryRun: found "true,false", allowed: true or false`],
  ["dryrun=true", "dryrun: unknown; known are dryRun and wait"],
  ["wait=x&force=1", "force: unknown"],
  ["constructor=1", "constructor: unknown"],
];

/** A body, its type, and what the answer says of it. */
export const malformedBodies: readonly (readonly [what: string, body: string, contentType: string])[] = [
  ["the option that belongs into the query", '{"dryRun": true}', "application/json"],
  ["a form", "dryRun=true&wait=0", "application/x-www-form-urlencoded"],
  ["an array", "[]", "application/json"],
  ["no JSON", "{not json", "application/json"],
  ["a byte order mark and an object", "\ufeff{ }", "application/json"],
  ["another type than it says", "<dryRun>true</dryRun>", "application/json"],
  ["a type that is none", "dryRun", "%00"],
  ["a million characters", "x".repeat(1_000_000), "text/plain"],
];

/** What no route of the app answers. */
export const unrouted: readonly (readonly [method: string, path: string])[] = [
  ["GET", `${path}/remediate`],
  ["PUT", `${path}/remediate`],
  ["PATCH", `${path}/remediate`],
  ["DELETE", `${path}/remediate`],
  ["POST", `${path}/diagnosis`],
  ["POST", path],
  ["DELETE", path],
  ["POST", `${path}/remediate/now`],
  ["POST", `${path}/../remediate`],
  ["POST", `${path}/computes/cpu/remediate`],
  ["POST", "/api/workspaces"],
  ["GET", `${path}/exemption`],
  ["POST", "/api/health/ready"],
];
