/** How results are told to a person. */
import type { DryRun, WorkspaceState } from "../api/workspace.ts";
import type { Context } from "./context.ts";
import { type Verdict, verdictOf, verdictOfDryRun } from "./exit-code.ts";
import { type Terminal, verdictStyle } from "./terminal.ts";

/** Whether nobody would carry a plan out: it is that of an app in audit mode. What is planned from here a person may agree to. */
export function isAudit({ app }: Pick<Context, "app">, { mode }: Pick<DryRun, "mode">): boolean {
  return app !== undefined && mode === "audit";
}

/** What of a plan is shown, whoever made it. */
export function showDryRun(context: Pick<Context, "app" | "terminal">, run: DryRun): void {
  const { terminal } = context;
  const { wouldEndAs, wouldDo, principals, conditions, warnings = [] } = run;
  const verdict = verdictOfDryRun(run);
  terminal.print(`${headline(terminal, verdict, dryRunWord(run))}  ${run.id}`);
  if (wouldEndAs.message !== undefined)
    terminal.print(`  ${wouldEndAs.reason ?? ""}: ${shownText(wouldEndAs.message)}`);
  showFacts(terminal, conditions, principals, warnings);
  if (wouldDo.length === 0) return;
  terminal.print(isAudit(context, run) ? "  enforcing would:" : "  to do:");
  for (const step of wouldDo) terminal.print(`    - ${shownText(step)}`);
}

/** In one word how a plan would end. */
export function dryRunWord(run: Pick<DryRun, "wouldEndAs" | "isDrift">): string {
  const { kind } = run.wouldEndAs;
  if (kind !== "settled") return kind;
  return run.isDrift ? "drift" : "compliant";
}

/** What is remembered of a workspace. */
export function showState(terminal: Terminal, state: WorkspaceState): void {
  const { outcome, reason, message, done = [], operation, exemption, nextLookAt, nextLookFor } = state;
  terminal.print(`${headline(terminal, verdictOf(state), outcome)}  ${state.id}`);
  if (message !== undefined) terminal.print(`  ${reason ?? ""}: ${shownText(message)}`);
  showFacts(terminal, state.conditions, state.principals ?? [], state.warnings ?? []);
  if (done.length > 0) terminal.print("  done:");
  for (const step of done) terminal.print(`    - ${shownText(step)}`);
  if (operation !== undefined) terminal.print(`  Azure is at work: ${shownText(operation)}`);
  if (exemption !== undefined && outcome !== "exempt")
    terminal.print(`  An operator took it out until ${exemption.until}: ${shownText(exemption.reason)}`);
  if (nextLookAt !== undefined) terminal.print(`  next look: ${nextLookAt}, ${nextLookFor ?? ""}`);
}

function showFacts(
  terminal: Terminal,
  conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[],
  principals: NonNullable<WorkspaceState["principals"]>,
  warnings: NonNullable<WorkspaceState["warnings"]>,
): void {
  const marks = {
    True: terminal.paint("green", "✓"),
    False: terminal.paint("red", "✗"),
    Unknown: terminal.paint("dim", "?"),
  };
  for (const { type, status, reason, message } of conditions) {
    const mark = marks[status as keyof typeof marks];
    terminal.print(`  ${mark} ${type}: ${reason}${message === "" ? "" : `: ${shownText(message)}`}`);
    if (type !== "PullGranted") continue;
    for (const { label, canPull, how } of principals)
      terminal.print(`    ${canPull ? marks.True : marks.False} ${shownText(label)}: ${shownText(how)}`);
  }
  for (const { reason, message } of warnings)
    terminal.print(`  ${terminal.paint("yellow", "!")} ${reason}: ${shownText(message)}`);
}

function headline(terminal: Terminal, verdict: Verdict, word: string): string {
  return terminal.paint(["bold", verdictStyle[verdict]].flat() as Parameters<Terminal["paint"]>[0], word);
}

/** A text that came from Azure, on one line and unable to steer a terminal: names and tags are whatever somebody wrote. */
export function shownText(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What the resource with an ARM id is called. */
export function shownName(id: string): string {
  return shownText(id.split("/").at(-1) ?? "");
}
