import type { HttpResponseInit, InvocationContext } from "@azure/functions";
import { ConfigError } from "../config.ts";
import { StorageRefusedError, StorageUnavailableError, UnreadableRowError } from "../storage/storage-error.ts";
import { ProblemError, problemResponse } from "./problem.ts";

/** Answers an HTTP request; whatever goes wrong becomes a problem that says what to mend, and is logged. */
export async function answer(
  context: InvocationContext,
  handle: () => HttpResponseInit | Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await handle();
  } catch (error) {
    const problem = problemOf(error);
    if (problem.problem.status >= 500) context.error(error instanceof Error ? (error.stack ?? error.message) : error);
    return problemResponse(problem);
  }
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ConfigError)
    return new ProblemError({
      status: 503,
      code: "InvalidSettings",
      title: "The app's settings are wrong, so nothing is done.",
      detail: "The log of this function lists every wrong setting with what is allowed.",
    });
  if (error instanceof StorageUnavailableError)
    return new ProblemError(
      {
        status: 503,
        code: "StorageUnavailable",
        title: "The app's storage cannot be reached.",
        detail:
          "It is not known whether the request was accepted; asking again does no harm. The log of this function says what storage answered.",
      },
      { retryAfterSeconds: 30 },
    );
  if (error instanceof StorageRefusedError)
    return new ProblemError({
      status: 503,
      code: "StorageRefused",
      title: "The app's storage refuses the app.",
      detail:
        "Nothing works until that is mended: the log of this function says what storage answered. The app's identity needs Storage Table Data Contributor and Storage Queue Data Contributor on the storage account.",
    });
  if (error instanceof UnreadableRowError)
    return new ProblemError({
      status: 500,
      code: "StateUnreadable",
      title: "What is remembered of the workspace cannot be read.",
      detail: error.message,
    });
  return new ProblemError({
    status: 500,
    code: "InternalError",
    title: "Something went wrong that should not.",
    detail: "The log of this function has the details.",
  });
}
