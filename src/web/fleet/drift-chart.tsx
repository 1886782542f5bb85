import type { SweepView } from "../../api/sweeps.ts";
import { shortMoment } from "../shared/moment.tsx";

/** So many nights fit beside each other. */
const mostNights = 14;

interface Night {
  readonly id: string;
  readonly at: string;
  readonly found: number;
  readonly fixed: number;
}

/** What each sweep found to change and what its looks put right: bars, and the same as a table. */
export function DriftChart({ sweeps }: { sweeps: readonly SweepView[] }) {
  const nights = sweeps
    .filter(({ state }) => state === "finished")
    .slice(0, mostNights)
    .map(nightOf)
    .reverse();
  const most = Math.max(1, ...nights.flatMap(({ found, fixed }) => [found, fixed]));
  return (
    <section class="card" aria-labelledby="drift">
      <div class="heading">
        <h2 id="drift">Drift per night</h2>
        <p class="legend" aria-hidden="true">
          <span class="key found" /> found <span class="key fixed" /> put right
        </p>
      </div>
      {nights.length === 0 ? (
        <p>No sweep has finished yet.</p>
      ) : (
        <>
          <div class="bars" aria-hidden="true">
            {nights.map((night) => (
              <div class="night" key={night.id} title={titleOf(night)}>
                <div class="pair">
                  <Bar kind="found" count={night.found} most={most} />
                  <Bar kind="fixed" count={night.fixed} most={most} />
                </div>
                <span class="day">{dayOf(night.at)}</span>
              </div>
            ))}
          </div>
          <details>
            <summary>As a table</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">sweep</th>
                  <th scope="col">workspaces with drift</th>
                  <th scope="col">put right</th>
                </tr>
              </thead>
              <tbody>
                {nights.map(({ id, at, found, fixed }) => (
                  <tr key={id}>
                    <th scope="row">{shortMoment(at)}</th>
                    <td>{found.toLocaleString("en")}</td>
                    <td>{fixed.toLocaleString("en")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </section>
  );
}

function Bar({ kind, count, most }: { kind: "found" | "fixed"; count: number; most: number }) {
  return <div class={`bar ${kind}`} style={{ height: `${Math.round((count / most) * 100)}%` }} />;
}

function nightOf({ id, startedAt, drift, results }: SweepView): Night {
  const found = drift.reduce((sum, { workspaces }) => sum + workspaces, 0);
  return { id, at: startedAt, found, fixed: results["remediated"] ?? 0 };
}

function titleOf({ at, found, fixed }: Night): string {
  return `${shortMoment(at)}: ${found} with drift, ${fixed} put right`;
}

function dayOf(at: string): string {
  return String(new Date(at).getDate());
}
