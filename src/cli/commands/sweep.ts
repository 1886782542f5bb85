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

/** Sweeps the fleet: finds what drifted, and has it looked at. */
export async function sweep(context: Context): Promise<Verdict> {
  const { terminal, signal } = context;
  const app = appOf(context, "sweep");
  const { answer } = await app.ask("POST", "sweeps", sweepAsked);
  if (answer.alreadyRunning) terminal.note(`A sweep is under way already: ${answer.id}.`);
  const activity = terminal.activity("Sweeping");
  let found: SweepView | undefined;
  try {
    do {
      await systemClock.sleep(1_000, signal);
      found = await sweepNow(app, answer.id);
      if (found !== undefined) activity.at(sweepLine(found));
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

async function sweepNow(app: AppClient, id: string): Promise<SweepView | undefined> {
  try {
    return (await app.ask("GET", `sweeps/${encodeURIComponent(id)}`, sweepView)).answer;
  } catch (error) {
    // It begins once its message is taken.
    if (error instanceof CommandError && error.code === "SweepUnknown") return undefined;
    throw error;
  }
}

/** Has the workspaces looked at that are in a state now, and tells what became of each. */
export async function sweepOnly(context: Context, selection: FleetSelection): Promise<Verdict> {
  const { terminal } = context;
  const app = appOf(context, "sweep");
  const done = await overFleet(terminal, "Asking for looks", app, selection, async (id) => {
    const path = `${workspacePath(parseWorkspaceId(id))}/remediate?wait=60`;
    const { answer } = await app.ask("POST", path, lookAnswer);
    const state = stateIn(answer);
    return { id, outcome: answer.outcome, reason: state?.reason, message: state?.message };
  });
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
  return gravestOf(done.map(verdictOf));
}
