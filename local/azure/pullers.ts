import { sameId } from "./arm-id.ts";
import { COMPUTE, hasIdentityKind, ONLINE_ENDPOINT, type Resource, WORKSPACE } from "./resource.ts";
import type { World } from "./world.ts";

/** Something that pulls images, and as whom. */
export interface Puller {
  /** The id of the workspace, the compute or the online endpoint. */
  readonly of: string;
  readonly kind: "workspace" | "compute" | "onlineEndpoint";
  /** `workspace`: it has no identity of its own and pulls as its workspace, or as the registry's admin user. */
  readonly by: "systemAssigned" | "userAssigned" | "workspace" | "nothing";
  /** The user-assigned identity's id. */
  readonly identityId: string | null;
  /** Null while the identity has not been created, and of what has none. */
  readonly principalId: string | null;
}

/** Computes whose images Azure Machine Learning pulls; others bring a runtime of their own. */
const PULLING_COMPUTES = ["amlcompute", "computeinstance"];

/** The identities under which a workspace, a compute or an online endpoint pulls; none for a compute that pulls nothing. */
export function pullersOf(world: World, resource: Resource): Puller[] {
  const all = identitiesOf(world, resource);
  switch (resource.type) {
    case WORKSPACE:
      return representatives(resource, all);
    case COMPUTE: {
      if (!PULLING_COMPUTES.includes(String(resource.properties.computeType).toLowerCase())) return [];
      return [all[0] ?? { ...blank(resource, "compute"), by: "workspace" }];
    }
    case ONLINE_ENDPOINT:
      return [all[0] ?? blank(resource, "onlineEndpoint")];
    default:
      return [];
  }
}

/**
 * The system identity always counts. Of user-assigned ones the primary represents the workspace; where none is named
 * and there is no system identity, any of them may be used.
 */
function representatives(workspace: Resource, all: readonly Puller[]): Puller[] {
  const { primaryUserAssignedIdentity: named } = workspace.properties;
  const isPrimary = ({ identityId }: Puller): boolean =>
    typeof named === "string" && identityId !== null && sameId(identityId, named);
  const system = all.filter(({ by }) => by === "systemAssigned");
  const primary = all.filter(isPrimary);
  const found = primary.length > 0 || system.length > 0 ? [...system, ...primary] : all;
  return found.length > 0 ? [...found] : [blank(workspace, "workspace")];
}

/** The system identity first, then the user-assigned ones in their order. */
function identitiesOf(world: World, resource: Resource): Puller[] {
  const { identity } = resource;
  const base = blank(resource, kindOf(resource));
  const system: Puller[] = hasIdentityKind(identity, "SystemAssigned")
    ? [{ ...base, by: "systemAssigned", principalId: visible(world, identity?.principalId) }]
    : [];
  if (!hasIdentityKind(identity, "UserAssigned")) return system;
  const userAssigned = Object.keys(identity?.userAssignedIdentities ?? {}).map((identityId): Puller => {
    const principalId = world.get(identityId)?.properties.principalId;
    return { ...base, by: "userAssigned", identityId, principalId: visible(world, principalId) };
  });
  return [...system, ...userAssigned];
}

function visible(world: World, principalId: unknown): string | null {
  return typeof principalId === "string" && world.directory.isVisible(principalId, world.now()) ? principalId : null;
}

function kindOf({ type }: Resource): Puller["kind"] {
  if (type === COMPUTE) return "compute";
  return type === ONLINE_ENDPOINT ? "onlineEndpoint" : "workspace";
}

function blank({ id }: Resource, kind: Puller["kind"]): Puller {
  return { of: id, kind, by: "nothing", identityId: null, principalId: null };
}
