import { InvalidIdError, sameText } from "../core/arm-id.ts";
import { AzureFailure, type Failure, type FailureKind } from "../core/failure.ts";

/** What was asked of Azure, for the message and for the permission that may be missing. */
export interface Attempt {
  /** As in "could not …": `read the workspace contoso-ml`. */
  readonly what: string;
  /** The RBAC action that the call needs. */
  readonly action: string;
  readonly scope: string;
}

type Class = Pick<Failure, "kind" | "blockedReason">;

/**
 * What Azure's error codes mean here. Sources: Microsoft Learn, "Troubleshoot Azure RBAC", "Troubleshoot common Azure
 * deployment errors", "Resource Manager throttling".
 */
const byCode: ReadonlyMap<string, Class> = new Map(
  Object.entries<Class>({
    PrincipalNotFound: { kind: "principalUnknown" },
    // Once a list has shown the assignment this is no failure; until then the list lags behind.
    RoleAssignmentExists: { kind: "transient" },
    RoleAssignmentLimitExceeded: { kind: "operatorMustAct", blockedReason: "RoleAssignmentLimit" },
    RoleAssignmentUpdateNotPermitted: { kind: "operatorMustAct", blockedReason: "RequestRefused" },
    AuthorizationFailed: { kind: "missingPermission" },
    LinkedAuthorizationFailed: { kind: "missingPermission" },
    SubscriptionNotFound: { kind: "missingPermission" },
    RequestDisallowedByPolicy: { kind: "operatorMustAct", blockedReason: "DisallowedByPolicy" },
    ReadOnlyDisabledSubscription: { kind: "operatorMustAct", blockedReason: "RequestRefused" },
    ScopeLocked: { kind: "operatorMustAct", blockedReason: "ScopeLocked" },
    ResourceNotFound: { kind: "notFound" },
    ResourceGroupNotFound: { kind: "notFound" },
    RoleDefinitionDoesNotExist: { kind: "notFound" },
    RoleAssignmentNotFound: { kind: "notFound" },
    Conflict: { kind: "busy" },
    AnotherOperationInProgress: { kind: "busy" },
    TooManyRequests: { kind: "throttled" },
    UnmatchedPrincipalType: { kind: "bug" },
    InvalidPrincipalId: { kind: "bug" },
    PrincipalTypeNotSupported: { kind: "bug" },
  }),
);

const byStatus: Readonly<Record<number, Class>> = {
  401: { kind: "transient" },
  403: { kind: "missingPermission" },
  // ARM says by its code that something does not exist. Any other 404 says nothing about it.
  404: { kind: "transient" },
  408: { kind: "transient" },
  409: { kind: "busy" },
  412: { kind: "busy" },
  429: { kind: "throttled" },
};

/** What Azure answered, as far as it can be read from any of the SDKs' errors. */
export interface Answer {
  readonly status?: number;
  readonly code?: string;
  readonly text: string;
  readonly retryAfterMs?: number;
}

/** Turns whatever a call threw into the failure it means. Errors that are classified already pass through. */
export function azureFailure(error: unknown, attempt: Attempt): AzureFailure {
  if (error instanceof AzureFailure) return error;
  if (isOurs(error)) {
    const { what, action, scope } = attempt;
    const message = `Could not ${what}, by a mistake of the app: ${error.message}`;
    return new AzureFailure({ kind: "bug", message, action, scope }, { cause: error });
  }
  return new AzureFailure(classify(answerIn(error), attempt), { cause: error });
}

/** What Azure has no part in: the SDKs wrap what went wrong on the way to it in errors of their own. */
function isOurs(error: unknown): error is Error {
  const kinds = [TypeError, RangeError, ReferenceError, InvalidIdError];
  return kinds.some((kind) => error instanceof kind);
}

/** For reads and deletions: returns when ARM says that there is no such thing. @throws AzureFailure when it says anything else */
export function throwUnlessNotFound(error: unknown, attempt: Attempt): void {
  const failure = azureFailure(error, attempt);
  if (failure.failure.kind !== "notFound") throw failure;
}

