import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import * as z from "zod/mini";
import type { App } from "../app.ts";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Memory } from "../core/memory.ts";
import { describe } from "../core/actions.ts";
import { examine } from "../core/examine.ts";
import type { Policy } from "../core/policy.ts";
import { accept } from "../core/work.ts";
import { azureProblem, ProblemError, workspaceNotFound } from "./problem.ts";
import { statePath, workspaceIn } from "./workspace-path.ts";
import { viewOf } from "./workspace-view.ts";

/** Azure's front end ends HTTP requests after 230 s, whatever the plan (Microsoft Learn, "Azure Functions scale and hosting"). */
const longestWaitSeconds = 200;

const Query = z.strictObject({
  dryRun: z._default(z.enum(["true", "false"], { error: "true or false" }), "false"),
  wait: z._default(
    z
      .pipe(
        z.string().check(z.regex(/^\d{1,3}$/, { error: `whole seconds, 0 to ${longestWaitSeconds}` })),
        z.transform(Number),
      )
      .check(z.lte(longestWaitSeconds, { error: `whole seconds, 0 to ${longestWaitSeconds}` })),
    30,
  ),
});

/**
 * `POST /api/workspaces/{subscriptionId}/{resourceGroup}/{name}/remediate`: asks for a look at one workspace as every other
 * trigger does, and watches its state for up to `wait` seconds. `dryRun=true` says what would be done, and does nothing.
 */
export async function onRemediate(
  app: App,
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { workspace, policy } = await workspaceIn(request, app);
  const { dryRun, wait } = queryOf(request);
  await refuseBody(request);
  if (dryRun === "true") return dryRunOf(app, workspace, policy);

  const requestId = `http-${app.ports.newId()}`;
  const { clock } = app.ports;
  const acceptedAt = clock.now();
  await accept(workspace, { id: requestId, cause: "http", acceptedAt }, app.ports);
  context.log(`${formatId(workspace)}: asked for over HTTP [${requestId}]`);

  // The request is stored by now: what cannot be watched is still done.
  const memory = await settled(app, workspace, requestId, acceptedAt + wait * 1_000).catch((error: unknown) => {
    context.warn(`${formatId(workspace)}: accepted, but cannot be watched: ${String(error)}`);
    return undefined;
  });
  if (memory?.outcome?.kind === "gone") throw workspaceNotFound(workspace);
  if (memory !== undefined && memory.outcome?.kind !== "waiting") return { status: 200, jsonBody: viewOf(memory) };
  return {
    status: 202,
    headers: { location: statePath(workspace), "retry-after": "5" },
    jsonBody: memory === undefined ? { id: formatId(workspace), outcome: "unknown", requestId } : viewOf(memory),
  };
}

function queryOf({ query }: HttpRequest): z.infer<typeof Query> {
  // The host takes the key as `code`.
  const given = Object.fromEntries([...query].filter(([name]) => name !== "code"));
  const result = Query.safeParse(given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `${issue.keys.join(", ")}: unknown; known are dryRun and wait`
      : `${String(issue.path[0])}: found ${JSON.stringify(given[String(issue.path[0])])}, allowed: ${issue.message}`,
  );
  throw new ProblemError({
    status: 400,
    code: "InvalidQuery",
    title: "The query cannot be understood.",
    detail: `${wrong.join("; ")}. Nothing was changed.`,
  });
}

/** Somebody who says `{"dryRun": true}` in a body must not get the real thing. */
async function refuseBody(request: HttpRequest): Promise<void> {
  const body = (await request.text()).trim();
  if (body === "" || body === "{}") return;
  throw new ProblemError({
    status: 400,
    code: "UnexpectedBody",
    title: "The request has a body.",
    detail: `Found a body of ${body.length} characters, allowed: none. What is asked for goes into the query: dryRun and wait. Nothing was changed.`,
  });
}

async function dryRunOf(app: App, workspace: WorkspaceId, policy: Policy): Promise<HttpResponseInit> {
  const memory = await app.ports.memory.load(workspace);
  try {
    const freshAfter = app.ports.clock.now();
    const signal = AbortSignal.timeout(longestWaitSeconds * 1_000);
    const { plan } = await examine({ workspace, memory, freshAfter, listAfter: freshAfter }, policy, app.ports, signal);
    if (plan.ending.kind === "gone") throw workspaceNotFound(workspace);
    return {
      status: 200,
      jsonBody: {
        id: formatId(workspace),
        dryRun: true,
        mode: policy.mode,
        wouldDo: plan.actions.map(describe),
        wouldEndAs: plan.ending,
        conditions: plan.findings,
        ...(plan.warnings.length === 0 ? {} : { warnings: plan.warnings }),
      },
    };
  } catch (error) {
    if (error instanceof AzureFailure) throw azureProblem(error);
    throw error;
  }
}

/** Watches until the request was covered and the workspace no longer waits, or until the time is up: then what is known. */
async function settled(
  app: App,
  workspace: WorkspaceId,
  requestId: string,
  until: number,
): Promise<Memory | undefined> {
  const { clock, inbox, memory } = app.ports;
  for (;;) {
    const covered = !(await inbox.has(workspace, requestId));
    const known = covered ? await memory.load(workspace) : undefined;
    const left = until - clock.now();
    if (left <= 0 || (known !== undefined && known.outcome?.kind !== "waiting")) return known;
    await clock.sleep(Math.min(left, 500));
  }
}
