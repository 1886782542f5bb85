import { useEffect, useRef, useState } from "preact/hooks";
import type { FleetSummary } from "../../api/fleet.ts";
import { type Address, noFilter } from "../shared/address.ts";
import { outcomes } from "../shared/outcome.tsx";

/** How long somebody may think between two letters, in milliseconds. */
const pauseMs = 300;

interface FiltersProps {
  readonly fleet: FleetSummary;
  /** Names of registries to propose. */
  readonly registries: readonly string[];
  readonly address: Address;
  readonly go: (change: Partial<Address>) => void;
}

/** Chooses which workspaces are listed. */
export function Filters({ fleet, registries, address, go }: FiltersProps) {
  const { outcome, reason, registry, subscription, search } = address;
  const reasons = fleet.reasons.filter((one) => outcome === "" || one.outcome === outcome).map((one) => one.reason);
  const isFiltered = [outcome, reason, registry, subscription, search].some((one) => one !== "");
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter the workspaces"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <TextFilter
        label="Search"
        hint="part of a name or an id"
        value={search}
        onChange={(value) => {
          go({ search: value });
        }}
      />
      <Choice
        label="Outcome"
        value={outcome}
        options={outcomes.map(([one]) => one)}
        onChange={(value) => {
          go({ outcome: value, reason: "" });
        }}
      />
      <Choice
        label="Reason"
        value={reason}
        options={[...new Set(reasons)].sort()}
        onChange={(value) => {
          go({ reason: value });
        }}
      />
      <TextFilter
        label="Registry"
        hint="name or id"
        value={registry}
        proposals={registries}
        onChange={(value) => {
          go({ registry: value });
        }}
      />
      <Choice
        label="Subscription"
        value={subscription}
        options={fleet.subscriptions}
        onChange={(value) => {
          go({ subscription: value });
        }}
      />
      <button
        type="button"
        disabled={!isFiltered}
        onClick={() => {
          go(noFilter);
        }}
      >
        Clear
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  // What an address asks for is among them, also when nothing has it now.
  const all = value === "" || options.includes(value) ? options : [value, ...options];
  return (
    <label>
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => {
          onChange(currentTarget.value);
        }}
      >
        <option value="">any</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TextFilterProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly proposals?: readonly string[];
  readonly onChange: (value: string) => void;
}

/** A text that filters once its writer pauses. */
function TextFilter({ label, hint, value, proposals, onChange }: TextFilterProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    setText(value);
  }, [value]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  const list = proposals === undefined ? undefined : `proposals-${label}`;
  return (
    <label>
      <span>{label}</span>
      <input
        type="search"
        placeholder={hint}
        value={text}
        {...(list === undefined ? {} : { list })}
        onInput={({ currentTarget: { value: typed } }) => {
          setText(typed);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => {
            onChange(typed.trim());
          }, pauseMs);
        }}
      />
      {list !== undefined && (
        <datalist id={list}>
          {proposals?.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}
