import { useState } from "preact/hooks";
import type { Diagnosis } from "../../api/workspace.ts";
import { useApi } from "../api/api.ts";
import { Button } from "../shared/button.tsx";
import { useAction } from "../shared/action.ts";
import { ProblemNote } from "../shared/problem.tsx";

const classes = { ok: "compliant", note: "remediated", problem: "blocked", unknown: "waiting" } as const;

/** Why the workspace cannot pull, as an engineer would find it out: asked for by a button, as it reads much of Azure. */
export function DiagnosisPanel({ id }: { id: string }) {
  const api = useApi();
  const action = useAction();
  const [diagnosis, setDiagnosis] = useState<Diagnosis>();
  return (
    <section class="card" aria-labelledby="diagnosis">
      <div class="heading">
        <h2 id="diagnosis">Diagnosis</h2>
        <Button
          isBusy={action.isRunning}
          onPress={() => {
            action.run(async () => {
              setDiagnosis(await api.diagnosis(id));
            });
          }}
        >
          {diagnosis === undefined ? "Diagnose" : "Diagnose again"}
        </Button>
      </div>
      <div aria-live="polite">
        {action.isRunning && <p>Reading Azure. Nothing is changed.</p>}
        {diagnosis && <p class="message text">{diagnosis.verdict}</p>}
        {!action.isRunning && diagnosis === undefined && (
          <p class="quiet">
            Each check that an engineer would make, in order, with the commands that mend what is wrong.
          </p>
        )}
      </div>
      <ProblemNote problem={action.problem} />
      {diagnosis && (
        <ul class="conditions">
          {diagnosis.lines.map(({ check, of, status, found, doesNotProve, fix = [] }, at) => (
            <li key={at}>
              <span class={`badge ${classes[status]}`}>{status}</span>
              <div class="text">
                <strong>{check}</strong> {of !== undefined && <bdi>{of}</bdi>}
                <p>{found}</p>
                <p class="quiet">Does not prove: {doesNotProve}</p>
                {fix.map((command, line) => (
                  <pre key={line} tabIndex={0}>
                    <code>{command}</code>
                  </pre>
                ))}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
