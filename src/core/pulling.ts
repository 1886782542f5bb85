import { formatId, type WorkspaceId } from "./arm-id.ts";
import type { Action } from "./actions.ts";
import { isYoung } from "./grants.ts";
import type { FoundRegistry, Observation, ObservedPrincipal, ObservedRegistry } from "./observation.ts";
import type { Finding, Warning } from "./outcome.ts";
import type { Ending } from "./plan.ts";
import { mayBeGranted, type Policy } from "./policy.ts";
import { mostAssignments, pullRoles } from "./pull-permission.ts";
import { someOf } from "./shorten.ts";
import { capital } from "./words.ts";

/** What has to be done so that everybody who pulls may, and how a look ends as far as they are concerned. */
export interface Pulling {
  readonly finding: Finding;
  readonly actions: readonly (Action & { readonly kind: "GrantPull" })[];
  readonly ending: Ending;
  readonly warnings: readonly Warning[];
}

/** From this share of the limit on an operator is warned. */
const nearLimit = 0.9;

/** Decides about those who pull. Pure and total, as `plan`. */
export function pulling(
  policy: Policy,
  { workspace: { id }, principals, assignments, at }: Observation & { readonly kind: "found" },
  registry: FoundRegistry,
): Pulling {
  const wanting = principals.filter((principal) => isGrantable(policy, id, principal));
  const grants = grantsFor(wanting, id, registry);
  const isFull = assignments !== undefined && grants.length > 0 && assignments + grants.length > mostAssignments;
  return {
    finding: finding(policy, id, principals, at),
    actions: isFull ? [] : grants,
    ending: isFull ? full(assignments, grants.length, registry) : endingFor(policy, id, principals),
    warnings: [
      ...(assignments !== undefined && !isFull && assignments + grants.length >= nearLimit * mostAssignments
        ? [nearlyFull(assignments, registry)]
        : []),
      ...principals.flatMap((principal) => (principal.builds === false ? [cannotBuild(principal, registry)] : [])),
    ],
  };
}

function isGrantable(policy: Policy, workspace: WorkspaceId, principal: ObservedPrincipal): boolean {
  const { principalId, grant, unseen } = principal;
  if (principalId === undefined || unseen === true || grant?.held === true || grant?.because !== undefined)
    return false;
  return mayBeGranted(policy, workspace, principal);
}

/** One grant for each identity, whatever it pulls for. */
function grantsFor(
  principals: readonly ObservedPrincipal[],
  workspace: WorkspaceId,
  registry: FoundRegistry,
): Pulling["actions"] {
  const byId = new Map<string, ObservedPrincipal[]>();
  for (const principal of principals) {
    const id = principal.principalId?.toLowerCase() ?? "";
    const those = byId.get(id) ?? [];
    byId.set(id, those);
    those.push(principal);
  }
  return [...byId.values()].flatMap((those) => {
    const [first] = those;
    if (first?.principalId === undefined) return [];
    return [
      {
        kind: "GrantPull",
        workspace,
        registry: registry.id,
        label: those.length > 2 ? `${first.label} and ${those.length - 1} more` : namesOf(those),
        principalId: first.principalId,
        role: pullRoles[registry.mode],
        of: first.of,
        isSystemAssigned: those.every(({ identityId }) => identityId === undefined),
      },
    ];
  });
}

