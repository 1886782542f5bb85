import type { SweepView } from "../../api/sweeps.ts";
import { Button } from "../shared/button.tsx";
import { useAction } from "../shared/action.ts";
import { Moment } from "../shared/moment.tsx";
import { ProblemNote } from "../shared/problem.tsx";
import { looksOver, type Sweeps } from "./sweeps.ts";

/** How far the last sweep is, and the button for another. */
export function SweepPanel({ sweeps, reload }: { sweeps: Sweeps; reload: () => Promise<void> }) {
  const { list, asked, problem, start } = sweeps;
  const starting = useAction();
  const [latest] = list ?? [];
  const isUnderWay = asked !== undefined || latest?.state === "running";
  return (
    <section class="card" aria-labelledby="sweep">
      <div class="heading">
        <h2 id="sweep">Last sweep</h2>
        <Button
          isBusy={isUnderWay || starting.isRunning}
          onPress={() => {
            starting.run(async () => {
              await start();
              await reload();
            });
          }}
        >
          Sweep now
        </Button>
      </div>
      <ProblemNote problem={starting.problem ?? problem} />
      <p class="for-readers" role="status">
        {asked !== undefined ? "A sweep was asked for." : latest && `The last sweep is ${latest.state}.`}
      </p>
      {asked !== undefined && <p>Another was asked for. It begins within seconds.</p>}
      {list === undefined && problem === undefined && <p>Asking the app…</p>}
      {list?.length === 0 && asked === undefined && <p>There was none yet.</p>}
      {latest && <SweepState sweep={latest} />}
      {latest && <SweepFacts sweep={latest} />}
    </section>
  );
}

function SweepState({ sweep }: { sweep: SweepView }) {
  const { state, startedAt, progressAt, finishedAt = progressAt, failedAt = progressAt } = sweep;
  switch (state) {
    case "running":
      return (
        <p class="state">
          <span class="badge waiting">running</span> began <Moment at={startedAt} />
        </p>
      );
    case "finished":
      return (
        <p class="state">
          <span class="badge compliant">finished</span> <Moment at={finishedAt} />
        </p>
      );
    case "failed":
      return (
        <p class="state">
          <span class="badge blocked">given up</span> <Moment at={failedAt} />
        </p>
      );
    case "silent":
      return (
        <p class="state">
          <span class="badge blocked">silent</span> not heard of since <Moment at={progressAt} />; it is begun again
          before long
        </p>
      );
  }
}

function SweepFacts({ sweep }: { sweep: SweepView }) {
  const { seen, requested, nominated, results, pending, unreadable, errors } = sweep;
  const over = Math.min(looksOver(results), requested);
  return (
    <>
      <dl class="facts">
        <Fact what="workspaces seen" value={seen} />
        <Fact what="looks asked for" value={requested} />
        <Fact what="wait or are blocked" value={pending} />
      </dl>
      {requested > 0 && (
        <>
          <label class="progress">
            <span>
              {over.toLocaleString("en")} of {requested.toLocaleString("en")} looks have ended
              {over > 0 && `: ${listed(results)}`}
            </span>
            <progress value={over} max={requested} />
          </label>
          <p class="quiet">Why: {listed(nominated)}</p>
        </>
      )}
      {unreadable.length > 0 && (
        <p class="text">
          Cannot be read: <bdi>{unreadable.join(", ")}</bdi>
        </p>
      )}
      {errors.length > 0 && (
        <details>
          <summary>
            {errors.length} {errors.length === 1 ? "error" : "errors"}
          </summary>
          <ul class="plain">
            {errors.map(({ subject, message }) => (
              <li key={`${subject} ${message}`} class="text">
                <bdi>{subject}</bdi>: {message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Fact({ what, value }: { what: string; value: number }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{value.toLocaleString("en")}</dd>
    </div>
  );
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count.toLocaleString("en")} ${what}`)
    .join(", ");
}
