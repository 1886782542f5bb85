import { hubOf, registryOf } from "./hub.ts";
import { type Puller, pullersOf } from "./pullers.ts";
import { hasPrivateAccess, isReachable } from "./registry-network.ts";
import { armTokensMayLogIn } from "./registry-tokens.ts";
import { COMPUTE, ONLINE_ENDPOINT, type Resource, WORKSPACE } from "./resource.ts";
import { pullRight } from "./rights.ts";
import type { World } from "./world.ts";

/** Whether somebody can pull from a workspace's registry, and each thing that it takes. */
export interface Verdict {
  /** The right to pull any image, by what is assigned now. */
  readonly right: boolean;
  readonly reasons: readonly string[];
  /** The same by what the registry honours now, `grantDelaySeconds` late. */
  readonly effective: boolean;
  /** The registry can be reached: from anywhere, or through an approved private endpoint. */
  readonly network: boolean;
  /** The registry takes the credentials: tokens made for ARM, or of the admin user its password. */
  readonly login: boolean;
  /** Of each image asked for, whether the registry has it. */
  readonly images: Readonly<Record<string, boolean>>;
}

export interface PrincipalVerdict extends Verdict {
  readonly workspace: string;
  readonly registry: string | null;
  readonly principalId: string;
}

export interface WorkspaceVerdict {
  readonly workspace: string;
  readonly registry: string | null;
  readonly principals: readonly (Puller & Verdict)[];
}

type Finding = Pick<Verdict, "right" | "reasons" | "effective" | "login">;

/**
 * What no API of Azure answers: whether a principal can pull from the registry of a workspace now, from nothing but
 * what Azure documents about roles, deny assignments and registries. It shares no code with the app that it judges.
 * Undefined when there is no such workspace.
 */
export function canPrincipalPull(
  world: World,
  workspaceId: string,
  principalId: string,
  images: readonly string[] = [],
): PrincipalVerdict | undefined {
  const workspace = workspaceWith(world, workspaceId);
  if (!workspace) return undefined;
  const registry = registryOf(world, workspace);
  const verdict = complete(world, registry, images, (found) => findingOf(world, found, principalId));
  return { workspace: workspace.id, registry: registry?.id ?? null, principalId, ...verdict };
}

/** The same for everything that pulls for the workspace: itself, its computes and its online endpoints. */
export function canPull(
  world: World,
  workspaceId: string,
  images: readonly string[] = [],
): WorkspaceVerdict | undefined {
  const workspace = workspaceWith(world, workspaceId);
  if (!workspace) return undefined;
  const registry = registryOf(world, workspace);
  const own = pullersOf(world, workspace);
  const children = [COMPUTE, ONLINE_ENDPOINT].flatMap((type) => world.list(type, workspace.id));
  const judge = (puller: Puller): Puller & Verdict => ({
    ...puller,
    ...complete(world, registry, images, (found) => findingFor(world, found, workspace, puller, own)),
  });
  const pullers = [...own, ...children.flatMap((child) => pullersOf(world, child))];
  return { workspace: workspace.id, registry: registry?.id ?? null, principals: pullers.map(judge) };
}

function workspaceWith(world: World, id: string): Resource | undefined {
  const found = world.get(id);
  return found?.type === WORKSPACE ? found : undefined;
}

function complete(
  world: World,
  registry: Resource | undefined,
  images: readonly string[],
  find: (registry: Resource) => Finding,
): Verdict {
  const has = (image: string): boolean => registry !== undefined && world.images.find(registry.id, image) !== undefined;
  const found = Object.fromEntries(images.map((image) => [image, has(image)]));
  if (!registry) {
    const reasons = ["no registry is attached, or it is not there"];
    return { right: false, reasons, effective: false, network: false, login: false, images: found };
  }
  const network = isReachable(registry) || hasPrivateAccess(registry);
  return { ...find(registry), network, images: found };
}

function findingFor(
  world: World,
  registry: Resource,
  workspace: Resource,
  puller: Puller,
  own: readonly Puller[],
): Finding {
  switch (puller.by) {
    case "systemAssigned":
    case "userAssigned":
      return findingOf(world, registry, puller.principalId);
    case "workspace":
      return findingOfWorkspace(world, registry, workspace, own);
    case "nothing":
      return { right: false, reasons: ["it has no identity"], effective: false, login: false };
  }
}

function findingOf(world: World, registry: Resource, principalId: string | null): Finding {
  const login = armTokensMayLogIn(registry);
  if (principalId === null) {
    return { right: false, reasons: ["the identity has not been created yet"], effective: false, login };
  }
  const { held, reasons } = pullRight(world, principalId, registry);
  return { right: held, reasons, effective: pullRight(world, principalId, registry, world.honouredTime()).held, login };
}

/** A compute without an identity pulls as the admin user where its password is known, else as its workspace. */
function findingOfWorkspace(world: World, registry: Resource, workspace: Resource, own: readonly Puller[]): Finding {
  const isEnabled = registry.properties.adminUserEnabled === true;
  if (isEnabled && world.keySync.hasAdminPassword(hubOf(world, workspace) ?? workspace)) {
    return { right: true, reasons: ["the workspace has the admin user's password"], effective: true, login: true };
  }
  const findings = own.map((puller) => findingFor(world, registry, workspace, puller, own));
  const all = (what: "right" | "effective" | "login"): boolean => findings.every((finding) => finding[what]);
  const admin = isEnabled
    ? "the workspace's copy of the admin user's password is not current"
    : "the admin user is disabled";
  const reasons = [admin, ...findings.flatMap((finding) => finding.reasons)];
  return { right: all("right"), reasons, effective: all("effective"), login: all("login") };
}
