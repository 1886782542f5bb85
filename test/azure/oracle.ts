/** Judges what was done to a generated world, from the world alone and without the code that is judged. */
import type { Azure } from "../../local/azure/index.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { type Member, registries } from "./generated-world.ts";

type Sent = Azure["requests"][number];

const roleByMode: Readonly<Record<string, string>> = {
  LegacyRegistryPermissions: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  AbacRepositoryPermissions: "b93aa761-3e63-49ed-ac28-beffa264f7ac",
};
const same = (a: unknown, b: unknown): boolean => String(a).toLowerCase() === String(b).toLowerCase();

/** What the policy of `generated-world.ts` says, in other words. */
function allowedFor({ spec: { group, location } }: Member): readonly string[] {
  if (group === "Modern") return [registries.abac, registries.second];
  if (group === "nowhere") return [registries.missing];
  return location === "North Europe" ? [registries.second] : [registries.legacy];
}

function isExempt({ spec: { optOut } }: Member): boolean {
  return optOut !== undefined && optOut !== "manage";
}

/** Why this write must not have been sent for this workspace; undefined where it may. */
export function objection(azure: Azure, member: Member, write: Sent): string | undefined {
  if (isExempt(member)) return "the workspace is exempt";
  if (member.spec.provisioningState === "Failed") return "the workspace has failed";
  const allowed = allowedFor(member);
  switch (write.method) {
    case "PATCH": {
      const body = write.body as { properties: { containerRegistry: string } };
      if (!same(write.path, member.id)) return "it is another resource";
      if (JSON.stringify(Object.keys(body)) !== '["properties"]') return "it changes more than properties";
      if (JSON.stringify(Object.keys(body.properties)) !== '["containerRegistry"]') return "it changes more";
      if (!allowed.some((id) => same(id, body.properties.containerRegistry))) return "the registry is not allowed";
      if (member.hub !== undefined) return "a project has no registry of its own";
      return member.spec.attached === undefined ? undefined : "a registry was attached already";
    }
    case "POST":
      if (!same(write.path, `${member.id}/resyncKeys`)) return "it is another resource";
      return write.body === undefined ? undefined : "a key sync has no body";
    case "PUT":
      return objectionToGrant(azure, member, write, allowed);
    default:
      return `nothing is ever changed by ${write.method}`;
  }
}

function objectionToGrant(azure: Azure, member: Member, write: Sent, allowed: readonly string[]): string | undefined {
  const { properties } = write.body as { properties: Record<string, string | undefined> };
  const [scope = "", name] = write.path.split("/providers/Microsoft.Authorization/roleAssignments/");
  const registry = allowed.find((id) => same(id, scope));
  if (registry === undefined || name === undefined) return "the scope is no allowed registry";
  if (!principalsOf(azure, member).some((id) => same(id, properties["principalId"]))) return "it is another principal";
  const role = roleByMode[String(azure.world.get(registry)?.properties["roleAssignmentMode"])] ?? "";
  if (!(properties["roleDefinitionId"] ?? "").toLowerCase().endsWith(`/roledefinitions/${role}`)) return "another role";
  if (properties["principalType"] !== "ServicePrincipal") return "the principal's type is not given";
  return "condition" in properties ? "it has a condition" : undefined;
}

/** The object ids that pull for a workspace, from what the world has of it. */
function principalsOf({ world }: Azure, { id, spec }: Member): readonly string[] {
  const found = world.get(id);
  const own = found?.identity?.principalId;
  const assigned = Object.keys(found?.identity?.userAssignedIdentities ?? {});
  const primary = found?.properties["primaryUserAssignedIdentity"];
  const represents = assigned.filter((one) => (primary === undefined ? spec.identity === "user" : same(one, primary)));
  return [
    ...(own === undefined ? [] : [own]),
    ...represents.map((one) => String(world.get(one)?.properties["principalId"])),
  ];
}

/** What keeps the workspace from pulling, or its keys from being current; undefined when all is right. */
export function complaint(azure: Azure, member: Member): string | undefined {
  const { world } = azure;
  const registry = world.get(member.hub ?? member.id)?.properties["containerRegistry"];
  if (typeof registry !== "string") return "no registry is attached";
  if (!allowedFor(member).some((id) => same(id, registry))) return "the registry is not allowed";
  if (!world.keysInSync(member.id)) return "the keys are not in sync";
  const principals = principalsOf(azure, member);
  if (principals.length === 0) return "there is no identity";
  const without = principals.filter((principal) => !mayPull(azure, principal, registry));
  return without.length === 0 ? undefined : `${without.join(", ")} may not pull`;
}

function mayPull({ world }: Azure, principal: string, registry: string): boolean {
  const isAbac = world.get(registry)?.properties["roleAssignmentMode"] === "AbacRepositoryPermissions";
  const needed = isAbac
    ? ["content", "metadata"].map((what) => `Microsoft.ContainerRegistry/registries/repositories/${what}/read`)
    : ["Microsoft.ContainerRegistry/registries/pull/read"];
  const holders = world.directory.withGroups(principal);
  return world.roles
    .assignments()
    .filter(({ condition }) => condition === undefined)
    .filter(({ principalId }) => holders.has(principalId.toLowerCase()))
    .filter(({ scope }) => scope === "/" || `${registry}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()))
    .flatMap(({ roleId }) => world.roles.definition(roleId)?.permissions ?? [])
    .some(({ actions, notActions, dataActions, notDataActions }) => {
      const [given, taken] = isAbac ? [dataActions, notDataActions] : [actions, notActions];
      return needed.every((action) => some(given, action) && !some(taken, action));
    });
}

function some(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "i").test(action),
  );
}

/** Whether a workspace may end with this outcome in a world where nothing fails any more. */
export function isJustified(outcome: Outcome | undefined, member: Member): boolean {
  const { spec, hub } = member;
  const allowed = allowedFor(member);
  if (isExempt(member)) return outcome?.kind === "exempt";
  switch (outcome?.kind) {
    case "compliant":
    case "remediated":
      return true;
    case "blocked":
      break;
    default:
      return false;
  }
  switch (outcome.reason) {
    case "RegistryNotAllowed": {
      const attached = spec.attached === undefined ? undefined : registries[spec.attached];
      const wanted = spec.wanted;
      return (
        hub !== undefined ||
        (attached !== undefined && !allowed.includes(attached)) ||
        (wanted !== undefined && !allowed.some((id) => same(id, wanted) || id.endsWith(`/${wanted}`)))
      );
    }
    case "RegistryNotFound":
      return allowed.includes(registries.missing);
    case "HubHasNoRegistry":
      return hub !== undefined;
    case "NoIdentity":
      return spec.identity === "none";
    case "WorkspaceFailed":
      return spec.provisioningState === "Failed";
    case "ConditionalGrant":
    case "RequestRefused":
      // Azure keeps one assignment of a role, and this one has a condition that somebody put there.
      return spec.grants.some(({ conditional, to }) => conditional && to === "itself");
    default:
      return false;
  }
}
