import type { HttpResponseInit } from "@azure/functions";
import type { App } from "../app.ts";

/**
 * `GET /api/health/ready`: whether the app keeps up: 200, or 503 with what it is behind with. Needs no key and names nothing
 * of the fleet. A probe may add a query.
 */
export async function onReady(app: App): Promise<HttpResponseInit> {
  const { lastSweepAt, swept, sweepDueBy, sweepOverdue, oldestWaitingSince, behind } = await app.freshness.now();
  const now = app.ports.clock.now();
  const seconds = (since: number): number => Math.max(0, Math.round((now - since) / 1_000));
  const problems = [
    ...(sweepOverdue
      ? [
          `The last finished sweep began ${swept ? "" : "never, and the app first started "}${seconds(lastSweepAt)} s ago; the next one should be over by now. Any trigger starts one.`,
        ]
      : []),
    ...(behind ? ["The oldest request waits longer than it should. See the log of the function requests."] : []),
  ];
  return {
    status: problems.length === 0 ? 200 : 503,
    jsonBody: {
      status: problems.length === 0 ? "ready" : "behind",
      lastSweep: {
        [swept ? "startedAt" : "neverSince"]: new Date(lastSweepAt).toISOString(),
        ageSeconds: seconds(lastSweepAt),
        dueBy: Number.isFinite(sweepDueBy) ? new Date(sweepDueBy).toISOString() : null,
      },
      oldestRequest: oldestWaitingSince === undefined ? null : { ageSeconds: seconds(oldestWaitingSince) },
      problems,
    },
  };
}
