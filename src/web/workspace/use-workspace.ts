import { useEffect, useRef, useState } from "preact/hooks";
import { isOver } from "../../api/look.ts";
import type { WorkspaceWithHistory } from "../../api/workspace.ts";
import { type LookAsked, useApi } from "../api/api.ts";
import { type ApiProblem, problemOf } from "../api/problem.ts";
import { usePolling } from "../shared/polling.ts";

/** How often a look that goes on is asked about, in seconds, and how many times; and how often a workspace otherwise. */
const every = 3;
const mostTimes = 200;
const everyOtherwise = 30;

export interface Workspace {
  /** `undefined` before it is known, or when nothing is. */
  readonly state: WorkspaceWithHistory | undefined;
  readonly problem: ApiProblem | undefined;
  /** Whether a look that was asked for goes on. */
  readonly isWatching: boolean;
  readonly reload: () => void;
  /** Looks now when the last look ended; `undefined` where none has, or that cannot be told. */
  readonly lastEnd: () => Promise<string | undefined>;
  /** Takes in what a request for a look was answered with, and follows the look until it is over. @param before when the look before it had ended */
  readonly follow: (asked: LookAsked, before: string | undefined) => void;
}

/** What is remembered of one workspace. */
export function useWorkspace(id: string, onChanged: () => void): Workspace {
  const api = useApi();
  const [state, setState] = useState<WorkspaceWithHistory>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [timesLeft, setTimesLeft] = useState(0);
  /** When the look before the one that was asked for had ended. */
  const before = useRef<string>(undefined);

  const load = async (): Promise<string | undefined> => {
    try {
      const fresh = await api.workspace(id);
      setState(fresh);
      setProblem(undefined);
      setTimesLeft((left) => (isOver(fresh, before.current) ? 0 : Math.max(left - 1, 0)));
      if (fresh.outcomeAt !== state?.outcomeAt) onChanged();
      return fresh.outcomeAt;
    } catch (error) {
      setProblem(problemOf(error));
      setTimesLeft((left) => Math.max(left - 1, 0));
      return undefined;
    }
  };
  const reload = (): void => {
    void load();
  };
  useEffect(reload, [api, id]);
  usePolling(timesLeft > 0 ? every : everyOtherwise, load);

  const follow = (asked: LookAsked, lastEnd: string | undefined): void => {
    before.current = lastEnd;
    setTimesLeft(asked.isOver ? 0 : mostTimes);
    onChanged();
    void load();
  };
  return { state, problem, isWatching: timesLeft > 0, reload, lastEnd: load, follow };
}
