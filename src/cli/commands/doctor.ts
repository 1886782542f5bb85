import { diagnosis, type Diagnosis } from "../../api/workspace.ts";
import type { WorkspaceId } from "../../core/arm-id.ts";
import { diagnose } from "../../core/diagnosis.ts";
import { workspacePath } from "../../functions/workspace-route.ts";
import { type Context, refuseRegistry } from "../context.ts";
import type { Verdict } from "../exit-code.ts";
import { shownText } from "../show.ts";
import { namesRegistry, noWorkspace, openStandalone } from "../standalone.ts";
import type { Style } from "../terminal.ts";

const marks: Readonly<Record<Diagnosis["lines"][number]["status"], { readonly mark: string; readonly style: Style }>> =
  {
    ok: { mark: "✓", style: "green" },
    note: { mark: "!", style: "yellow" },
    problem: { mark: "✗", style: "red" },
    unknown: { mark: "?", style: "dim" },
  };

/** Tells why a workspace cannot pull its images, in the order in which an engineer would look, with a remedy for each. */
export async function doctor(context: Context, workspace: WorkspaceId, registry: string | undefined): Promise<Verdict> {
  const { terminal } = context;
  const activity = terminal.activity(`Examining ${workspace.name}`);
  const { verdict, lines, id } = await diagnosisOf(context, workspace, registry).finally(() => {
    activity.end();
  });
  if (terminal.json) terminal.printJson({ id, verdict, lines });
  else {
    terminal.print(`${terminal.paint("bold", shownText(verdict))}  ${id}`);
    for (const { status, check, of, found, doesNotProve, fix = [] } of lines) {
      const { mark, style } = marks[status];
      terminal.print(
        `${terminal.paint(style, mark)} ${check}${of === undefined ? "" : ` of ${shownText(of)}`}: ${shownText(found)}`,
      );
      terminal.print(terminal.paint("dim", `    does not prove: ${doesNotProve}`));
      for (const command of fix) terminal.print(`    $ ${shownText(command)}`);
    }
  }
  return lines.some(({ status }) => status === "problem") ? "drift" : "compliant";
}

async function diagnosisOf(context: Context, workspace: WorkspaceId, registry: string | undefined): Promise<Diagnosis> {
  if (context.app !== undefined) {
    refuseRegistry(registry);
    return (await context.app.ask("GET", `${workspacePath(workspace)}/diagnosis`, diagnosis)).answer;
  }
  const { policy, arm, clock } = await openStandalone(workspace, context.environment, registry, context.signal);
  if (!namesRegistry(policy))
    context.terminal.note("No registry is attached or named: with --registry more can be said.");
  const ports = { reads: arm.reads, diagnosisReads: arm.diagnosisReads, clock };
  const found = await diagnose(workspace, { known: true, fact: undefined }, policy, ports, context.signal);
  if (found === undefined) throw noWorkspace(workspace);
  return {
    ...found,
    lines: found.lines.map(({ fix, ...line }) => ({ ...line, ...(fix === undefined ? {} : { fix: [...fix] }) })),
  };
}
