import { AzureFailure } from "../core/failure.ts";

/** What a command tells whoever called it by its exit code. */
export const exitCodes = {
  /** Nothing has to be done, or what was asked for is done. */
  compliant: 0,
  /** Something went wrong: nothing is known, or what was asked for makes no sense. */
  error: 1,
  /** Something is not as it should be, and can be put right. */
  drift: 2,
  /** It waits for something that comes by itself. */
  waiting: 3,
  /** A person must act. */
  blocked: 4,
} as const;

export type Verdict = keyof typeof exitCodes;

/** Which verdict of many stands for all, the first that is among them. */
const gravest: readonly Verdict[] = ["error", "blocked", "waiting", "drift", "compliant"];

/** The gravest of these; `compliant` for none. */
export function gravestOf(verdicts: Iterable<Verdict>): Verdict {
  const all = new Set(verdicts);
  return gravest.find((verdict) => all.has(verdict)) ?? "compliant";
}

/** What the state of a workspace means for whoever asked. */
export function verdictOf({
  outcome,
  reason,
}: {
  readonly outcome: string;
  readonly reason?: string | undefined;
}): Verdict {
  if (outcome === "blocked") return reason === "AuditMode" ? "drift" : "blocked";
  if (outcome === "waiting") return "waiting";
  return outcome === "unknown" || outcome === "gone" ? "error" : "compliant";
}

/** What a look without changes means: who is to act comes before what would be done. */
export function verdictOfDryRun({
  wouldEndAs: { kind },
  isDrift,
}: {
  readonly wouldEndAs: { readonly kind: string };
  readonly isDrift: boolean;
}): Verdict {
  if (kind === "blocked" || kind === "waiting") return kind;
  return isDrift ? "drift" : "compliant";
}

/** Something that keeps a command from doing what it was asked: told as it is, without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What the app calls it, where it was the app that said no, such as `SweepUnknown`. */
  readonly code: string | undefined;
  constructor(message: string, { code, ...options }: { cause?: unknown; code?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What an error says to people: ours, and Azure's. @throws it again, where it is not meant for them */
export function toldBy(error: unknown): string {
  if (error instanceof CommandError || error instanceof AzureFailure) return error.message;
  throw error;
}
