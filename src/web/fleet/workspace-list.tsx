import type { FleetSummary } from "../../api/fleet.ts";
import type { SweepView } from "../../api/sweeps.ts";
import { type Address, hrefOf } from "../shared/address.ts";
import { Button } from "../shared/button.tsx";
import { Moment } from "../shared/moment.tsx";
import { Outcome } from "../shared/outcome.tsx";
import { ProblemNote } from "../shared/problem.tsx";
import { nameOf, placeOf } from "../shared/workspace-name.ts";
import { Filters } from "./filters.tsx";
import { type Listed, type Pages, usePages } from "./pages.ts";

interface WorkspaceListProps {
  readonly fleet: FleetSummary;
  readonly sweeps: readonly SweepView[];
  readonly address: Address;
  readonly go: (change: Partial<Address>) => void;
}

/** The workspaces that the filters choose, a page at a time. */
export function WorkspaceList({ fleet, sweeps, address, go }: WorkspaceListProps) {
  const { outcome, reason, registry, subscription, search } = address;
  const filter = { outcome, reason, registry, subscription, search };
  const pages = usePages(filter, fleet);
  const { rows, putAway, continuation, isLoading, problem, more, restart } = pages;
  const registryIds = [...rows.map(({ registryId }) => registryId), ...sweeps.flatMap(driftRegistries)];
  const registries = [...new Set(registryIds.filter((id) => id !== undefined).map(nameOf))].sort();
  return (
    <section class="card" aria-labelledby="workspaces">
      <div class="heading">
        <h2 id="workspaces">Workspaces</h2>
        <p class="quiet" role="status">
          {told(pages)}
        </p>
      </div>
      <Filters fleet={fleet} registries={registries} address={address} go={go} />
      <ProblemNote problem={problem} onRetry={restart} />
      {putAway > 0 && (
        <p class="quiet">
          The first {putAway.toLocaleString("en")} made room for these.{" "}
          <button type="button" class="link" onClick={restart}>
            Back to the first
          </button>
        </p>
      )}
      {rows.length > 0 && <Table rows={rows} address={address} isBusy={isLoading} />}
      {rows.length > 0 && continuation !== undefined && (
        <div class="buttons center">
          <Button isBusy={isLoading} onPress={more}>
            {isLoading ? "Loading…" : "Show more"}
          </Button>
        </div>
      )}
      {rows.length === 0 && continuation !== undefined && !isLoading && (
        <button type="button" onClick={more}>
          Look further
        </button>
      )}
    </section>
  );
}

function told({ rows, putAway, continuation, isLoading, problem }: Pages): string {
  if (isLoading) return "Loading…";
  if (problem !== undefined) return "";
  const more = continuation === undefined ? "" : ", and there are more";
  if (rows.length === 0) return continuation === undefined ? "None is like that." : "None so far.";
  const first = putAway + 1;
  const range = first === 1 ? "" : `${first.toLocaleString("en")} to `;
  return `${range}${(putAway + rows.length).toLocaleString("en")} shown${more}`;
}

function driftRegistries({ drift }: SweepView): string[] {
  return drift.map(({ registryId }) => registryId);
}

interface TableProps {
  readonly rows: readonly Listed[];
  readonly address: Address;
  readonly isBusy: boolean;
}

/** The roles are spelled out, as a narrow page shows the rows as blocks, which would take them away. */
function Table({ rows, address, isBusy }: TableProps) {
  return (
    <table class="list" role="table" aria-labelledby="workspaces" aria-busy={isBusy}>
      <thead role="rowgroup">
        <tr role="row">
          {["workspace", "outcome", "registry", "last look", "next look"].map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <Row key={row.id} row={row} address={address} />
        ))}
      </tbody>
    </table>
  );
}

function Row({
  row: { id, outcome, reason, registryId, lookedAt, nextLookAt },
  address,
}: {
  row: Listed;
  address: Address;
}) {
  const { subscription, resourceGroup } = placeOf(id);
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <a href={hrefOf({ ...address, workspace: id })} data-id={id}>
          <bdi>{nameOf(id)}</bdi>
        </a>
        <span class="place" title={subscription}>
          <bdi>{resourceGroup}</bdi>
        </span>
      </th>
      <td role="cell">
        <Outcome outcome={outcome} reason={reason} />
      </td>
      <td role="cell" data-label="registry" title={registryId}>
        {registryId === undefined ? <span class="quiet">none known</span> : <bdi>{nameOf(registryId)}</bdi>}
      </td>
      <td role="cell" data-label="last look">
        {lookedAt === undefined ? <span class="quiet">not yet</span> : <Moment at={lookedAt} />}
      </td>
      <td role="cell" data-label="next look">
        {nextLookAt === undefined ? <span class="quiet">by sweep or event</span> : <Moment at={nextLookAt} />}
      </td>
    </tr>
  );
}
