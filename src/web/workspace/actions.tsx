import { useState } from "preact/hooks";
import type { FleetSummary } from "../../api/fleet.ts";
import { type LookAsked, useApi } from "../api/api.ts";
import { Button } from "../shared/button.tsx";
import { useAction } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.tsx";
import { Lines } from "../shared/lines.tsx";
import { Outcome } from "../shared/outcome.tsx";
import { ProblemNote } from "../shared/problem.tsx";
import { nameOf } from "../shared/workspace-name.ts";
import { ExemptDialog } from "./exempt-dialog.tsx";
import { type Checked, Plan } from "./plan.tsx";
import type { Workspace } from "./use-workspace.ts";

interface ActionsProps {
  readonly id: string;
  readonly mode: FleetSummary["mode"];
  readonly workspace: Workspace;
}

type Result = Checked | { readonly asked: LookAsked; readonly before: string | undefined };

const consequences = {
  audit: "The app looks at it now. The mode is audit: nothing is changed, whatever it finds.",
  enforce: "The app looks at it now, and changes in Azure what it finds wrong: attachment, right to pull, keys.",
} as const;

/** What can be done about one workspace, and what came of it. */
export function Actions({ id, mode, workspace: { state, reload, lastEnd, follow } }: ActionsProps) {
  const api = useApi();
  const action = useAction();
  const [question, setQuestion] = useState<"remediate" | "exempt">();
  const [result, setResult] = useState<Result>();
  const [doing, setDoing] = useState("");
  const name = nameOf(id);

  const close = (): void => {
    setQuestion(undefined);
  };
  const run = (what: string, work: () => Promise<Result>): void => {
    close();
    setResult(undefined);
    setDoing(what);
    action.run(async () => {
      const came = await work();
      setResult(came);
      if ("asked" in came) follow(came.asked, came.before);
    });
  };
  const ask = (what: string, work: () => Promise<LookAsked>): void => {
    run(what, async () => {
      const before = await lastEnd();
      return { asked: await work(), before };
    });
  };
  return (
    <section class="actions" aria-label="What can be done">
      <div class="buttons">
        <Button
          isBusy={action.isRunning}
          onPress={() => {
            run("Checking. Nothing is changed.", async () => ({
              plan: await api.check(id),
              at: new Date().toISOString(),
            }));
          }}
        >
          Check
        </Button>
        <Button
          isPrimary
          isBusy={action.isRunning}
          onPress={() => {
            setQuestion("remediate");
          }}
        >
          Remediate…
        </Button>
        {state?.exemption === undefined ? (
          <Button
            isBusy={action.isRunning}
            onPress={() => {
              setQuestion("exempt");
            }}
          >
            Exempt until…
          </Button>
        ) : (
          <Button
            isBusy={action.isRunning}
            onPress={() => {
              ask("Including it again.", () => api.include(id));
            }}
          >
            Include
          </Button>
        )}
        <Button isBusy={action.isRunning} onPress={reload}>
          Refresh
        </Button>
      </div>
      <div aria-live="polite">
        {action.isRunning && <p class="result">{doing} This may take half a minute.</p>}
        {result && ("plan" in result ? <Plan {...result} /> : <Came asked={result.asked} />)}
      </div>
      <ProblemNote problem={action.problem} />
      {question === "remediate" && (
        <Dialog
          title="Remediate the workspace?"
          confirm="Remediate"
          onCancel={close}
          onConfirm={() => {
            ask("Looking at it.", () => api.remediate(id));
          }}
        >
          <p class="text">
            <bdi>{name}</bdi>
          </p>
          <p>{consequences[mode]}</p>
          {result && "plan" in result && <Plan {...result} />}
        </Dialog>
      )}
      {question === "exempt" && (
        <ExemptDialog
          name={name}
          onCancel={close}
          onExempt={(until, reason) => {
            ask("Exempting it.", () => api.exempt(id, until, reason));
          }}
        />
      )}
    </section>
  );
}

/** How what was asked for ended, or that it goes on. */
function Came({ asked: { isOver, state } }: { asked: LookAsked }) {
  const { outcome, reason, message, done = [] } = state;
  return (
    <div class="result">
      <p>
        <strong>{isOver ? "The look has ended:" : "The look goes on:"}</strong>{" "}
        <Outcome outcome={outcome} reason={reason} />
      </p>
      {message !== undefined && <p class="text">{message}</p>}
      {done.length > 0 && <Lines texts={done} />}
    </div>
  );
}
