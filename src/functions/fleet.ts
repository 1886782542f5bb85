import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import * as z from "zod/mini";
import { noQuery } from "../api/common.ts";
import { type FleetPage, fleetQuery, type FleetSummary } from "../api/fleet.ts";
import type { App } from "../app.ts";
import { partsOfCounted } from "../core/outcome.ts";
import { covers } from "../core/policy.ts";
import type { FleetPosition, ListedWorkspace } from "../storage/fleet-list.ts";
import { fleetCounts } from "./fleet-counts.ts";
import { notLookedAfter } from "./judged.ts";
import { ProblemError } from "./problem.ts";
import { queryOf } from "./query.ts";

/** `GET /api/workspaces`: a page of the workspaces that are remembered, in the subscriptions that the policy looks after. */
export async function onWorkspaces(app: App, request: HttpRequest): Promise<HttpResponseInit> {
  const { outcome, reason, registry, subscription, search, limit, continuation } = queryOf(request, fleetQuery);
  const { policy } = await app.policyNow.known();
  if (subscription !== undefined && !covers(policy, subscription)) throw outside(subscription);
  const subscriptions = subscription === undefined ? policy.subscriptions : [subscription];
  const filter = {
    ...(outcome === undefined ? {} : { outcome: outcome === "unknown" ? "" : outcome }),
    ...(reason === undefined ? {} : { reason }),
    ...(registry === undefined ? {} : { registry }),
    ...(search === undefined ? {} : { search }),
  };
  const { workspaces, after } = await app.fleet.list(subscriptions, filter, limit, positionOf(continuation));
  const page: FleetPage = {
    workspaces: workspaces.map(listedView),
    ...(after === undefined ? {} : { continuation: continuationOf(after) }),
  };
  return { status: 200, jsonBody: page };
}

/** `GET /api/fleet`: how many workspaces have each outcome and reason. */
export async function onFleet(app: App, request: HttpRequest): Promise<HttpResponseInit> {
  queryOf(request, noQuery);
  const { policy } = await app.policyNow.known();
  const summary = { mode: policy.mode, subscriptions: [...policy.subscriptions], ...inNumbers(await fleetCounts(app)) };
  return { status: 200, jsonBody: summary satisfies FleetSummary };
}

function inNumbers(counts: ReadonlyMap<string, number>): Pick<FleetSummary, "workspaces" | "outcomes" | "reasons"> {
  const outcomes: Record<string, number> = {};
  const reasons = [];
  let workspaces = 0;
  for (const [counted, count] of counts) {
    const { outcome, reason } = partsOfCounted(counted);
    workspaces += count;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    if (reason !== undefined) reasons.push({ outcome: outcome as ListedOutcome, reason, workspaces: count });
  }
  return { workspaces, outcomes, reasons: reasons.sort((one, other) => other.workspaces - one.workspaces) };
}

type ListedOutcome = FleetPage["workspaces"][number]["outcome"];

function listedView({ workspaceId, outcome, reason, registryId, lookedAt, nextLookAt }: ListedWorkspace) {
  return {
    id: workspaceId,
    outcome: (outcome === "" ? "unknown" : outcome) as ListedOutcome,
    ...(reason === "" ? {} : { reason }),
    ...(registryId === "" ? {} : { registryId }),
    ...(lookedAt === undefined ? {} : { lookedAt: new Date(lookedAt).toISOString() }),
    ...(nextLookAt === undefined ? {} : { nextLookAt: new Date(nextLookAt).toISOString() }),
  };
}

const position = z.object({ partitionKey: z.guid(), rowKey: z.string().check(z.regex(/^[0-9a-f]{64}$/)) });

function continuationOf({ partitionKey, rowKey }: FleetPosition): string {
  return `${partitionKey}.${rowKey}`;
}

function positionOf(continuation: string | undefined): FleetPosition | undefined {
  if (continuation === undefined) return undefined;
  const [partitionKey, rowKey, ...more] = continuation.split(".");
  const read = z.safeParse(position, { partitionKey, rowKey });
  if (read.success && more.length === 0) return read.data;
  throw new ProblemError({
    status: 400,
    code: "InvalidQuery",
    title: "The query cannot be understood.",
    detail: "continuation: allowed: what the page before answered, as it is. Leave it out to begin anew.",
  });
}

function outside(subscriptionId: string): ProblemError {
  return new ProblemError({
    status: 403,
    code: "SubscriptionNotInPolicy",
    title: "The subscription lies outside the policy.",
    detail: `${notLookedAfter(subscriptionId)}, so there is nothing to list.`,
  });
}
