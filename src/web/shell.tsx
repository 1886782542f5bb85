import { useEffect, useRef, useState } from "preact/hooks";
import type { FleetSummary } from "../api/fleet.ts";
import { useApi } from "./api/api.ts";
import { type ApiProblem, problemOf } from "./api/problem.ts";
import { FleetView } from "./fleet/fleet-view.tsx";
import { useSweeps } from "./fleet/sweeps.ts";
import { useAddress } from "./shared/address.ts";
import { usePolling } from "./shared/polling.ts";
import { ProblemNote } from "./shared/problem.tsx";
import { nameOf } from "./shared/workspace-name.ts";
import { WorkspaceView } from "./workspace/workspace-view.tsx";

const modes = {
  audit: ["Audit mode", "The app plans and reports, and changes nothing."],
  enforce: ["Enforce mode", "The app puts right what it finds wrong."],
} as const;

/** What is around the fleet and the workspace that is shown: the mode, and what is looked at again by itself. */
export function Shell({ fleet: first, onForget }: { fleet: FleetSummary; onForget?: () => void }) {
  const api = useApi();
  const [fleet, setFleet] = useState(first);
  const [address, go] = useAddress();
  const main = useRef<HTMLElement>(null);
  const sweeps = useSweeps();
  const [problem, setProblem] = useState<ApiProblem>();
  const reload = async (): Promise<void> => {
    try {
      setFleet(await api.fleet());
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error)); // what is shown meanwhile is old
    }
  };
  usePolling(sweeps.isMoving ? 5 : 30, reload);
  // What a sweep came to is shown when it is over, not at the next turn.
  const wasMoving = useRef(false);
  useEffect(() => {
    if (wasMoving.current && !sweeps.isMoving) void reload();
    wasMoving.current = sweeps.isMoving;
  }, [sweeps.isMoving]);
  useEffect(() => {
    document.title = address.workspace === "" ? "Azure ML fleet" : `${nameOf(address.workspace)} · Azure ML fleet`;
  }, [address.workspace]);

  const [mode, meaning] = modes[fleet.mode];
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the fragment says what is shown
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <h1>Azure ML fleet</h1>
        <p class={`mode ${fleet.mode}`}>
          <strong>{mode}</strong> <span>{meaning}</span>
        </p>
        {onForget && (
          <button type="button" onClick={onForget}>
            Forget key
          </button>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <ProblemNote problem={problem} onRetry={() => void reload()} />
        <FleetView
          fleet={fleet}
          sweeps={sweeps}
          address={address}
          go={go}
          reload={reload}
          isHidden={address.workspace !== ""}
        />
        {address.workspace !== "" && (
          <WorkspaceView
            key={address.workspace}
            id={address.workspace}
            mode={fleet.mode}
            onChanged={() => void reload()}
            onBack={() => {
              go({ workspace: "" });
            }}
          />
        )}
      </main>
    </>
  );
}
