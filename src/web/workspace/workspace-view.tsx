import { useEffect, useRef } from "preact/hooks";
import type { FleetSummary } from "../../api/fleet.ts";
import { Outcome } from "../shared/outcome.tsx";
import { ProblemNote } from "../shared/problem.tsx";
import { nameOf, placeOf } from "../shared/workspace-name.ts";
import { Actions } from "./actions.tsx";
import { DiagnosisPanel } from "./diagnosis-panel.tsx";
import { Conditions, Done, Facts, Principals, Warnings } from "./findings.tsx";
import { Timeline } from "./timeline.tsx";
import { useWorkspace } from "./use-workspace.ts";

interface WorkspaceViewProps {
  readonly id: string;
  readonly mode: FleetSummary["mode"];
  /** Told when the workspace may have another outcome. */
  readonly onChanged: () => void;
  readonly onBack: () => void;
}

/** All that is known of one workspace, and what can be done about it. */
export function WorkspaceView({ id, mode, onChanged, onBack }: WorkspaceViewProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const workspace = useWorkspace(id, onChanged);
  const { state, problem, isWatching, reload } = workspace;
  const { subscription, resourceGroup } = placeOf(id);
  useEffect(() => {
    heading.current?.focus();
    scrollTo(0, 0);
  }, []);
  return (
    <article aria-labelledby="workspace">
      <button type="button" class="link back" onClick={onBack}>
        ← Back to the fleet
      </button>
      <div class="title">
        <h2 id="workspace" ref={heading} tabIndex={-1}>
          <bdi>{nameOf(id)}</bdi>
        </h2>
        {state && <Outcome outcome={state.outcome} reason={state.reason} />}
        {isWatching && (
          <span class="quiet" role="status">
            A look goes on; this page follows it.
          </span>
        )}
      </div>
      <p class="quiet text">
        resource group <bdi>{resourceGroup}</bdi>, subscription <bdi>{subscription}</bdi>
      </p>
      {state?.message !== undefined && <p class="message text">{state.message}</p>}
      <ProblemNote problem={problem} onRetry={reload} />
      <Actions id={id} mode={mode} workspace={workspace} />
      {state === undefined && problem === undefined && <p role="status">Asking the app…</p>}
      {state && (
        <>
          <Warnings state={state} />
          <div class="columns">
            <div class="stack">
              <Facts state={state} />
              <Done state={state} />
            </div>
            <Conditions state={state} />
          </div>
          <Principals state={state} />
        </>
      )}
      <DiagnosisPanel id={id} />
      {state && <Timeline history={state.history} />}
    </article>
  );
}
