import type { HttpResponseInit } from "@azure/functions";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { AzureFailure } from "../core/failure.ts";

/** What an HTTP caller is told when something is wrong: RFC 9457, with a stable `code` for programs. */
export interface Problem {
  readonly status: number;
  /** Stable, e.g. `SubscriptionNotInPolicy`. */
  readonly code: string;
  /** What is wrong. */
  readonly title: string;
  /** Where, and how to mend it. */
  readonly detail: string;
}

/** An error that is meant for the caller as it is. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;
  constructor(problem: Problem, options?: { cause?: unknown; retryAfterSeconds?: number }) {
    super(problem.detail, options);
    this.problem = problem;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

export function problemResponse({ problem, retryAfterSeconds }: ProblemError): HttpResponseInit {
  return {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ type: "about:blank", ...problem }),
  };
}

/** What a caller is told when Azure could not be asked. */
export function azureProblem(error: AzureFailure): ProblemError {
  const { kind, message, retryAfterMs } = error.failure;
  const title = "Azure could not be asked.";
  switch (kind) {
    case "missingPermission":
      return new ProblemError({ status: 403, code: "MissingPermission", title, detail: message }, { cause: error });
    case "throttled":
    case "transient":
    case "busy": {
      const retryAfterSeconds = Math.ceil((retryAfterMs ?? 15_000) / 1_000);
      const problem = { status: 503, code: "AzureUnavailable", title, detail: message };
      return new ProblemError(problem, { cause: error, retryAfterSeconds });
    }
    case "principalUnknown":
    case "notFound":
    case "operatorMustAct":
    case "leaseLost":
    case "bug":
      return new ProblemError({ status: 502, code: "AzureRefused", title, detail: message }, { cause: error });
  }
}

/** What a caller is told when Azure knows no such workspace. */
export function workspaceNotFound(workspace: WorkspaceId): ProblemError {
  return new ProblemError({
    status: 404,
    code: "WorkspaceNotFound",
    title: "There is no such workspace.",
    detail: `Azure knows no workspace ${formatId(workspace)}, or our identity may not see it. Check subscription, resource group and name.`,
  });
}
