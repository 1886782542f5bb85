import { RestError } from "@azure/core-rest-pipeline";

/**
 * Azure Storage did not answer, or answered that it cannot now (5xx, 408, 429): nothing is known about the request, which
 * may even have been carried out. The caller fails and is called again. Carries no request, so it can be logged.
 */
export class StorageUnavailableError extends Error {
  override readonly name = "StorageUnavailableError";
}

/** Azure Storage refused a request for a lasting reason, such as a missing role or a missing table. */
export class StorageRefusedError extends Error {
  override readonly name = "StorageRefusedError";
  /** As Azure Storage names it, e.g. `AuthorizationPermissionMismatch`. */
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const longestMessage = 2000;

/** A row that this version cannot read. It is left as it is. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
  /** @param message kept to what a person reads: of a thousand faults of one row the first ones will do */
  constructor(message: string) {
    super(message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`);
  }
}

/** Where a call goes, for messages: no query string, which may be a shared access signature. */
export interface StorageTarget {
  /** E.g. `table Inbox`. */
  readonly what: string;
  readonly endpoint: string;
  /** How long one call may take with all its retries, in milliseconds. */
  readonly deadlineMs: number;
}

/** The parts of a URL that may be told to anybody. */
export function tellableUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.replace(/\/$/, "");
}

/**
 * Makes one call to Azure Storage within the target's deadline.
 * @returns what the call answers, or `undefined` when it ended with one of the `expected` error codes
 * @throws StorageUnavailableError, StorageRefusedError; what is not of the service's making passes unchanged
 */
export async function answerOf<T>(
  target: StorageTarget,
  call: (abortSignal: AbortSignal) => Promise<T>,
  ...expected: readonly string[]
): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(target.deadlineMs);
  try {
    return await call(deadline);
  } catch (error) {
    const at = `at ${target.endpoint} (${target.what})`;
    if (deadline.aborted)
      throw new StorageUnavailableError(`Azure Storage did not answer within ${target.deadlineMs} ms ${at}.`);
    if (!(error instanceof RestError)) throw error;
    const code = codeOf(error);
    if (expected.includes(code)) return undefined;
    const { statusCode = 0 } = error;
    const said = `${code}: ${firstLine(error.message)}`;
    if (statusCode === 0 || statusCode >= 500 || statusCode === 408 || statusCode === 429)
      throw new StorageUnavailableError(`Azure Storage is not available ${at}: ${said}`);
    throw new StorageRefusedError(`Azure Storage refused ${at}, status ${statusCode}: ${said}`, code);
  }
}

/** The service's own error code: table clients leave it in the body they parsed, queue clients in the error. */
function codeOf({ code, details, statusCode }: RestError): string {
  const odata = (details as { odataError?: { code?: string } } | undefined)?.odataError?.code;
  return odata ?? code ?? (statusCode === undefined ? "NoAnswer" : `Status${statusCode}`);
}

/** The rest holds request id and time. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.slice(0, 500) ?? "";
}
