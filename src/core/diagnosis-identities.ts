/** Of a diagnosis: who pulls, whether each may, and who builds. */
import { formatId, type RegistryId, sameText } from "./arm-id.ts";
import { azAssign, azGiveIdentity, azUnassign } from "./az-command.ts";
import {
  type Asked,
  type DiagnosisFacts,
  type Found,
  type RegistryDetails,
  type RightsAsked,
  unknown,
} from "./diagnosis-facts.ts";
import { type Assignment, type Denial, type Grant, grantAmong, isYoung } from "./grants.ts";
import { contributor, permitsBuild, permitsPull, pullRoles } from "./pull-permission.ts";
import { childPrincipal, type ObservedChild, type PullPrincipal } from "./pull-principals.ts";
import { capital } from "./words.ts";

/** Who pulls, and whether Azure has created all of their identities. */
export function identityLines({ workspace, own, computes, endpoints }: DiagnosisFacts): readonly Found[] {
  return [
    own.length === 0
      ? {
          check: "identities",
          of: "workspace",
          status: "problem",
          found: `The workspace ${workspace.id.name} has no managed identity, so there is nobody to grant the pull right to.`,
          fix: [azGiveIdentity(workspace.id)],
        }
      : existing("workspace", own),
    childrenLine("computes", computes),
    childrenLine("online endpoints", endpoints),
  ];
}

function childrenLine(of: "computes" | "online endpoints", children: Asked<readonly ObservedChild[]>): Found {
  if (!children.known) return unknown("identities", children.failure, of);
  const principals = children.fact.flatMap((child) => childPrincipal(child) ?? []);
  const without = children.fact.filter((child) => childPrincipal(child) === undefined).map(({ name }) => name);
  const asWorkspace = of === "computes" ? " A compute without one pulls as its workspace." : "";
  const rest = without.length === 0 ? "" : ` Without an identity that pulls: ${without.join(", ")}.${asWorkspace}`;
  if (children.fact.length === 0)
    return { check: "identities", of, status: "ok", found: `The workspace has no ${of} that pull.` };
  if (principals.length === 0) return { check: "identities", of, status: "ok", found: rest.trim() };
  const line = existing(of, principals);
  return { ...line, found: `${line.found}${rest}` };
}

function existing(of: string, principals: readonly PullPrincipal[]): Found {
  const nameless = principals.filter(({ principalId }) => principalId === undefined);
  const names = principals.map(({ label, principalId }) => `${label} (${principalId ?? "not created yet"})`);
  if (nameless.length === 0) return { check: "identities", of, status: "ok", found: `${capital(names.join(", "))}.` };
  return {
    check: "identities",
    of,
    status: "problem",
    found: `Azure has not created the ${nameless.map(({ label }) => label).join(" and the ")} yet, so nothing can be granted to it. All of them: ${names.join(", ")}.`,
  };
}

/** Everybody that pulls and exists, each identity once. */
export function pullersOf({ own, computes, endpoints }: Pick<DiagnosisFacts, "own" | "computes" | "endpoints">) {
  const children = [computes, endpoints].flatMap((asked) => (asked.known ? asked.fact : []));
  const pullers = new Map<string, PullPrincipal & { readonly principalId: string }>();
  for (const principal of [...own, ...children.flatMap((child) => childPrincipal(child) ?? [])]) {
    const { principalId, label } = principal;
    if (principalId === undefined) continue;
    const before = pullers.get(principalId.toLowerCase());
    const labels = before === undefined ? label : `${before.label} and the ${label}`;
    pullers.set(principalId.toLowerCase(), { ...(before ?? principal), principalId, label: labels });
  }
  return [...pullers.values()];
}

/** Whether each of those who pull holds the right to. */
export function pullRightLines(facts: DiagnosisFacts): readonly Found[] {
  const details = facts.registry?.details;
  if (details?.known !== true || details.fact === undefined) {
    const why =
      details?.known === false
        ? `The registry could not be read, so it is not known which roles it honours. ${details.failure.message}`
        : "There is no registry to hold a right on.";
    return [unknown("pullRight", { message: why })];
  }
  const registry = details.fact;
  return pullersOf(facts).map((puller) => {
    const rights = facts.rights.get(puller.principalId.toLowerCase());
    return rights === undefined
      ? unknown("pullRight", { message: "It was not asked for." }, puller.label)
      : besideAdminUser(pullRightLine(puller, rights, registry, facts.at), puller, registry, facts.memory);
  });
}

