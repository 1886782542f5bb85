import { Fragment } from "preact";
import type { HistoryView } from "../../api/workspace.ts";
import { Lines } from "../shared/lines.tsx";
import { Moment } from "../shared/moment.tsx";
import { Outcome } from "../shared/outcome.tsx";

/** What happened to the workspace, the newest first. */
export function Timeline({ history }: { history: readonly HistoryView[] }) {
  // What was planned is told by how it ended, once it has.
  const over = new Set(history.filter(({ phase }) => phase === "ended").map(({ reconcileId }) => reconcileId));
  const told = history.filter(({ phase, reconcileId }) => phase === "ended" || !over.has(reconcileId));
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {told.length === 0 && <p>Nothing was done or found changed yet.</p>}
      <ol class="timeline">
        {told.map((entry) => (
          <Entry key={`${entry.reconcileId} ${entry.phase}`} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Entry({
  entry: { at, phase, outcome, requests, requestCount, planned, done, notes = [], durationMs },
}: {
  entry: HistoryView;
}) {
  const causes = [...new Set(requests.map(({ cause }) => cause))].join(", ");
  const message = outcome?.message;
  return (
    <li>
      <p class="when">
        <Moment at={at} exactly />
        {outcome === undefined ? (
          <span class="badge unknown">{phase}</span>
        ) : (
          <Outcome outcome={outcome.kind} reason={outcome.reason} />
        )}
        <span class="quiet">
          {causes !== "" && `cause: ${causes}`}
          {requestCount > 1 && ` (${requestCount.toLocaleString("en")} requests)`}
          {phase === "ended" && `, took ${(durationMs / 1_000).toFixed(1)} s`}
        </span>
      </p>
      {message !== undefined && <p class="text">{message}</p>}
      <Steps what="done" steps={done} />
      {done.length === 0 && <Steps what="planned" steps={planned} />}
      <Steps what="noted" steps={notes} />
      {requests.map(({ id, exempt, evidence }) => (
        <div key={id} class="text quiet">
          {exempt === "lifted" && <p>An operator had it included again.</p>}
          {exempt !== undefined && exempt !== "lifted" && (
            <p>
              An operator exempted it until <Moment at={exempt.until} exactly />: <bdi>{exempt.reason}</bdi>
            </p>
          )}
          {evidence !== undefined && (
            <details>
              <summary>Evidence</summary>
              <dl class="rows">
                {Object.entries(evidence).map(([name, value]) => (
                  <Fragment key={name}>
                    <dt>{name}</dt>
                    <dd class="text">
                      <bdi>{value}</bdi>
                    </dd>
                  </Fragment>
                ))}
              </dl>
            </details>
          )}
        </div>
      ))}
    </li>
  );
}

function Steps({ what, steps }: { what: string; steps: readonly string[] }) {
  if (steps.length === 0) return null;
  return (
    <div class="steps">
      <span class="quiet">{what}</span>
      <Lines texts={steps} />
    </div>
  );
}
