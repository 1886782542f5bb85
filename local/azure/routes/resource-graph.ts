import { createHash } from "node:crypto";

import { z } from "zod";

import { type Detail, QueryError } from "../graph/query-error.ts";
import { AUTHORIZATION_SCOPE_FILTERS, ScopeError } from "../graph/query-scope.ts";
import type { GraphResult } from "../graph/graph.ts";
import { quotaHeaders, wholeSeconds } from "../graph/quota.ts";
import type { ScalarType } from "../graph/values.ts";
import { type Answer, type Call, type Route } from "../route.ts";

/** Source: Azure/azure-rest-api-specs, specification/resourcegraph. `@azure/arm-resourcegraph` 5 sends 2024-04-01. */
const API_VERSIONS = ["2021-03-01", "2022-10-01", "2024-04-01"];

/** The most rows on a page, and how many there are when nothing is asked. */
const PAGE_SIZE = 1000;

export const resourceGraphRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/providers/Microsoft.ResourceGraph/resources",
    apiVersions: API_VERSIONS,
    action: "Microsoft.ResourceGraph/resources/read",
    // Whoever may read something may ask; the graph shows nobody more than that.
    authorizesItself: true,
    isQuery: true,
    handle: ask,
  },
];

const requestSchema = z.object({
  query: z.string().min(1),
  subscriptions: z.array(z.string()).nullish(),
  managementGroups: z.array(z.string()).nullish(),
  facets: z.array(z.unknown()).max(0, "facets are not modelled").nullish(),
  options: z
    .object({
      $top: z.int().min(1).max(PAGE_SIZE).nullish(),
      $skip: z.int().min(0).nullish(),
      $skipToken: z.string().nullish(),
      resultFormat: z.enum(["objectArray", "table"]).nullish(),
      /** Matters only beyond the number of subscriptions that is allowed, which is not modelled. */
      allowPartialScopes: z.boolean().nullish(),
      authorizationScopeFilter: z.enum(AUTHORIZATION_SCOPE_FILTERS).nullish(),
    })
    .nullish(),
});
type Request = z.output<typeof requestSchema>;

function ask(call: Call): Answer {
  const { world, caller } = call;
  const quota = world.graphQuota.take(caller.principalId, world.now());
  const headers = quotaHeaders(quota);
  if (quota.isExhausted && world.settings.throttling) {
    const retryAfter = String(wholeSeconds(quota.resetsAfterMs));
    const detail = {
      code: "RateLimiting",
      message:
        "Client application has been throttled and should not attempt to repeat the request until an amount of time " +
        "has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.",
    };
    return { ...refusal(call, 429, "RateLimiting", [detail]), headers: { ...headers, "retry-after": retryAfter } };
  }
  return { ...answerTo(call), headers };
}

function answerTo(call: Call): Answer {
  const parsed = requestSchema.safeParse(call.body);
  if (!parsed.success) return badRequest(call, { code: "InvalidRequest", message: z.prettifyError(parsed.error) });
  const { query, subscriptions, managementGroups, options } = parsed.data;
  const token = tokenOf(parsed.data);
  if (token === "foreign") {
    const message = "The $skipToken is not one of this query over this scope.";
    return badRequest(call, { code: "InvalidSkipToken", message });
  }
  const filter = options?.authorizationScopeFilter ?? "AtScopeAndBelow";
  try {
    const question = { caller: call.caller, query, subscriptions, managementGroups, filter };
    return { status: 200, body: pageOf(parsed.data, token, call.world.graph.answer(question)) };
  } catch (error) {
    if (error instanceof ScopeError) {
      const { status, code, message } = error;
      return refusal(call, status, status === 403 ? code : "BadRequest", [{ code, message }]);
    }
    if (!(error instanceof QueryError)) throw error;
    const message =
      "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error " +
      "before retrying.";
    return badRequest(call, { code: "InvalidQuery", message }, error.detail);
  }
}

/** What a `$skipToken` carries: "the next page size and offset, as well as the context of the query". */
interface SkipToken {
  readonly top: number;
  readonly offset: number;
  readonly context: string;
}

/**
 * A page with what the caller needs for the next one. There is a `$skipToken` only where the query has no `take` and its
 * result a column `id`: the documentation asked for that column once and now asks for any that is not JSON, so this is
 * the harder case. `$skip` and `$top` override the token.
 *
 * Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results and work-with-data, and the
 * examples of the specification ("First page query", "Next page query").
 */
function pageOf(request: Request, token: SkipToken | undefined, result: GraphResult): unknown {
  const { rows, schema, isLimited } = result;
  const { options } = request;
  const top = options?.$top ?? token?.top ?? PAGE_SIZE;
  // "If limit or take is used in the query, skip is ignored."
  const offset = isLimited ? 0 : (options?.$skip ?? token?.offset ?? 0);
  const page = rows.slice(offset, offset + top);
  const next = offset + page.length;
  const hasMore = next < rows.length;
  const isPaged = !isLimited && schema.get("id") === "string";
  return {
    totalRecords: rows.length,
    count: page.length,
    resultTruncated: String(hasMore && !isPaged),
    ...(hasMore && isPaged && { $skipToken: encode({ top, offset: next, context: contextOf(request) }) }),
    facets: [],
    data: options?.resultFormat === "table" ? tableOf(result, page) : page,
  };
}

const COLUMN_TYPES: Readonly<Record<ScalarType, string>> = {
  string: "string",
  dynamic: "object",
  bool: "boolean",
  long: "integer",
};

function tableOf({ schema }: GraphResult, page: GraphResult["rows"]): unknown {
  const columns = [...schema].map(([name, type]) => ({ name, type: COLUMN_TYPES[type] }));
  return { columns, rows: page.map((row) => columns.map(({ name }) => row[name] ?? null)) };
}

/** Different for every query and scope. */
function contextOf({ query, subscriptions, managementGroups, options }: Request): string {
  const context = [query, subscriptions ?? [], managementGroups ?? [], options?.authorizationScopeFilter ?? null];
  return createHash("sha256").update(JSON.stringify(context)).digest("base64url");
}

function encode(token: SkipToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

const tokenSchema = z.strictObject({ top: z.int().min(1), offset: z.int().min(0), context: z.string() });

/** The token of a request that has one; "foreign" when it was not made for this query. */
function tokenOf(request: Request): SkipToken | undefined | "foreign" {
  const text = request.options?.$skipToken;
  if (text === undefined || text === null) return undefined;
  try {
    const token = tokenSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return token.context === contextOf(request) ? token : "foreign";
  } catch {
    return "foreign";
  }
}

function badRequest(call: Call, ...details: Detail[]): Answer {
  return refusal(call, 400, "BadRequest", details);
}

/** Source of the text: Azure/azure-powershell#13762, Azure/azure-cli-extensions#3325. */
function refusal({ world, correlationId }: Call, status: number, code: string, details: readonly Detail[]): Answer {
  const timestamp = new Date(world.now()).toISOString();
  const message = `Please provide below info when asking for support: timestamp = ${timestamp}, correlationId = ${correlationId}.`;
  return { status, body: { error: { code, message, details } } };
}
