import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import type { App } from "../app.ts";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { Memory } from "../core/memory.ts";
import type { Request } from "../core/ports.ts";
import { accept } from "../core/work.ts";
import { workspaceNotFound } from "./problem.ts";
import { workspacePath } from "./workspace-route.ts";
import { viewOf } from "./workspace-view.ts";

/** What is asked for over HTTP: the rest of the request is made here. */
export interface Watched {
  /** For the log, such as `asked for`. */
  readonly what: string;
  readonly waitSeconds: number;
  readonly exempt?: Request["exempt"];
  /** Whether a look that ended so is what was asked for. */
  readonly isOver: (memory: Memory) => boolean;
}

/**
 * Asks for a look at one workspace as every other trigger does, and watches its state: 200 when what was asked for is over within
 * the time given, 202 when it goes on.
 * @throws ProblemError 404 when there is no such workspace; what storage throws while nothing is accepted
 */
export async function askAndWatch(
  app: App,
  workspace: WorkspaceId,
  { what, waitSeconds, exempt, isOver }: Watched,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const requestId = `http-${app.ports.newId()}`;
  const acceptedAt = app.ports.clock.now();
  const request = { id: requestId, cause: "http", acceptedAt, ...(exempt === undefined ? {} : { exempt }) } as const;
  await accept(workspace, request, app.ports);
  context.log(`${formatId(workspace)}: ${what} over HTTP [${requestId}]`);

  // The request is stored by now: what cannot be watched is still done.
  const until = acceptedAt + waitSeconds * 1_000;
  const memory = await settled(app, workspace, requestId, until, isOver).catch((error: unknown) => {
    context.warn(`${formatId(workspace)}: accepted, but cannot be watched: ${String(error)}`);
    return undefined;
  });
  if (memory?.outcome?.kind === "gone") throw workspaceNotFound(workspace);
  if (memory !== undefined && isOver(memory)) return { status: 200, jsonBody: viewOf(memory) };
  return {
    status: 202,
    headers: { location: `/api/${workspacePath(workspace)}`, "retry-after": "5" },
    jsonBody: memory === undefined ? { id: formatId(workspace), outcome: "unknown", requestId } : viewOf(memory),
  };
}

/** Watches until the request was covered and what was asked for is over, or until the time is up: then what is known. */
async function settled(
  { ports: { clock, inbox, memory } }: App,
  workspace: WorkspaceId,
  requestId: string,
  until: number,
  isOver: Watched["isOver"],
): Promise<Memory | undefined> {
  for (;;) {
    const covered = !(await inbox.has(workspace, requestId));
    const known = covered ? await memory.load(workspace) : undefined;
    const left = until - clock.now();
    if (left <= 0 || (known !== undefined && isOver(known))) return known;
    await clock.sleep(Math.min(left, 500));
  }
}