/** How a look ends once the grants are made: what is waited for first, as it needs nobody; then what somebody has to mend. */
function endingFor(policy: Policy, workspace: WorkspaceId, principals: readonly ObservedPrincipal[]): Ending {
  const those = (isOne: (principal: ObservedPrincipal) => boolean): readonly ObservedPrincipal[] =>
    principals.filter(isOne);
  const nameless = those(({ principalId }) => principalId === undefined);
  if (nameless.length > 0)
    return {
      kind: "waiting",
      reason: "IdentityNotReady",
      message: `Azure has not created the ${namesOf(nameless)} yet.`,
    };
  const unseen = those((one) => one.unseen === true);
  if (unseen.length > 0)
    return {
      kind: "waiting",
      reason: "MoreToDo",
      message: `Too many identities pull for this workspace to look at all of them at once: ${unseen.length} more are left to the next looks.`,
    };
  const denied = those(({ grant }) => grant?.held === false && grant.because === "denied");
  if (denied.length > 0)
    return {
      kind: "blocked",
      reason: "DenyAssignment",
      message: `${capital(lines(policy, workspace, denied))}. Only whoever made the deny assignment can lift it, or exclude the identity from it.`,
    };
  const restricted = those(({ grant }) => grant?.held === false && grant.because === "restricted");
  if (restricted.length > 0)
    return {
      kind: "blocked",
      reason: "ConditionalGrant",
      message: `Somebody restricted the ${namesOf(restricted)}: the role assignment on the registry has a condition, which may leave repositories out. Our own would lift that restriction, so none is made. Remove the condition, or opt the workspace out.`,
    };
  const foreign = those((one) => one.grant?.held !== true && !mayBeGranted(policy, workspace, one));
  if (foreign.length > 0)
    return {
      kind: "blocked",
      reason: "IdentityNotAllowed",
      message: `${capital(lines(policy, workspace, foreign))}. Grant it the right yourself if that is meant, add where it lies to REMEDIATOR_ALLOWED_IDENTITY_SCOPES, or give what it pulls for another identity.`,
    };
  return { kind: "settled" };
}

function finding(
  policy: Policy,
  workspace: WorkspaceId,
  principals: readonly ObservedPrincipal[],
  now: number,
): Finding {
  const type = "PullGranted";
  const without = principals.filter(({ grant }) => grant?.held !== true);
  const count = `${principals.length - without.length} of ${principals.length} pull principals hold the right to pull`;
  const young = principals.filter(({ grant }) => grant?.held === true && isYoung(grant, now));
  const youth = young.length === 0 ? "" : ` (the ${namesOf(young)} for less than ten minutes, so it may not act yet)`;
  if (without.length === 0) return { type, status: "True", reason: "Granted", message: `${count}${youth}.` };
  const pending = without.every(({ principalId }) => principalId === undefined);
  return {
    type,
    status: "False",
    reason: pending ? "IdentityNotReady" : "NotGranted",
    message: `${count}${youth}; ${lines(policy, workspace, without)}.`,
  };
}

/** Who cannot pull, and why. */
function lines(policy: Policy, workspace: WorkspaceId, principals: readonly ObservedPrincipal[]): string {
  const each = principals.map((principal) => {
    const { label, principalId, grant } = principal;
    if (principalId === undefined) return `the ${label} does not exist yet`;
    if (principal.unseen === true) return `the ${label} has not been looked at yet`;
    const notes = [
      ...(grant?.held === false && grant.note !== undefined ? [grant.note] : []),
      ...(mayBeGranted(policy, workspace, principal)
        ? []
        : [
            `${principal.identityId ?? ""} lies outside the scopes that the policy allows identities of computes and endpoints in`,
          ]),
    ];
    return `the ${label} cannot${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  });
  return someOf(each, "; ");
}

function full(count: number, wanted: number, { id }: ObservedRegistry): Ending {
  return {
    kind: "blocked",
    reason: "RoleAssignmentLimit",
    message: `The subscription ${id.subscriptionId} of the registry ${id.name} holds ${count} of ${mostAssignments} role assignments, and ${wanted} more are needed, so none of them was made. Grant the pull role to a group and put identities into it, let workspaces share a user-assigned identity, or spread them over registries in more subscriptions.`,
  };
}

function nearlyFull(count: number, { id }: ObservedRegistry): Warning {
  return {
    reason: "AssignmentsNearLimit",
    message: `The subscription ${id.subscriptionId} of the registry ${id.name} holds ${count} of ${mostAssignments} role assignments. Grant to a group instead, share user-assigned identities, or use registries in more subscriptions.`,
  };
}

function cannotBuild({ label }: ObservedPrincipal, { id }: ObservedRegistry): Warning {
  return {
    reason: "CannotBuildImages",
    message: `The ${label} may pull, but building images takes Contributor on ${formatId(id)}, which it does not hold. Nothing was granted: give it that role if the workspace builds environments.`,
  };
}

function namesOf(principals: readonly ObservedPrincipal[]): string {
  return someOf(
    principals.map(({ label }) => label),
    " and the ",
    " and ",
  );
}
