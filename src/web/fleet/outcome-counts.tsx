import type { FleetSummary } from "../../api/fleet.ts";
import type { Address } from "../shared/address.ts";
import { outcomes } from "../shared/outcome.tsx";

/** More reasons than these are in the list of the filter only. */
const mostReasons = 8;

interface OutcomeCountsProps {
  readonly fleet: FleetSummary;
  readonly address: Address;
  readonly go: (change: Partial<Address>) => void;
}

/** How many workspaces have each outcome and reason; each is a filter of the list. */
export function OutcomeCounts({ fleet, address, go }: OutcomeCountsProps) {
  const shown = outcomes.filter(([outcome]) => !["gone", "unknown"].includes(outcome) || fleet.outcomes[outcome]);
  return (
    <section aria-labelledby="counts">
      <h2 id="counts" class="for-readers">
        Workspaces by outcome
      </h2>
      <div class="tiles">
        <Tile
          count={fleet.workspaces}
          what="all"
          meaning="workspaces"
          isChosen={address.outcome === "" && address.reason === ""}
          onChoose={() => {
            go({ outcome: "", reason: "" });
          }}
        />
        {shown.map(([outcome, meaning]) => (
          <Tile
            key={outcome}
            count={fleet.outcomes[outcome] ?? 0}
            what={outcome}
            meaning={meaning}
            isChosen={address.outcome === outcome}
            onChoose={() => {
              go({ outcome: address.outcome === outcome ? "" : outcome, reason: "" });
            }}
          />
        ))}
      </div>
      {fleet.reasons.length > 0 && (
        <ul class="reasons" aria-label="The most frequent reasons">
          {fleet.reasons.slice(0, mostReasons).map(({ outcome, reason, workspaces }) => {
            const isChosen = address.reason === reason && address.outcome === outcome;
            return (
              <li key={`${outcome} ${reason}`}>
                <button
                  type="button"
                  class={`chip ${outcome}`}
                  aria-pressed={isChosen}
                  onClick={() => {
                    go(isChosen ? { outcome: "", reason: "" } : { outcome, reason });
                  }}
                >
                  {reason} <b>{workspaces.toLocaleString("en")}</b>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

interface TileProps {
  readonly count: number;
  readonly what: string;
  readonly meaning: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Tile({ count, what, meaning, isChosen, onChoose }: TileProps) {
  return (
    <button type="button" class={`tile ${what}`} aria-pressed={isChosen} onClick={onChoose}>
      <span class="count">{count.toLocaleString("en")}</span> <span class="what">{what}</span>{" "}
      <span class="meaning">{meaning}</span>
    </button>
  );
}
