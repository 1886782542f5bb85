import { formatId, type RegistryId, sameText, type WorkspaceId } from "./arm-id.ts";
import { type Grant, type ObservedPrincipal, type Observation, workspacePrincipals } from "./observation.ts";
import { desiredRegistry, exemption, type Policy } from "./policy.ts";
import type { Assignment, AzureReads } from "./ports.ts";
import { permitsPull, type RegistryMode } from "./pull-permission.ts";

/**
 * Reads what the decision about one workspace needs, and no more: what does not depend on each other is read at the same
 * time, and nothing is read for a workspace that is left alone anyway.
 * @param freshAfter facts older than this (ms since the epoch) are not taken from a cache
 * @throws AzureFailure when a read fails
 */
export async function observe(
  policy: Policy,
  id: WorkspaceId,
  reads: AzureReads,
  freshAfter: number,
  signal: AbortSignal,
): Promise<Observation> {
  const workspace = await reads.workspace(id, signal);
  if (workspace === undefined) return { kind: "gone" };
  if (exemption(workspace) !== undefined) return { kind: "found", workspace, principals: [] };

  const hub = workspace.hubId === undefined ? undefined : await reads.workspace(workspace.hubId, signal);
  const desired = desiredRegistry(policy, workspace, hub);
  if (desired.kind !== "registry") return { kind: "found", workspace, hub, principals: [] };

  const { storageAccount } = workspace;
  const [registry, held, storageKeyTimes] = await Promise.all([
    reads.registry(desired.id, freshAfter, signal),
    Promise.all(
      workspacePrincipals(workspace.identity).map(async (principal) => ({
        principal,
        assignments: await assignmentsOf(principal.principalId, desired.id, reads, freshAfter, signal),
      })),
    ),
    storageAccount === undefined ? undefined : reads.storageKeyTimes(storageAccount, freshAfter, signal),
  ]);
  const principals = held.map(({ principal, assignments }): ObservedPrincipal => {
    if (registry.kind === "missing" || principal.principalId === undefined) return principal;
    return { ...principal, grant: grantAmong(assignments, principal.principalId, registry) };
  });
  return { kind: "found", workspace, hub, registry, principals, storageKeyTimes };
}

async function assignmentsOf(
  principalId: string | undefined,
  registry: RegistryId,
  reads: AzureReads,
  freshAfter: number,
  signal: AbortSignal,
): Promise<readonly Assignment[]> {
  return principalId === undefined ? [] : reads.assignments(principalId, registry, freshAfter, signal);
}

/**
 * Whether one of these assignments lets the principal pull. One with a condition may cover only some repositories: it is
 * mentioned, not counted.
 */
export function grantAmong(
  assignments: readonly Assignment[],
  principalId: string,
  { id, mode }: { readonly id: RegistryId; readonly mode: RegistryMode },
): Grant {
  const isOwn = (assignment: Assignment): boolean => sameText(assignment.principalId, principalId);
  const pulling = assignments.filter(({ permissions }) => permitsPull(permissions, mode));
  const whole = pulling.find(({ condition }) => condition === undefined);
  if (whole !== undefined)
    return {
      held: true,
      assignmentId: whole.id,
      role: whole.role,
      scope: whole.scope,
      through: isOwn(whole) ? "itself" : "a group",
    };
  const [conditional] = pulling;
  if (conditional === undefined) return { held: false };
  const restricted = pulling.some((one) => isOwn(one) && sameText(one.scope, formatId(id)));
  return { held: false, note: `its ${conditional.role} has a condition, which may leave repositories out`, restricted };
}
