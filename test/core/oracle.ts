import { formatId } from "../../src/core/arm-id.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { permitsPull } from "../../src/core/pull-permission.ts";
import { principalId, registryId } from "./ids.ts";
import { roles } from "./roles.ts";
import * as scenario from "./scenario.ts";
import type { Write } from "./simulated-writes.ts";
import type { World } from "./world.ts";

/**
 * Judges what core did, from the scenario alone and without core's policy: a second opinion, written to be read rather than
 * to be shared.
 */

const pullRoleIds = {
  LegacyRegistryPermissions: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  AbacRepositoryPermissions: "b93aa761-3e63-49ed-ac28-beffa264f7ac",
};

function allowed(spec: scenario.Scenario, workspace: scenario.WorkspaceSpec): readonly scenario.RegistryName[] {
  const place = (text: string): string => text.replace(" ", "").toLowerCase();
  for (const rule of spec.rules) {
    if (rule.subscription !== undefined && rule.subscription !== workspace.subscription) continue;
    if (rule.group !== undefined && rule.group !== workspace.group) continue;
    if (rule.location !== undefined && place(rule.location) !== place(workspace.location)) continue;
    return rule.registries;
  }
  return spec.defaultRegistry === undefined ? [] : [spec.defaultRegistry];
}

/** Why this write must not have been sent; nothing when it may. */
export function offence(spec: scenario.Scenario, { kind, workspace: id, ...write }: Write): string | undefined {
  const index = spec.workspaces.findIndex((_, at) => scenario.workspaceName(at) === id.name.toLowerCase());
  const workspace = spec.workspaces[index];
  const { read } = write;
  if (workspace === undefined || read === undefined) return "nobody knows this workspace";
  if (spec.mode === "audit") return "in audit mode nothing is written";
  if (!write.leaseHeld) return "the lease was not held";
  if (id.subscriptionId.toLowerCase() !== scenario.subscriptions[workspace.subscription]) return "another subscription";
  if (!scenario.ours.includes(workspace.subscription)) return "its subscription is not in the policy";
  if (isOptedOut(workspace)) return "it is opted out";
  if (read.provisioningState.toLowerCase() !== "succeeded") return `it was ${read.provisioningState} when last read`;
  const may = allowed(spec, workspace);
  const attached = read.containerRegistry?.name.toLowerCase();
  const isProject = scenario.kindOf(spec, index) === "project";
  if (!isProject && attached !== undefined && !may.some((name) => name === attached)) return "it is attached elsewhere";
  switch (kind) {
    case "attach":
      if (isProject) return "to a project nothing is attached";
      if (attached !== undefined) return "something was attached when it was last read";
      break;
    case "grant":
      if (!principalsOf(workspace, index).some(({ id: principal }) => principal === write.principalId))
        return "that principal pulls nothing for it";
      if (!isProject && attached !== undefined && write.registry?.name.toLowerCase() !== attached)
        return "that is not its registry";
      break;
    case "enableAdminUser":
    case "prune":
      return "the policy does not say so";
    case "import":
      if (!spec.requiresImage) return "no image is required";
      if (!isProject && attached !== undefined && write.registry?.name.toLowerCase() !== attached)
        return "that is not its registry";
      break;
    case "sync":
      if (write.registry !== undefined) return "a sync names no registry";
      return may.length === 0 ? "it may use no registry" : undefined;
  }
  const name = may.find((candidate) => candidate === write.registry?.name.toLowerCase());
  if (name === undefined || write.registry === undefined) return "the registry is not allowed for it";
  if (formatId(write.registry).toLowerCase() !== formatId(registryId(name)).toLowerCase())
    return "a registry of like name";
  if (kind === "grant" && write.role?.id !== pullRoleIds[spec.registries[name].mode])
    return "another role than to pull";
  const wanted = workspace.registryTag?.trim().toLowerCase() ?? "";
  if (kind === "attach" && wanted !== "" && wanted !== name) return "its tag chooses another registry";
  return undefined;
}

