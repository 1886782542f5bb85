import { sameText } from "./arm-id.ts";
import type { ObservedWorkspace } from "./observation.ts";
import type { ExemptReason } from "./outcome.ts";

/** `acr-remediation: skip` takes a workspace out. */
export const optOutTag = "acr-remediation";

/** What an operator said over the API: leave the workspace alone for a while. */
export interface OperatorExemption {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Why, in the operator's words. */
  readonly reason: string;
}

/** Why a workspace is left alone. */
export interface Exemption {
  readonly reason: ExemptReason;
  readonly message: string;
  /** When it ends by itself, ms since the epoch; absent while a tag says so. */
  readonly until?: number;
}

/**
 * Why a workspace is left alone, if it is. Any exemption wins: neither does a tag lift what an operator said, nor an operator
 * what a tag says.
 * @param now milliseconds since the epoch
 */
export function exemption(
  workspace: Pick<ObservedWorkspace, "tags">,
  operator: OperatorExemption | undefined,
  now: number,
): Exemption | undefined {
  const byTag = tagExemption(workspace);
  if (byTag !== undefined || operator === undefined || operator.until <= now) return byTag;
  const { until, reason } = operator;
  return { reason: "OperatorExemption", message: `An operator took this workspace out for a while: ${reason}`, until };
}

/** Why a workspace is left alone by its tags. An unknown value means that somebody wanted something: leave it alone and say so. */
export function tagExemption(workspace: Pick<ObservedWorkspace, "tags">): Exemption | undefined {
  const values = tagValues(workspace.tags, optOutTag);
  // Should a tag ever come twice, in two casings, any exemption wins.
  const value = values.find((meant) => meant.trim().toLowerCase() !== "manage");
  if (value === undefined) return undefined;
  if (value.trim().toLowerCase() === "skip")
    return { reason: "OptOutTag", message: `The tag ${optOutTag}: skip takes this workspace out.` };
  return {
    reason: "UnknownOptOutTag",
    message: `The tag ${optOutTag} has the value ${JSON.stringify(value.slice(0, 100))}, which is neither 'skip' nor 'manage'. The workspace is left alone; set the tag to one of them or remove it.`,
  };
}

/** Tag names are case-insensitive in Azure, values are not. */
export function tagValues(tags: Readonly<Record<string, string>>, name: string): readonly string[] {
  return Object.entries(tags).flatMap(([key, value]) => (sameText(key, name) ? [value] : []));
}
