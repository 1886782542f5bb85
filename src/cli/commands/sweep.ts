import { sweepAsked, type SweepView, sweepView } from "../../api/sweeps.ts";
import { lookAnswer, stateIn } from "../../api/workspace.ts";
import { parseWorkspaceId } from "../../core/arm-id.ts";
import { systemClock } from "../../system-clock.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import type { AppClient } from "../app-client.ts";
import { appOf, type Context } from "../context.ts";
import { CommandError, gravestOf, type Verdict, verdictOf } from "../exit-code.ts";
import { type FleetSelection, overFleet } from "../fleet.ts";
import { shownName, shownText } from "../show.ts";
import { sweepLine } from "./status.ts";

/** How long a sweep may take to begin: its message is taken within seconds, on a new instance within a minute or two. */
const longestToBeginMs = 300_000;

/** Sweeps the fleet: finds what drifted, and has it looked at. */
export async function sweep(context: Context): Promise<Verdict> {
  const { terminal, signal } = context;
  const app = appOf(context, "sweep");
  const { answer } = await app.ask("POST", "sweeps", sweepAsked);
  if (answer.alreadyRunning) terminal.note(`A sweep is under way already: ${answer.id}.`);
  const activity = terminal.activity("Sweeping");
  const patientUntil = Date.now() + longestToBeginMs;
  let found: SweepView | undefined;
  try {
    do {
      await systemClock.sleep(1_000, signal);
      // It begins once its message is taken.
      found = await app.find(`sweeps/${encodeURIComponent(answer.id)}`, sweepView, "SweepUnknown");
      if (found !== undefined) activity.at(sweepLine(found));
      else if (Date.now() > patientUntil)
        throw new CommandError(
          `The sweep ${answer.id} has not begun in five minutes. Does the app's function "requests" run? GET /api/health/ready tells how old the oldest message is.`,
        );
    } while (found === undefined || found.state === "running");
  } finally {
    activity.end();
  }
  if (terminal.json) terminal.printJson(found);
  else {
    terminal.print(sweepLine(found));
    const reasons = Object.entries(found.nominated);
    if (reasons.length > 0)
      terminal.table(
        ["looked at because", "workspaces"],
        reasons.map(([reason, count]) => [reason, String(count)]),
      );
    if (found.drift.length > 0)
      terminal.table(
        ["registry", "workspaces", "to attach", "to grant", "to sync"],
        found.drift.map(({ registryId, workspaces, attachments, grants, keySyncs }) =>
          [shownName(registryId), workspaces, attachments, grants, keySyncs].map(String),
        ),
      );
    for (const { subject, message } of found.errors)
      terminal.print(`${terminal.paint("red", "✗")} ${shownText(subject)}: ${shownText(message)}`);
    for (const subscription of found.unreadable)
      terminal.print(`${terminal.paint("red", "✗")} ${subscription}: its workspaces cannot be seen.`);
  }
  if (found.state !== "finished" || found.errors.length > 0) return "error";
  return found.drift.length > 0 ? "drift" : "compliant";
}

/** What came of one workspace among many. */
interface LookedAt {
  readonly id: string;
  readonly outcome: string;
  readonly verdict: Verdict;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** Has the workspaces looked at that are in a state now, and tells what became of each. */
export async function sweepOnly(context: Context, selection: FleetSelection): Promise<Verdict> {
  const { terminal } = context;
  const app = appOf(context, "sweep");
  const done = await overFleet<LookedAt>(
    terminal,
    "Asking for looks",
    app,
    selection,
    (id) => lookedAt(app, id),
    (id, message) => ({ id, outcome: "error", verdict: "error", message }),
  );
  if (terminal.json) terminal.printJson({ workspaces: done });
  else
    terminal.table(
      ["workspace", "outcome", "message"],
      done.map(({ id, outcome, reason, message }) => [
        shownName(id),
        [outcome, reason].filter(Boolean).join(": "),
        shownText(message ?? ""),
      ]),
    );
  return gravestOf(done.map(({ verdict }) => verdict));
}

async function lookedAt(app: AppClient, id: string): Promise<LookedAt> {
  const path = `${workspacePath(parseWorkspaceId(id))}/remediate?wait=60`;
  const { status, answer } = await app.ask("POST", path, lookAnswer);
  const { outcome } = answer;
  if (status === 202) return { id, outcome, verdict: "waiting", message: "The look goes on." };
  const { reason, message } = stateIn(answer) ?? {};
  return { id, outcome, verdict: verdictOf({ outcome, reason }), reason, message };
}
