import { type DryRun, dryRun } from "../../api/workspace.ts";
import { parseWorkspaceId, type WorkspaceId } from "../../core/arm-id.ts";
import { examine } from "../../core/examine.ts";
import { dryRunView } from "../../functions/dry-run-view.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import type { AppClient } from "../app-client.ts";
import { appOf, type Context, refuseRegistry } from "../context.ts";
import { gravestOf, type Verdict, verdictOfDryRun } from "../exit-code.ts";
import { type FleetSelection, overFleet } from "../fleet.ts";
import { dryRunWord, showDryRun, shownName, shownText } from "../show.ts";
import { noWorkspace, openStandalone, portsFor, requireRegistry, type Standalone } from "../standalone.ts";
import { verdictStyle } from "../terminal.ts";

/** Says what would be done about one workspace, and does nothing. */
export async function check(context: Context, workspace: WorkspaceId, registry: string | undefined): Promise<Verdict> {
  const { terminal } = context;
  const activity = terminal.activity(`Looking at ${workspace.name}`);
  const run = await planOf(context, workspace, registry).finally(() => {
    activity.end();
  });
  if (terminal.json) terminal.printJson(run);
  else {
    showDryRun(context, run);
    if (context.app === undefined) terminal.note(withoutMemory);
  }
  return verdictOfDryRun(run);
}

/** What is said where no app remembers anything. */
export const withoutMemory =
  "Looked at from here, without an app: whether keys are in sync is not known, and nothing is remembered.";

/** The plan for one workspace, as the app or we ourselves make it. */
export async function planOf(context: Context, workspace: WorkspaceId, registry: string | undefined): Promise<DryRun> {
  if (context.app !== undefined) return planByApp(context.app, workspace, registry);
  return planHere(await openStandalone(workspace, context.environment, registry, context.signal), workspace, context);
}

/** The plan as the app makes it, of what it remembers as well. */
export async function planByApp(app: AppClient, workspace: WorkspaceId, registry: string | undefined): Promise<DryRun> {
  refuseRegistry(registry);
  return (await app.ask("POST", `${workspacePath(workspace)}/remediate?dryRun=true`, dryRun)).answer;
}

/** The plan as we make it from here. */
export async function planHere(
  standalone: Standalone,
  workspace: WorkspaceId,
  { signal }: Pick<Context, "signal">,
): Promise<DryRun> {
  requireRegistry(standalone.policy, workspace);
  const policy = { ...standalone.policy, firstSight: "adopt" } as const;
  const now = standalone.clock.now();
  const subject = { workspace, memory: undefined, freshAfter: now, listAfter: now };
  const ports = portsFor(standalone, () => undefined);
  const view = dryRunView(workspace, policy, await examine(subject, policy, ports, signal));
  if (view === undefined) throw noWorkspace(workspace);
  return view;
}

/** What came of one workspace among many. */
interface Checked {
  readonly id: string;
  readonly verdict: Verdict;
  readonly plan?: DryRun;
  readonly error?: string;
}

/**
 * Says what would be done about every workspace that the app remembers, and does nothing.
 * @param command what was typed, for whoever named no app
 */
export async function checkAll(context: Context, command: string, selection: FleetSelection): Promise<Verdict> {
  const { terminal } = context;
  const app = appOf(context, command);
  const checked = await overFleet<Checked>(
    terminal,
    "Looking at the fleet",
    app,
    selection,
    async (id) => {
      const plan = await planByApp(app, parseWorkspaceId(id), undefined);
      return { id: plan.id, verdict: verdictOfDryRun(plan), plan };
    },
    (id, error) => ({ id, verdict: "error", error }),
  );
  const all = checked.toSorted((a, b) => a.id.localeCompare(b.id));
  if (terminal.json) terminal.printJson({ workspaces: all });
  else
    terminal.table(
      ["workspace", "", "what would be done, or why not"],
      all.map(({ id, verdict, plan, error }) => [
        shownName(id),
        terminal.paint(verdictStyle[verdict], plan === undefined ? "error" : dryRunWord(plan)),
        shownText(error ?? plan?.wouldEndAs.message ?? plan?.wouldDo.join(", ") ?? ""),
      ]),
    );
  return gravestOf(all.map(({ verdict }) => verdict));
}
