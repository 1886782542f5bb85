import type { FleetSummary } from "../../api/fleet.ts";
import type { SweepView } from "../../api/sweeps.ts";
import type { Address } from "../shared/address.ts";
import { Moment } from "../shared/moment.tsx";
import { nameOf } from "../shared/workspace-name.ts";

interface ToChangeProps {
  readonly sweeps: readonly SweepView[];
  readonly mode: FleetSummary["mode"];
  readonly go: (change: Partial<Address>) => void;
}

/** What the last sweep that finished found to change, for each registry: in audit mode, what enforcing would change. */
export function ToChange({ sweeps, mode, go }: ToChangeProps) {
  const last = sweeps.find(({ state }) => state === "finished");
  if (last === undefined || (mode === "enforce" && last.drift.length === 0)) return null;
  return (
    <section class="card" aria-labelledby="to-change">
      <div class="heading">
        <h2 id="to-change">
          {mode === "audit" ? "What enforcing would change" : "What the last sweep found to change"}
        </h2>
        <p class="quiet">
          as of the sweep <Moment at={last.startedAt} />
        </p>
      </div>
      {last.drift.length === 0 ? (
        <p>Nothing: all that it saw was right, or left alone.</p>
      ) : (
        <div class="scrolls" tabIndex={0} role="region" aria-labelledby="to-change">
          <table>
            <thead>
              <tr>
                <th scope="col">registry</th>
                <th scope="col">workspaces</th>
                <th scope="col">attachments</th>
                <th scope="col">grants</th>
                <th scope="col">key syncs</th>
              </tr>
            </thead>
            <tbody>
              {last.drift.map(({ registryId, workspaces, attachments, grants, keySyncs }) => (
                <tr key={registryId}>
                  <th scope="row">
                    <button
                      type="button"
                      class="link"
                      title={registryId}
                      onClick={() => {
                        go({ registry: nameOf(registryId) });
                      }}
                    >
                      <bdi>{nameOf(registryId)}</bdi>
                    </button>
                  </th>
                  {[workspaces, attachments, grants, keySyncs].map((count, column) => (
                    <td key={column}>{count.toLocaleString("en")}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
