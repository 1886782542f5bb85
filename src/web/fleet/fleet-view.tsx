import { useEffect, useRef } from "preact/hooks";
import type { FleetSummary } from "../../api/fleet.ts";
import type { Address } from "../shared/address.ts";
import { DriftChart } from "./drift-chart.tsx";
import { ToChange } from "./to-change.tsx";
import { OutcomeCounts } from "./outcome-counts.tsx";
import { SweepPanel } from "./sweep-panel.tsx";
import type { Sweeps } from "./sweeps.ts";
import { WorkspaceList } from "./workspace-list.tsx";

interface FleetViewProps {
  readonly fleet: FleetSummary;
  readonly sweeps: Sweeps;
  readonly address: Address;
  readonly go: (change: Partial<Address>) => void;
  readonly reload: () => Promise<void>;
  /** While one workspace is shown instead: what was loaded stays. */
  readonly isHidden: boolean;
}

/** The fleet in numbers, the sweeps, and the list. */
export function FleetView({ fleet, sweeps, address, go, reload, isHidden }: FleetViewProps) {
  const view = useRef<HTMLDivElement>(null);
  const last = useRef("");
  useEffect(() => {
    // Whoever comes back from a workspace goes on where he was.
    if (!isHidden && last.current !== "")
      view.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(last.current)}"]`)?.focus();
    last.current = address.workspace;
  }, [isHidden, address.workspace]);
  const list = sweeps.list ?? [];
  return (
    <div ref={view} hidden={isHidden}>
      <OutcomeCounts fleet={fleet} address={address} go={go} />
      <div class="columns">
        <SweepPanel sweeps={sweeps} reload={reload} />
        <DriftChart sweeps={list} />
      </div>
      <ToChange sweeps={list} mode={fleet.mode} go={go} />
      <WorkspaceList fleet={fleet} sweeps={list} address={address} go={go} />
    </div>
  );
}
