import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import { exemptionBody, exemptionQuery, longestExemptionDays } from "../api/workspace.ts";
import type { App } from "../app.ts";
import { optOutTag } from "../core/exemption.ts";
import { ProblemError } from "./problem.ts";
import { bodyOf, queryOf, refuseBody } from "./query.ts";
import { askAndWatch } from "./watch.ts";
import { workspaceIn } from "./workspace-path.ts";

const dayMs = 24 * 3_600_000;

/** `PUT …/exemption`: leaves one workspace alone until a date. What is being done to it now is finished first. */
export async function onExemption(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { workspace } = await workspaceIn(request, app);
  const { wait } = queryOf(request, exemptionQuery);
  const { until, reason } = await bodyOf(request, exemptionBody);
  const exempt = { until: endOf(until, app.ports.clock.now()), reason: reason.trim() };
  return askAndWatch(
    app,
    workspace,
    {
      what: `taken out until ${new Date(exempt.until).toISOString()}`,
      waitSeconds: wait,
      exempt,
      isOver: ({ exempt: now }) => now?.until === exempt.until && now.reason === exempt.reason,
    },
    context,
  );
}

/** `DELETE …/exemption`: looks after it again. A tag that takes it out stays what it is. */
export async function onInclusion(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { workspace } = await workspaceIn(request, app);
  const { wait } = queryOf(request, exemptionQuery);
  await refuseBody(request, "To take a workspace out, PUT to the same path.");
  const isOver = ({ exempt }: { exempt?: unknown }): boolean => exempt === undefined;
  return askAndWatch(app, workspace, { what: "taken in again", waitSeconds: wait, exempt: "lifted", isOver }, context);
}

function endOf(until: string, now: number): number {
  const at = Date.parse(until);
  if (at > now && at - now <= longestExemptionDays * dayMs) return at;
  throw new ProblemError({
    status: 400,
    code: "InvalidBody",
    title: "The body cannot be understood.",
    detail: `until: found ${until}, allowed: later than now, by at most ${longestExemptionDays} days. For longer, set the tag ${optOutTag}: skip. Nothing was changed.`,
  });
}
