import { fleetSummary } from "../../api/fleet.ts";
import { sweepList, type SweepView } from "../../api/sweeps.ts";
import { workspaceWithHistory } from "../../api/workspace.ts";
import type { WorkspaceId } from "../../core/arm-id.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import { appOf, type Context } from "../context.ts";
import { type Verdict, verdictOf } from "../exit-code.ts";
import { showState, shownText } from "../show.ts";

/** Tells how the fleet is, in numbers, and how the last sweep went. */
export async function status(context: Context): Promise<Verdict> {
  const { terminal } = context;
  const app = appOf(context, "status");
  const [{ answer: fleet }, { answer: last }] = await Promise.all([
    app.ask("GET", "fleet", fleetSummary),
    app.ask("GET", "sweeps?limit=1", sweepList),
  ]);
  const [sweep] = last.sweeps;
  if (terminal.json) terminal.printJson({ fleet, lastSweep: sweep ?? null });
  else {
    terminal.print(`${fleet.workspaces} workspaces in ${fleet.subscriptions.length} subscriptions, mode ${fleet.mode}`);
    const reasonsOf = (outcome: string): string =>
      fleet.reasons
        .filter((one) => one.outcome === outcome)
        .map(({ reason, workspaces }) => `${workspaces} ${reason}`)
        .join(", ");
    terminal.table(
      ["outcome", "workspaces", "reasons"],
      Object.entries(fleet.outcomes).map(([outcome, count]) => [outcome, String(count), reasonsOf(outcome)]),
    );
    terminal.print(sweep === undefined ? "No sweep has begun yet." : sweepLine(sweep));
  }
  return "compliant";
}

/** A sweep in one line. */
export function sweepLine({ id, state, startedAt, seen, requested, results, errors }: SweepView): string {
  const ended = Object.entries(results).map(([outcome, count]) => `${count} ${outcome}`);
  return `Sweep ${shownText(id)}: ${state}, begun ${startedAt}; ${seen} workspaces seen, ${requested} to be looked at${ended.length === 0 ? "" : ` (so far ${ended.join(", ")})`}, ${errors.length} errors.`;
}

/** Tells what the app remembers of one workspace. */
export async function workspaceStatus(context: Context, workspace: WorkspaceId): Promise<Verdict> {
  const { terminal } = context;
  const { answer } = await appOf(context, "status").ask("GET", workspacePath(workspace), workspaceWithHistory);
  if (terminal.json) terminal.printJson(answer);
  else showState(terminal, answer);
  return verdictOf(answer);
}

/** Tells what was done about one workspace, and why, the newest first. */
export async function history(context: Context, workspace: WorkspaceId): Promise<Verdict> {
  const { terminal } = context;
  const { answer } = await appOf(context, "history").ask("GET", workspacePath(workspace), workspaceWithHistory);
  if (terminal.json) terminal.printJson(answer.history);
  else
    terminal.table(
      ["when", "why", "what"],
      answer.history.map(({ at, phase, requests, requestCount, planned, done, outcome, notes = [] }) => {
        const causes = [
          ...new Set(requests.map(({ cause, evidence }) => [cause, evidence?.["operation"]].filter(Boolean).join(" "))),
        ];
        const what =
          phase === "planned"
            ? `planned: ${planned.join(", ")}`
            : [outcome?.kind, outcome?.reason, ...done, ...notes].filter(Boolean).join(": ");
        return [at, shownText(`${causes.join(", ")}${requestCount > requests.length ? ", …" : ""}`), shownText(what)];
      }),
    );
  return "compliant";
}
