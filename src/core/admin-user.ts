import type { Action } from "./actions.ts";
import { formatId, sameId, sameText, type WorkspaceId } from "./arm-id.ts";
import { azRegistry } from "./az-command.ts";
import { AzureFailure, type Failure } from "./failure.ts";
import type { Memory, Refusal } from "./memory.ts";
import type { FoundRegistry, Observation, ObservedPrincipal, ObservedRegistry } from "./observation.ts";
import type { BlockedReason, Warning } from "./outcome.ts";
import type { Policy, Waits } from "./policy.ts";
import { mostAssignments } from "./pull-permission.ts";
import { endingOf, lastingReason } from "./retry.ts";
import type { Settled } from "./settled.ts";

/** How those who pull stand once a workspace may pull as its registry's admin user. */
export interface AdminFallback {
  readonly principals: readonly ObservedPrincipal[];
  readonly actions: readonly Action[];
  /** Whether the workspace pulls as the admin user, whose password it needs. */
  readonly isInUse: boolean;
  readonly warnings: readonly Warning[];
}

/** Why a grant is given up in favour of the admin user: nothing of this passes by itself. */
const lasting: ReadonlySet<BlockedReason> = new Set([
  "MissingPermission",
  "RoleAssignmentLimit",
  "DenyAssignment",
  "DisallowedByPolicy",
  "ScopeLocked",
]);

/**
 * Why the admin user may stand in for a grant that was just refused, if it may.
 * @param now milliseconds since the epoch
 */
function lastingRefusal(
  failure: Failure,
  registry: ObservedRegistry["id"],
  memory: Pick<Memory, "waits" | "lacking">,
  limits: Waits,
  now: number,
): Refusal | undefined {
  const reason = lastingReason(failure, memory, limits, now);
  return reason === undefined || !lasting.has(reason) ? undefined : { registryId: formatId(registry), reason, at: now };
}

/**
 * The lasting refusal of the workspace's own grant, among what became of the grants of one look, where the admin user may stand in for it.
 * @param now milliseconds since the epoch
 */
export function refusedGrant(
  actions: readonly Action[],
  settled: Settled,
  policy: Policy,
  memory: Pick<Memory, "waits" | "lacking">,
  now: number,
): Pick<Memory, "refused" | "lacking"> | undefined {
  const grants = actions.filter((action) => action.kind === "GrantPull");
  const [refused] = grants.flatMap(({ of, registry }, index) => {
    const result = settled[index];
    const isOurs = of === "workspace" && allowsAdminUser(policy, registry);
    if (!isOurs || result?.status !== "rejected" || !(result.reason instanceof AzureFailure)) return [];
    const { failure } = result.reason;
    const lasting = lastingRefusal(failure, registry, memory, policy.waits, now);
    if (lasting === undefined) return [];
    const { lacks } = endingOf(failure, now);
    return [{ refused: lasting, ...(lacks === undefined ? {} : { lacking: lacks }) }];
  });
  return refused;
}

/** Whether the policy lets a workspace pull as the admin user of this registry. */
export function allowsAdminUser({ adminUserRegistries }: Policy, registry: ObservedRegistry["id"]): boolean {
  return adminUserRegistries.some((id) => sameId(id, registry));
}

/**
 * Where the policy allows it for the registry, the identities of a workspace that cannot be granted the pull right for a lasting
 * reason are covered by the registry's admin user, whose password a key sync gives to the workspace. It is a shared secret: it
 * is told of with a warning, and never disabled again, as others may rely on it. Computes and endpoints with identities of their
 * own pull as themselves, so it does nothing for them.
 */
export function adminFallback(
  policy: Policy,
  { workspace: { id }, principals, assignments = 0, at }: Observation & { readonly kind: "found" },
  registry: FoundRegistry,
  { refused, adminUser }: Pick<Memory, "refused" | "adminUser">,
): AdminFallback {
  const { adminUserEnabled } = registry;
  const asItIs = { principals, actions: [], isInUse: false, warnings: [] };
  if (!allowsAdminUser(policy, registry.id)) return asItIs;
  const isHere = (one: { readonly registryId: string } | undefined): boolean =>
    one !== undefined && sameText(one.registryId, formatId(registry.id));
  const wasRefused = refused !== undefined && isHere(refused) && at - refused.at < policy.waits.contestMs;
  const covered = principals.filter(
    ({ of, principalId, unseen, grant }) =>
      of === "workspace" &&
      principalId !== undefined &&
      unseen !== true &&
      grant?.held !== true &&
      (grant?.because === "denied" || (grant?.because === undefined && (wasRefused || assignments >= mostAssignments))),
  );
  const own = principals.filter(({ of }) => of === "workspace");
  if (covered.length === 0) {
    const isOver = adminUserEnabled && isHere(adminUser) && own.every(({ grant }) => grant?.held === true);
    return { ...asItIs, warnings: isOver ? [notNeeded(registry)] : [] };
  }
  const withCovered = (change: (one: ObservedPrincipal) => ObservedPrincipal): readonly ObservedPrincipal[] =>
    principals.map((one) => (covered.includes(one) ? change(one) : one));
  // Until Azure shows it enabled, nobody pulls through it.
  if (!adminUserEnabled)
    return { ...asItIs, principals: withCovered(notGrantedAgain), actions: [enable(id, registry)] };
  return {
    principals: withCovered((one) => throughAdminUser(one, registry)),
    actions: [],
    isInUse: true,
    warnings: [sharedSecret(registry)],
  };
}

/** It is not granted again. */
function notGrantedAgain(principal: ObservedPrincipal): ObservedPrincipal {
  const { grant } = principal;
  if (grant?.held === false && grant.because !== undefined) return principal;
  return { ...principal, grant: { held: false, note: "Azure refused the app to grant it", because: "refused" } };
}

function throughAdminUser(principal: ObservedPrincipal, { id }: ObservedRegistry): ObservedPrincipal {
  const scope = formatId(id);
  return {
    ...principal,
    grant: { held: true, assignmentId: "", role: "the password", roleId: "", scope, through: "the admin user" },
  };
}

function enable(workspace: WorkspaceId, { id }: ObservedRegistry): Action {
  return { kind: "EnableAdminUser", workspace, registry: id };
}

function sharedSecret({ id }: ObservedRegistry): Warning {
  return {
    reason: "AdminUserInUse",
    message: `The workspace pulls as the admin user of ${formatId(id)}, because its identity cannot be granted the pull right. Its password is a secret that everybody shares who has it, and it permits pushing too. Mend what stands against the grant and ask for a look at the workspace by hand (otherwise the grant is tried again once a day). Once this warning is gone, disable it: ${azRegistry("update", id, "--admin-enabled false")}`,
  };
}

function notNeeded({ id }: ObservedRegistry): Warning {
  return {
    reason: "AdminUserNotNeeded",
    message: `This workspace needs the admin user of ${formatId(id)} no longer, which the app once enabled for it. The app does not disable it, as others may rely on it. When none does: ${azRegistry("update", id, "--admin-enabled false")}`,
  };
}
