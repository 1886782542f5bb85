/** What a person is told when the app did not do what it was asked: the app's own words where it has any. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** 0 when there was no answer at all. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  constructor(status: number, title: string, detail: string) {
    super(`${title} ${detail}`);
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

/** Any error as one that can be shown. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, "Something went wrong in this page.", String(error));
}

/** The problem that an answer tells of: problem+json as it is, and for anything else what can be said of it. */
export function problemIn(status: number, text: string): ApiProblem {
  const told = jsonOf(text) as { readonly title?: unknown; readonly detail?: unknown } | null | undefined;
  if (typeof told?.title === "string" && typeof told.detail === "string")
    return new ApiProblem(status, told.title, told.detail);
  const hint = status === 403 ? " Something in front of it may keep this network or this person out." : "";
  return new ApiProblem(status, `The app answered ${status}.`, `It did not say why.${hint}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
