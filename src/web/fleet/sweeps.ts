import { useEffect, useState } from "preact/hooks";
import type { SweepView } from "../../api/sweeps.ts";
import { useApi } from "../api/api.ts";
import { type ApiProblem, problemOf } from "../api/problem.ts";
import { usePolling } from "../shared/polling.ts";

/** So many nights are drawn. */
const shown = 30;
/** For so long after a sweep it is watched how its looks end, in milliseconds: some wait for hours. */
const watchedMs = 3_600_000;

export interface Sweeps {
  /** The newest first; `undefined` before they are known. */
  readonly list: readonly SweepView[] | undefined;
  /** Whether one runs or was asked for, or its looks go on. */
  readonly isMoving: boolean;
  /** A sweep that was asked for and has not begun. */
  readonly asked: string | undefined;
  readonly problem: ApiProblem | undefined;
  readonly start: () => Promise<void>;
}

/** The last sweeps, looked at every few seconds while one is under way. */
export function useSweeps(): Sweeps {
  const api = useApi();
  const [list, setList] = useState<readonly SweepView[]>();
  const [asked, setAsked] = useState<string>();
  const [problem, setProblem] = useState<ApiProblem>();

  const load = async (limit: number): Promise<void> => {
    try {
      const fresh = await api.sweeps(limit);
      setList((known = []) => merged(fresh, known));
      setProblem(undefined);
      setAsked((id) => (fresh.some((sweep) => sweep.id === id) ? undefined : id));
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => {
    void load(shown);
  }, [api]);

  const [latest] = list ?? [];
  const isRunning = asked !== undefined || latest?.state === "running";
  const isMoving = isRunning || (latest !== undefined && looksLeft(latest) > 0 && isRecent(latest));
  usePolling(isRunning ? 2 : isMoving ? 5 : 60, () => load(3));

  const start = async (): Promise<void> => {
    const { id } = await api.startSweep();
    setAsked(id);
    await load(3);
  };
  return { list, isMoving, asked, problem, start };
}

/** How many of the looks that a sweep asked for have not ended. */
function looksLeft({ requested, results }: SweepView): number {
  return Math.max(requested - looksOver(results), 0);
}

export function looksOver(results: SweepView["results"]): number {
  return Object.values(results).reduce((sum, count) => sum + count, 0);
}

function isRecent({ finishedAt }: SweepView): boolean {
  return finishedAt !== undefined && Date.now() - Date.parse(finishedAt) < watchedMs;
}

function merged(fresh: readonly SweepView[], known: readonly SweepView[]): readonly SweepView[] {
  const ids = new Set(fresh.map(({ id }) => id));
  return [...fresh, ...known.filter(({ id }) => !ids.has(id))].slice(0, shown);
}