/** How a workspace may end once nothing happens any more: `kind` or `kind: reason`. */
export function possibleEnds(spec: scenario.Scenario, index: number, world: World): readonly string[] {
  const workspace = spec.workspaces[index];
  if (workspace === undefined) return [];
  const blocked = (...reasons: string[]): string[] => reasons.map((reason) => `blocked: ${reason}`);
  const attachedTo = (at: number): string | undefined => {
    const there = world.azure.workspaces[at];
    return there && world.azure.attachedTo(there)?.name;
  };

  if (workspace.deletedIn < Infinity) return ["gone"];
  if (isOptedOut(workspace))
    return [workspace.optOut?.trim().toLowerCase() === "skip" ? "exempt: OptOutTag" : "exempt: UnknownOptOutTag"];
  const may = allowed(spec, workspace);
  if (!scenario.ours.includes(workspace.subscription) || may.length === 0) return blocked("NoRegistryAllowed");

  const isProject = scenario.kindOf(spec, index) === "project";
  const hubIsThere = !workspace.hubIsMissing && spec.workspaces[0]?.deletedIn === Infinity;
  const hubs = hubIsThere ? attachedTo(0) : undefined;
  const uses = isProject ? (hubs ?? attachedTo(index)) : attachedTo(index);
  if (isProject && uses === undefined) return blocked("HubHasNoRegistry");
  if (uses !== undefined && !may.some((name) => name === uses)) return blocked("RegistryNotAllowed");
  const wanted = workspace.registryTag?.trim().toLowerCase() ?? "";
  if (!isProject && wanted !== "" && !may.some((name) => name === wanted)) return blocked("RegistryNotAllowed");

  if (workspace.provisionedIn === Infinity) return blocked("ProvisioningNeverEnded");
  if (workspace.state.toLowerCase() !== "succeeded") return blocked("WorkspaceFailed");
  const chosen = may.find((name) => name === (uses ?? (wanted === "" ? may[0] : wanted)));
  const registry = chosen && spec.registries[chosen];
  if (chosen === undefined || registry === undefined) return [];
  if (registry.state === "missing") return blocked("RegistryNotFound");
  if (registry.state !== "Succeeded") return blocked("RegistryFailed");

  const principals = principalsOf(workspace, index);
  if (principals.length === 0) return blocked("NoIdentity");
  const lacking = principals.filter(({ id }) => id !== undefined && !pulls(world, id, chosen, registry.mode));
  const nameless = principals.some(({ id }) => id === undefined);
  if (lacking.some(({ id }) => id !== undefined && isRestricted(world, id, chosen, registry.mode)))
    return blocked(
      "ConditionalGrant",
      ...(nameless ? ["IdentityNeverCreated"] : []),
      spec.mode === "audit" ? "AuditMode" : "MissingPermission",
      "PrincipalNeverKnown",
    );
  if (spec.mode === "audit") {
    if (lacking.length > 0 || uses === undefined) return blocked("AuditMode");
    return [...blocked("AuditMode"), nameless ? "blocked: IdentityNeverCreated" : "compliant"];
  }
  const unknown = workspace.system?.knownIn === Infinity;
  if (uses === undefined || lacking.length > 0)
    return blocked(
      ...(spec.denied.length > 0 ? ["MissingPermission"] : []),
      ...(unknown ? ["PrincipalNeverKnown"] : []),
    );
  if (nameless) return blocked("IdentityNeverCreated");
  return ["compliant", ...(spec.denied.includes("sync") ? blocked("MissingPermission") : [])];
}

export function endOf(outcome: Outcome): string {
  return "reason" in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind;
}

function isOptedOut({ optOut }: scenario.WorkspaceSpec): boolean {
  return optOut !== undefined && optOut.trim().toLowerCase() !== "manage";
}

/** Who pulls, in the end: without an id who never comes to exist. */
function principalsOf(
  { system, userAssigned, primary }: scenario.WorkspaceSpec,
  index: number,
): readonly { readonly id: string | undefined }[] {
  const own = system === undefined ? [] : [{ id: system.appearsIn < Infinity ? idAt(index, 0) : undefined }];
  const all = userAssigned.map(({ known }, at) => ({ id: known ? idAt(index, at + 1) : undefined }));
  const first = primary === undefined ? undefined : all[primary];
  if (first !== undefined) return [...own, first];
  return system === undefined ? all : own;
}

function idAt(workspace: number, identity: number): string {
  return principalId(scenario.principalNumber(workspace, identity));
}

/** Somebody gave it the right on the registry itself, under a condition. */
function isRestricted(world: World, principal: string, registry: string, mode: scenario.RegistrySpec["mode"]): boolean {
  return world.azure.assignments.some(
    (one) =>
      one.principalId === principal &&
      one.registry.name.toLowerCase() === registry &&
      one.conditional &&
      one.through === "itself" &&
      permitsPull(roles[one.role], mode),
  );
}

function pulls(world: World, principal: string, registry: string, mode: scenario.RegistrySpec["mode"]): boolean {
  return world.azure.assignments.some(
    (one) =>
      one.principalId === principal &&
      one.registry.name.toLowerCase() === registry &&
      !one.conditional &&
      permitsPull(roles[one.role], mode),
  );
}
