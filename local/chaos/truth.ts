/** How a workspace really is, from the world alone and without the code that is judged. */
import type { World } from "../azure/index.ts";
import { hasIdentityKind, type Resource } from "../azure/resource.ts";
import { allowedIn, workspaceId } from "./cast.ts";
import type { Charge, Truth } from "./facts.ts";
import { isExempt } from "./journal.ts";
import type { Condition } from "./oracle.ts";
import type { Member } from "./script.ts";

export function idOf({ subscription, group, name }: Pick<Member, "subscription" | "group" | "name">): string {
  return workspaceId(subscription, group, name);
}

export function chargeOf(member: Member): Charge {
  return {
    workspaceId: idOf(member).toLowerCase(),
    allowed: allowedIn(member.subscription, member.group).map((id) => id.toLowerCase()),
    isProject: member.kind === "Project",
    isHub: member.kind === "Hub",
  };
}

export function truthOf(world: World, id: string): Truth {
  const found = world.get(id);
  const state = found && (world.operations.running(id, world.now())?.state ?? "Succeeded");
  return {
    workspaceId: id.toLowerCase(),
    exists: found !== undefined,
    containerRegistry: registryOf(found),
    isExempt: isExempt(found?.tags ?? {}),
    isTransient: state !== undefined && state !== "Succeeded",
  };
}

/** Whether its images can be pulled and its keys are current; and if not, whether that could be changed. */
export function conditionOf(world: World, member: Member): Condition {
  const id = idOf(member);
  const allowed = allowedIn(member.subscription, member.group).map((one) => one.toLowerCase());
  const beyondHelp = (why: string, ...expected: string[]): Condition => ({ kind: "beyondHelp", why, expected });
  if (allowed.length === 0) return beyondHelp("it is outside the policy", "unknown");
  const found = world.get(id);
  if (found === undefined) return beyondHelp("it is gone", "gone", "unknown");
  if (isExempt(found.tags)) return beyondHelp("it is exempt", exemptionIn(found));
  const hub = member.hub === undefined ? undefined : world.get(idOf({ ...member, name: member.hub }));
  const registry = registryOf(member.hub === undefined ? found : hub);
  if (member.hub !== undefined && registry === null)
    return hub === undefined || isExempt(hub.tags) || principalsOf(world, hub).length === 0
      ? beyondHelp("its hub has no registry and will have none", "waiting: HubNotReady")
      : { kind: "wrong", why: "its hub has no registry" };
  if (registry !== null && !allowed.includes(registry))
    return beyondHelp(`${registry} is attached, which is not allowed`, "blocked: RegistryNotAllowed");
  const principals = principalsOf(world, found);
  if (principals.length === 0) return beyondHelp("it has no identity", "blocked: NoIdentity");
  if (registry === null) return { kind: "wrong", why: "no registry is attached" };
  const without = principals.filter((principalId) => !mayPull(world, principalId, registry));
  if (without.length > 0) return { kind: "wrong", why: `${without.join(", ")} may not pull from ${registry}` };
  return world.keysInSync(id) ? { kind: "right" } : { kind: "wrong", why: "its keys are not in sync" };
}

function registryOf(workspace: Resource | undefined): string | null {
  const registry = workspace?.properties.containerRegistry;
  return typeof registry === "string" ? registry.toLowerCase() : null;
}

function exemptionIn({ tags }: Resource): string {
  const value = Object.entries(tags).find(([name]) => name.toLowerCase() === "acr-remediation")?.[1];
  return `exempt: ${value?.trim().toLowerCase() === "skip" ? "OptOutTag" : "UnknownOptOutTag"}`;
}

/** The object ids of the identities that pull for it. No workspace of a script names a primary identity. */
function principalsOf(world: World, { identity }: Resource): readonly string[] {
  if (hasIdentityKind(identity, "SystemAssigned"))
    return identity?.principalId === undefined ? [] : [identity.principalId];
  if (!hasIdentityKind(identity, "UserAssigned")) return [];
  return Object.keys(identity?.userAssignedIdentities ?? {}).map((id) => String(world.get(id)?.properties.principalId));
}

/** The roles that permit pulling, by the registry's mode: a script's world knows those alone that the app grants. */
const pulling: Readonly<Record<string, readonly string[]>> = {
  LegacyRegistryPermissions: ["7f951dda-4ed3-4680-a7ca-43fe172d538d"],
  AbacRepositoryPermissions: ["b93aa761-3e63-49ed-ac28-beffa264f7ac"],
};

function mayPull(world: World, principalId: string, registry: string): boolean {
  const roles = pulling[String(world.get(registry)?.properties.roleAssignmentMode)] ?? [];
  return world.roles
    .assignments()
    .some(
      (one) =>
        one.principalId.toLowerCase() === principalId.toLowerCase() &&
        roles.includes(one.roleId) &&
        `${registry}/`.startsWith(`${one.scope.toLowerCase()}/`),
    );
}
