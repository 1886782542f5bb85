import { type DryRun, lookAnswer, stateIn, workspaceState, type WorkspaceState } from "../../api/workspace.ts";
import { isOver } from "../../api/look.ts";
import type { Action } from "../../core/actions.ts";
import { formatId, type WorkspaceId } from "../../core/arm-id.ts";
import type { Memory } from "../../core/memory.ts";
import { reconcile } from "../../core/reconcile.ts";
import { viewOf } from "../../functions/workspace-view.ts";
import { requireAgreed } from "../agreed.ts";
import type { AppClient } from "../app-client.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import type { Context } from "../context.ts";
import { CommandError, type Verdict, verdictOf, verdictOfDryRun } from "../exit-code.ts";
import { isAudit, showDryRun, showState, shownText } from "../show.ts";
import { leaseUntil, openStandalone, portsFor, type Standalone } from "../standalone.ts";
import { systemClock } from "../../system-clock.ts";
import type { Activity } from "../terminal.ts";
import { planByApp, planHere, withoutMemory } from "./check.ts";

export interface FixOptions {
  readonly registry?: string;
  readonly yes: boolean;
  /** For how long something that comes by itself is waited for, in milliseconds. */
  readonly waitMs: number;
  readonly forceSync: boolean;
}

/** Shows what is to be done about one workspace, and does it once it is agreed to. An app in audit mode is asked for nothing. */
export async function fix(context: Context, workspace: WorkspaceId, options: FixOptions): Promise<Verdict> {
  const { terminal } = context;
  const looking = terminal.activity(`Looking at ${workspace.name}`);
  const { plan, carryOut } = await begin(context, workspace, options).finally(() => {
    looking.end();
  });
  const isNothing = plan.wouldDo.length === 0 && !options.forceSync && plan.wouldEndAs.kind !== "waiting";
  const why = isNothing ? "there is nothing that can be done now." : isAudit(context, plan) ? inAudit : undefined;
  if (!terminal.json) {
    showDryRun(context, plan);
    if (options.forceSync) terminal.print("    - sync keys (--force-sync)");
    if (context.app === undefined) terminal.note(withoutMemory);
  }
  if (why !== undefined) {
    if (terminal.json) terminal.printJson(plan);
    else terminal.print(`Nothing was done: ${why}`);
    return verdictOfDryRun(plan);
  }
  if (!options.yes && !(terminal.canAsk && (await terminal.confirm("Do that?")))) {
    if (terminal.json) terminal.printJson(plan);
    terminal.note("Nothing was done. To agree beforehand, say --yes.");
    return verdictOfDryRun(plan);
  }
  const state = await carryOut();
  if (terminal.json) terminal.printJson(state);
  else showState(terminal, state);
  // The look that was asked for goes on.
  return state.outcome === "unknown" ? "waiting" : verdictOf(state);
}

const inAudit =
  "the app is in audit mode. Set its REMEDIATOR_MODE to enforce, or leave the app out to do it from here.";

/** Azure is opened once, for the plan and for what is done about it. */
async function begin(
  context: Context,
  workspace: WorkspaceId,
  options: FixOptions,
): Promise<{ readonly plan: DryRun; readonly carryOut: () => Promise<WorkspaceState> }> {
  const { app, environment, signal } = context;
  const { registry } = options;
  if (app !== undefined) {
    if (options.forceSync)
      throw new CommandError(
        "--force-sync is for a fix without an app: an app remembers what a key sync covered, and syncs where it is needed. Leave it out, or leave out --app.",
      );
    return {
      plan: await planByApp(app, workspace, registry),
      carryOut: () => fixByApp(context, app, workspace, options),
    };
  }
  const standalone = await openStandalone(workspace, environment, registry, signal);
  const plan = await planHere(standalone, workspace, context);
  // Whoever says --yes agrees to whatever the settings allow.
  const agreed = options.yes ? undefined : plan.wouldDo;
  return { plan, carryOut: () => fixHere(context, standalone, workspace, options, agreed) };
}

async function fixHere(
  context: Context,
  standalone: Standalone,
  workspace: WorkspaceId,
  { waitMs, forceSync }: FixOptions,
  agreed: readonly string[] | undefined,
): Promise<WorkspaceState> {
  const { terminal, signal } = context;
  const { clock } = standalone;
  // What is said here to be done is done, whatever the settings say of an app.
  const policy = { ...standalone.policy, mode: "enforce", firstSight: forceSync ? "sync" : "adopt" } as const;
  const ports = portsFor(standalone, ({ phase, planned }) => {
    if (phase === "planned") terminal.note(`Doing: ${planned.map(shownText).join(", ")}`);
  });
  const until = clock.now() + waitMs;
  const activity = terminal.activity(`Putting ${workspace.name} right`);
  try {
    let memory: Memory | undefined;
    for (;;) {
      const now = clock.now();
      const request = { id: ports.newId(), cause: "http", acceptedAt: now } as const;
      const task = {
        workspace,
        reconcileId: ports.newId(),
        requests: [request],
        memory,
        freshAfter: now,
        listAfter: now,
        onDrift: (actions: readonly Action[]) => {
          if (agreed !== undefined) requireAgreed(actions, agreed);
        },
      };
      memory = await reconcile(task, policy, ports, leaseUntil(signal));
      const nextAt = memory.nextLookAt ?? Infinity;
      if (memory.outcome?.kind !== "waiting" || nextAt > until) {
        if (memory.syncOwed) terminal.note("Keys are still to be synced: run this again with --force-sync.");
        // Nobody will look again by himself.
        return viewOf({ ...memory, nextLookAt: undefined });
      }
      await countDown(activity, `${memory.outcome.reason}: ${shownText(memory.outcome.message)}`, nextAt, context);
    }
  } finally {
    activity.end();
  }
}

async function fixByApp(
  context: Context,
  app: AppClient,
  workspace: WorkspaceId,
  { waitMs }: FixOptions,
): Promise<WorkspaceState> {
  const until = Date.now() + waitMs;
  const path = workspacePath(workspace);
  const activity = context.terminal.activity(`The app puts ${workspace.name} right`);
  try {
    const remembered = () => app.find(path, workspaceState, "WorkspaceUnknown");
    const before = (await remembered())?.outcomeAt;
    const seconds = Math.min(30, Math.ceil(waitMs / 1_000));
    const { status, answer } = await app.ask("POST", `${path}/remediate?wait=${seconds}`, lookAnswer);
    let state = stateIn(answer);
    for (let isDone = status === 200; !isDone && Date.now() < until;) {
      const nextAt = Math.min(until, Math.max(Date.now() + 2_000, Date.parse(state?.nextLookAt ?? "") || 0));
      await countDown(activity, shownText(state?.message ?? "The look goes on."), nextAt, context);
      const now = await remembered();
      // Until a look is over, what is remembered is how the one before it ended.
      if (now?.outcomeAt !== before) state = now;
      isDone = now !== undefined && isOver(now, before);
    }
    return state ?? { id: formatId(workspace), outcome: "unknown", conditions: [] };
  } finally {
    activity.end();
  }
}

/** Waits, and says for how long. */
async function countDown(activity: Activity, what: string, until: number, { signal }: Context): Promise<void> {
  for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
    activity.at(`${what} Next look in ${Math.ceil(left / 1_000)} s.`);
    await systemClock.sleep(Math.min(left, 1_000), signal);
  }
}
