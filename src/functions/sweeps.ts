import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { noQuery } from "../api/common.ts";
import { sweepsQuery, type SweepView } from "../api/sweeps.ts";
import type { App } from "../app.ts";
import { requestIdOf, type SweepRecord } from "../core/sweep-record.ts";
import { keptSweeps } from "../storage/sweeps.ts";
import { ProblemError } from "./problem.ts";
import { queryOf, refuseBody } from "./query.ts";

/** `GET /api/sweeps`: the last sweeps. */
export async function onSweeps(app: App, request: HttpRequest): Promise<HttpResponseInit> {
  const { limit } = queryOf(request, sweepsQuery);
  const records = await app.sweeps.list(limit);
  return { status: 200, jsonBody: { sweeps: await Promise.all(records.map((record) => viewOf(app, record))) } };
}

/** `GET /api/sweeps/{id}`: how far a sweep is, and what came of it. */
export async function onSweepState(app: App, request: HttpRequest): Promise<HttpResponseInit> {
  queryOf(request, noQuery);
  const { id = "" } = request.params;
  const record = await app.sweeps.find(id);
  if (record === undefined)
    throw new ProblemError({
      status: 404,
      code: "SweepUnknown",
      title: "Nothing is known of this sweep.",
      detail: `None of the last ${keptSweeps} sweeps is called ${JSON.stringify(id.slice(0, 100))}. One that was just asked for begins once its message is taken, which takes seconds.`,
    });
  return { status: 200, jsonBody: await viewOf(app, record) };
}

/** `POST /api/sweeps`: asks for a sweep, unless one is under way. */
export async function onStartSweep(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  queryOf(request, noQuery);
  await refuseBody(request, "A sweep takes nothing.");
  const latest = await app.sweeps.latest();
  if (latest !== undefined && stateOf(app, latest) === "running") return asked(latest.id, true);
  const id = app.ports.newId();
  await app.ports.queue.send({ sweep: id, afterOthers: true }, 0);
  context.log(`Sweep ${id}: asked for over HTTP.`);
  return asked(id, false);
}

function asked(id: string, alreadyRunning: boolean): HttpResponseInit {
  const headers = { location: `/api/sweeps/${encodeURIComponent(id)}`, "retry-after": "5" };
  return { status: 202, headers, jsonBody: { id, alreadyRunning } };
}

function stateOf({ ports, freshness }: App, { finishedAt, failedAt, progressAt }: SweepRecord): SweepView["state"] {
  if (failedAt !== undefined) return "failed";
  if (finishedAt !== undefined) return "finished";
  return freshness.isSilent(progressAt, ports.clock.now()) ? "silent" : "running";
}

async function viewOf(app: App, record: SweepRecord): Promise<SweepView> {
  const { startedAt, progressAt, finishedAt, failedAt } = record;
  return {
    id: record.id,
    state: stateOf(app, record),
    startedAt: iso(startedAt),
    progressAt: iso(progressAt),
    ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
    ...(failedAt === undefined ? {} : { failedAt: iso(failedAt) }),
    seen: record.seen,
    requested: record.requested,
    nominated: { ...record.nominated },
    pending: record.pending,
    results: { ...(record.results ?? (await app.sweepResults.counts(requestIdOf(record.id)))) },
    unreadable: [...record.unreadable],
    queries: record.queries,
    drift: record.drift.map((one) => ({ ...one })),
    errors: record.errors.map(({ subject, message }) => ({ subject, message })),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