/** The failure that an answer means. */
export function classify(answer: Answer, attempt: Attempt): Failure {
  const { status, code, text, retryAfterMs } = answer;
  const { kind, blockedReason } = classOf(answer);
  const { what } = attempt;
  const { action, scope } = missingIn(text, attempt);
  const said = `${code ?? (status === undefined ? "no answer" : `HTTP ${status}`)}: ${clip(text)}`;
  return {
    kind,
    message: advice(kind, what, action, scope, said),
    action,
    scope,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(blockedReason === undefined ? {} : { blockedReason }),
  };
}

function classOf({ status, code, text }: Answer): Class {
  // A deny assignment overrides every grant and comes under the code of a missing permission.
  if (/deny assignment with name/i.test(text)) return { kind: "operatorMustAct", blockedReason: "DenyAssignment" };
  const known = code === undefined ? undefined : byCode.get(code);
  if (known !== undefined) return known;
  if (status === undefined || status >= 500) return { kind: "transient" };
  return byStatus[status] ?? { kind: "operatorMustAct", blockedReason: "RequestRefused" };
}

/**
 * The action that ARM says is missing, and where. It may be another than the one that was tried: on a resource that the
 * request names, or of following an operation. Where it is the one that was tried, its scope is told as we know it: ARM names
 * the role assignment that was to be made, and a permission is granted on what is above it.
 */
function missingIn(text: string, tried: Attempt): Pick<Attempt, "action" | "scope"> {
  const [, action, scope] =
    /does not have (?:authorization|permission) to perform action(?:\(s\))? '([^']+)' (?:over scope|on the linked scope\(s\)) '([^']+)'/i.exec(
      text,
    ) ?? [];
  return action === undefined || scope === undefined || sameText(action, tried.action) ? tried : { action, scope };
}

function advice(kind: FailureKind, what: string, action: string, scope: string, said: string): string {
  if (kind === "missingPermission")
    return `Could not ${what}: our identity lacks ${action} at ${scope}, or a condition on its role is not fulfilled, or nothing is there that it may see. Azure said ${said}`;
  return `Could not ${what}. Azure said ${said}`;
}

/** Reads an SDK's error: its own fields first, ARM's `{"error":{"code","message"}}` body where they are missing. */
export function answerIn(error: unknown): Answer {
  if (!isRecord(error)) return { text: String(error) };
  const response = isRecord(error["response"]) ? error["response"] : undefined;
  const status = numberIn(error["statusCode"]) ?? numberIn(response?.["status"]);
  const body = bodyOf(response) ?? (isRecord(error["details"]) ? errorIn(error["details"]) : undefined);
  const code = status === undefined ? undefined : (body?.code ?? stringIn(error["code"]));
  const retryAfterMs = retryAfter(response);
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    text: body?.message ?? stringIn(error["message"]) ?? "(no text)",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** ARM asks for seconds or minutes; what asks for longer is looked at again in an hour all the same. */
const longestRetryAfterSeconds = 3_600;

/** `Retry-After` in milliseconds, when it is given in seconds as ARM does; an hour at most. */
export function retryAfterIn(header: string | undefined): number | undefined {
  const seconds = header === undefined || header === "" ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, longestRetryAfterSeconds) * 1_000 : undefined;
}

/** ARM's error in a body's text, where there is one. */
export function errorInBody(text: string | null | undefined): { code?: string; message?: string } | undefined {
  if (text === null || text === undefined || text === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? errorIn(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function bodyOf(response: Record<string, unknown> | undefined): { code?: string; message?: string } | undefined {
  return errorInBody(stringIn(response?.["bodyAsText"]));
}

function errorIn(body: Record<string, unknown>): { code?: string; message?: string } | undefined {
  const error = isRecord(body["error"]) ? body["error"] : body;
  const code = stringIn(error["code"]);
  const message = stringIn(error["message"]);
  if (code === undefined && message === undefined) return undefined;
  return { ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) };
}

function retryAfter(response: Record<string, unknown> | undefined): number | undefined {
  const headers = response?.["headers"];
  if (!isRecord(headers) || typeof headers["get"] !== "function") return undefined;
  return retryAfterIn((headers["get"] as (name: string) => string | undefined)("retry-after"));
}

/** Whoever stands between us and ARM may answer with a whole page. */
function clip(text: string): string {
  const plain = text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > 1_000 ? `${plain.slice(0, 1_000)}…` : plain;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function stringIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