/** Where the policy lets the admin user stand in for a grant, the workspace's identity does not need it. */
function besideAdminUser(
  line: Found,
  { of }: PullPrincipal,
  { adminUserEnabled }: RegistryDetails,
  memory: DiagnosisFacts["memory"],
): Found {
  const warning = memory.known ? memory.fact?.warnings?.find(({ reason }) => reason === "AdminUserInUse") : undefined;
  if (line.status !== "problem" || of !== "workspace" || !adminUserEnabled || warning === undefined) return line;
  return { ...line, status: "note", found: `${line.found} ${warning.message}` };
}

function pullRightLine(
  { label, principalId }: PullPrincipal & { readonly principalId: string },
  { assignments, denials }: RightsAsked,
  registry: RegistryDetails,
  now: number,
): Found {
  const check = "pullRight";
  if (!assignments.known) return unknown(check, assignments.failure, label);
  const noDenials: readonly Denial[] = [];
  const grant = grantAmong(assignments.fact, denials.known ? denials.fact : noDenials, principalId, registry);
  if (!grant.held)
    return {
      check,
      of: label,
      status: "problem",
      found: `The ${label} (${principalId}) may not pull from ${registry.id.name}: ${reasonOf(grant, assignments.fact, registry)}.`,
      ...(grant.because === "denied" ? {} : { fix: grantCommands(grant, assignments.fact, principalId, registry) }),
    };
  const held = heldText(label, principalId, grant);
  if (!denials.known)
    return unknown(
      check,
      { message: `${held}, but a deny assignment may take it away. ${denials.failure.message}` },
      label,
    );
  if (isYoung(grant, now))
    return {
      check,
      of: label,
      status: "note",
      found: `${held} for ${Math.max(0, Math.floor((now - (grant.since ?? now)) / 60_000))} minutes, so it may not act yet. No deny assignment forbids it.`,
    };
  return { check, of: label, status: "ok", found: `${held}. No deny assignment forbids it.` };
}

function heldText(label: string, principalId: string, { role, scope, through }: Grant & { held: true }): string {
  return `The ${label} (${principalId}) holds ${role} at ${scope}, through ${through}, without a condition`;
}

/** Why it does not hold the right, and what it holds instead. */
function reasonOf(
  { note }: Grant & { held: false },
  assignments: readonly Assignment[],
  { mode }: RegistryDetails,
): string {
  if (note !== undefined) return note;
  const roles = assignments.map(({ role, scope }) => `${role} at ${scope}`);
  const others = roles.length === 0 ? "it holds no role there" : `it holds ${roles.join(", ")}, which does not suffice`;
  return `${others} (the registry's mode is ${mode})`;
}

/** Azure keeps one assignment of a role for a principal at a scope, so one with a condition has to make way. */
function grantCommands(
  { because }: Grant & { held: false },
  assignments: readonly Assignment[],
  principalId: string,
  { id, mode }: { readonly id: RegistryId } & Pick<RegistryDetails, "mode">,
): readonly string[] {
  const inTheWay = assignments.filter(
    (one) =>
      because === "restricted" &&
      sameText(one.principalId, principalId) &&
      sameText(one.scope, formatId(id)) &&
      permitsPull(one.permissions, mode),
  );
  return [...inTheWay.map((one) => azUnassign(one.id)), azAssign(pullRoles[mode], principalId, id)];
}

/** Whether those of the workspace's own identities may build that need a role for it: the user-assigned ones. */
export function buildRightLines({ own, rights, registry }: DiagnosisFacts): readonly Found[] {
  const check = "buildRight";
  const userAssigned = own.filter(({ identityId }) => identityId !== undefined);
  if (userAssigned.length === 0)
    return [
      {
        check,
        status: "ok",
        found: "No user-assigned identity represents the workspace, so none needs a role to build images.",
      },
    ];
  if (registry === undefined) return [unknown(check, { message: "There is no registry to build in." })];
  return userAssigned.map(({ label, principalId }) => {
    if (principalId === undefined) return unknown(check, { message: `Azure has not created the ${label} yet.` }, label);
    const assignments = rights.get(principalId.toLowerCase())?.assignments;
    if (assignments?.known !== true)
      return unknown(check, assignments?.failure ?? { message: "It was not asked for." }, label);
    if (assignments.fact.some(({ permissions, condition }) => condition === undefined && permitsBuild(permissions)))
      return {
        check,
        of: label,
        status: "ok",
        found: `The ${label} (${principalId}) may build images in ${registry.id.name}.`,
      };
    return {
      check,
      of: label,
      status: "note",
      found: `The ${label} (${principalId}) may not build images in ${registry.id.name}: that takes ${contributor.name}. It is of no account where images are built elsewhere.`,
      fix: [azAssign(contributor, principalId, registry.id)],
    };
  });
}
