import type { DryRun } from "../api/workspace.ts";
import { describe, isDrift } from "../core/actions.ts";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { Examination } from "../core/examine.ts";
import type { Policy } from "../core/policy.ts";
import { seenIn } from "../core/seen.ts";

/** What a look without changes found, as callers get it; `undefined` when there is no such workspace. */
export function dryRunView(
  workspace: WorkspaceId,
  { mode }: Pick<Policy, "mode">,
  { observation, plan }: Examination,
): DryRun | undefined {
  const { ending } = plan;
  if (observation.kind === "gone" || ending.kind === "gone") return undefined;
  return {
    id: formatId(workspace),
    dryRun: true,
    mode,
    wouldDo: plan.actions.map(describe),
    isDrift: plan.actions.some(isDrift),
    wouldEndAs:
      ending.kind === "exempt" && ending.until !== undefined
        ? { ...ending, until: new Date(ending.until).toISOString() }
        : { kind: ending.kind, ...("reason" in ending ? { reason: ending.reason, message: ending.message } : {}) },
    conditions: plan.findings.map((finding) => ({ ...finding })),
    principals: [...seenIn(observation, plan).principals],
    ...(plan.warnings.length === 0 ? {} : { warnings: [...plan.warnings] }),
  };
}
