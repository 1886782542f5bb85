import { useState } from "preact/hooks";
import { type ApiProblem, problemOf } from "../api/problem.ts";

/** Something that a person started: whether it runs, and what went wrong the last time. */
export interface Action {
  readonly isRunning: boolean;
  readonly problem: ApiProblem | undefined;
  /** Does it, unless it is being done already. Never fails: `problem` tells. */
  run(work: () => Promise<void>): void;
}

export function useAction(): Action {
  const [isRunning, setIsRunning] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const run = (work: () => Promise<void>): void => {
    if (isRunning) return;
    setIsRunning(true);
    setProblem(undefined);
    void work()
      .catch((error: unknown) => {
        setProblem(problemOf(error));
      })
      .finally(() => {
        setIsRunning(false);
      });
  };
  return { isRunning, problem, run };
}
