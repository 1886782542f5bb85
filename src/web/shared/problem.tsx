import type { ApiProblem } from "../api/problem.ts";

/** What went wrong, in the app's own words; announced at once. */
export function ProblemNote({ problem, onRetry }: { problem: ApiProblem | undefined; onRetry?: () => void }) {
  if (problem === undefined) return null;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.title}</strong> <span class="text">{problem.detail}</span>
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
