/** Judges who was granted what, and what was said of those who cannot pull: by the stand-in's oracle, without the app's code. */
import type { Azure } from "../../local/azure/index.ts";
import { canPrincipalPull, canPull } from "../../local/azure/can-pull.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type PullMember, type PullWorld, identityIn, registries, registryOfGroup } from "./pull-world.ts";

type Sent = Azure["requests"][number];
type Puller = NonNullable<ReturnType<typeof canPull>>["principals"][number];

const same = (a: unknown, b: unknown): boolean => String(a).toLowerCase() === String(b).toLowerCase();
const kinds: Readonly<Record<Puller["kind"], Policy["pullPrincipals"][number]>> = {
  workspace: "workspace",
  compute: "compute",
  onlineEndpoint: "endpoint",
};

/** Those who pull and whom the policy covers. What is on its way out, or failed before it got an identity, pulls nothing. */
function coveredIn({ world }: Azure, { covers }: PullWorld, { id }: PullMember): readonly Puller[] {
  const stateOf = (puller: Puller): string =>
    puller.kind === "workspace" ? "" : String(world.get(puller.of)?.properties["provisioningState"]).toLowerCase();
  return (canPull(world, id)?.principals ?? [])
    .filter(({ kind }) => covers.includes(kinds[kind]))
    .filter(({ by }) => by !== "nothing" && (by !== "workspace" || covers.includes("workspace")))
    .filter((one) => stateOf(one) !== "deleting")
    .filter((one) => one.principalId !== null || !["failed", "canceled"].includes(stateOf(one)));
}

/** Whether the policy lets this identity be granted anything: those of computes and endpoints must lie where it says. */
function isAllowed({ scopes }: PullWorld, { group }: PullMember, { kind, identityId }: Puller): boolean {
  if (kind === "workspace" || identityId === null) return true;
  const lies = (place: string): boolean => identityId.toLowerCase().startsWith(identityIn(place, "").toLowerCase());
  const allowed = { default: lies(group), group: lies("allowed"), identity: same(identityId, identityIn("allowed")) };
  return scopes === "subscription" || (scopes !== "elsewhere" && allowed[scopes]);
}

/** Why this write must not have been sent for this workspace; undefined where it may. */
export function objection(azure: Azure, spec: PullWorld, member: PullMember, write: Sent): string | undefined {
  const registry = registryOfGroup[member.group] ?? "";
  const { properties } = (write.body ?? {}) as { properties?: Record<string, string | undefined> };
  switch (write.method) {
    case "PATCH":
      if (!same(write.path, member.id) || !same(properties?.["containerRegistry"], registry))
        return "it is not allowed";
      if (member.hub !== undefined) return "a project has no registry of its own";
      if (spec.attach === "never") return "nothing is to be attached";
      if (member.spec.attached === "own") return "the right one was attached";
      return member.spec.attached === undefined || spec.attach === "replace" ? undefined : "another one was attached";
    case "POST":
      return same(write.path, `${member.id}/resyncKeys`) ? undefined : "it is another resource";
    case "PUT":
      break;
    default:
      return `nothing is ever changed by ${write.method}`;
  }
  const [scope] = write.path.split("/providers/Microsoft.Authorization/roleAssignments/");
  if (!same(scope, registry)) return "the scope is not the allowed registry";
  const pullers = coveredIn(azure, spec, member).filter((one) => same(one.principalId, properties?.["principalId"]));
  if (pullers.length === 0) return "nobody whom the policy covers pulls as this principal";
  if (!pullers.some((one) => isAllowed(spec, member, one))) return "the identity lies outside the allowed scopes";
  if (pullers.some(isDenied)) return "a deny assignment stands against it";
  const isAbac = azure.world.get(registry)?.properties["roleAssignmentMode"] === "AbacRepositoryPermissions";
  const role = isAbac ? "b93aa761-3e63-49ed-ac28-beffa264f7ac" : "7f951dda-4ed3-4680-a7ca-43fe172d538d";
  return same(properties?.["roleDefinitionId"]?.split("/").at(-1), role) ? undefined : "it is another role";
}

function isDenied({ reasons }: Puller): boolean {
  return reasons.some((reason) => reason.startsWith("the deny assignment"));
}

/** Reasons for which nobody's rights are looked at, and when they may be given. */
const ofWorkspace: Readonly<Record<string, (member: PullMember, spec: PullWorld) => boolean>> = {
  RegistryNotAllowed: ({ spec, hub }, { attach }) =>
    hub !== undefined || (spec.attached === "forbidden" && attach !== "replace"),
  NotAttached: ({ spec, hub }, { attach }) => attach === "never" && spec.attached === undefined && hub === undefined,
  HubHasNoRegistry: ({ hub }) => hub !== undefined,
  NoIdentity: ({ spec }, { covers }) => spec.identity === "none" && covers.includes("workspace"),
};

/** What is wrong with what the app says of a workspace in a world that has come to rest; undefined when nothing is. */
export function untruth(azure: Azure, spec: PullWorld, member: PullMember, memory: Memory): string | undefined {
  const { outcome, conditions, seen } = memory;
  if (outcome === undefined) return "nothing is said";
  const reason = "reason" in outcome ? outcome.reason : undefined;
  const isGood = outcome.kind === "compliant" || outcome.kind === "remediated";
  if (!isGood && outcome.kind !== "blocked") return `it ends as ${outcome.kind}`;
  if (reason !== undefined && reason in ofWorkspace)
    return ofWorkspace[reason]?.(member, spec) === true ? undefined : `${reason} is not true`;

  const lying = seen?.principals.find(
    ({ principalId, canPull: can }) =>
      can && canPrincipalPull(azure.world, member.id, principalId ?? "")?.right !== true,
  );
  if (lying !== undefined) return `${lying.label} is said to hold the right (${lying.how})`;
  const without = coveredIn(azure, spec, member).filter(({ right }) => !right);
  const [first] = without;
  if (isGood)
    return first === undefined ? undefined : `it is ${outcome.kind}, and ${first.of}: ${first.reasons.join()}`;
  if (first === undefined) return `it is blocked (${reason ?? ""}), and all of them hold the right`;
  const told = [...conditions, outcome].map((one) => ("message" in one ? one.message : "")).join("\n");
  for (const puller of without.filter(({ by }) => by !== "workspace")) {
    if (!namesOf(puller).every((name) => told.includes(name))) return `nothing is said of ${puller.of}: ${told}`;
    if (!isBeyondUs(azure, spec, member, puller)) return `${puller.of} could have been granted: ${told}`;
  }
  return undefined;
}

/** What has to be in a message that is about it. */
function namesOf({ of, kind, identityId }: Puller): readonly string[] {
  const name = of.split("/").at(-1) ?? "";
  const child = { workspace: [], compute: [`compute ${name}`], onlineEndpoint: [`online endpoint ${name}`] }[kind];
  return [...child, ...(identityId === null ? [] : [identityId.split("/").at(-1) ?? ""])];
}

/** Whether only somebody else can give it the right. */
function isBeyondUs(azure: Azure, spec: PullWorld, member: PullMember, puller: Puller): boolean {
  const isRestricted = azure.world.roles
    .assignments()
    .some(
      ({ principalId, scope, condition }) =>
        condition !== undefined &&
        same(principalId, puller.principalId) &&
        Object.values(registries).some((id) => same(scope, id)),
    );
  return puller.principalId === null || isDenied(puller) || isRestricted || !isAllowed(spec, member, puller);
}
