import { idKey, parseRegistryId, parseResourceId, parseWorkspaceId, sameId } from "../../src/core/arm-id.ts";
import { formatId, type RegistryId, type ResourceId, type WorkspaceId } from "../../src/core/arm-id.ts";
import { AzureFailure, type Failure } from "../../src/core/failure.ts";
import { formatImage, type ImageName } from "../../src/core/image-name.ts";
import type { Presence } from "../../src/core/images.ts";
import type { ObservedRegistry, ObservedWorkspace } from "../../src/core/observation.ts";
import type { Assignment, ListedAssignment } from "../../src/core/grants.ts";
import type { AzureReads } from "../../src/core/ports.ts";
import { recase } from "./ids.ts";
import type { Write } from "./simulated-writes.ts";
import { roleIds, roleOf, roles, type RoleName } from "./roles.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A workspace as it is and will be; times are in milliseconds since the epoch, `Infinity` is never. */
export interface SimulatedWorkspace {
  readonly id: WorkspaceId;
  readonly kind: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `Creating` before that. */
  readonly provisioning: { readonly state: string; readonly at: number };
  readonly system?: SimulatedPrincipal;
  readonly userAssigned: readonly { readonly id: ResourceId; readonly principalId?: string }[];
  readonly primary?: ResourceId;
  readonly hubId?: WorkspaceId;
  readonly storageAccount?: ResourceId;
  readonly applicationInsights?: string;
  readonly deletedAt?: number;
  /** Each with the time from which it holds; the platform's own may lie in the future. */
  readonly attachments: { readonly registry: RegistryId; readonly at: number }[];
}

export interface SimulatedPrincipal {
  readonly principalId: string;
  readonly appearsAt: number;
  /** When the directory knows it: a grant before that fails. */
  readonly knownAt: number;
}

export interface SimulatedAssignment {
  readonly principalId: string;
  readonly registry: RegistryId;
  readonly role: RoleName;
  readonly through: "itself" | "a group";
  readonly conditional: boolean;
  readonly at: number;
}

/** What the next call meets instead of an answer; `after` means that Azure did it and the answer was lost. */
export interface Fault {
  readonly failure: Failure;
  readonly when: "before" | "after";
}

function withRoles(listed: readonly ListedAssignment[]): readonly Assignment[] {
  return listed.map((one) => {
    const role = roleOf(one.roleDefinitionId);
    return { ...one, role, permissions: roles[role] };
  });
}

export function imageKey(registry: RegistryId, image: ImageName): string {
  return `${idKey(registry)} ${formatImage(image)}`;
}

/** Azure as far as core reads it: in memory, ids in another casing at every answer if asked for. */
export class SimulatedAzure {
  readonly clock: VirtualClock;
  readonly workspaces: SimulatedWorkspace[] = [];
  readonly registries: ObservedRegistry[] = [];
  readonly assignments: SimulatedAssignment[] = [];
  /** Met by one call each, the first call first; where there is none, the call is answered. */
  readonly faults: (Fault | undefined)[] = [];
  /** What our identity may never do. */
  readonly denied = new Set<Write["kind"]>();
  readonly calls: string[] = [];
  /** Of each workspace, what the last read of it answered. */
  readonly lastRead = new Map<string, ObservedWorkspace | undefined>();
  /** When it last answered with a failure that was not lasting. */
  lastTroubleAt = -Infinity;
  /** What registries have, by the id of the registry and the name of the image; what is not named is missing. */
  readonly images = new Map<string, Presence>();
  storageKeyTimes: string | undefined = "keys of January";
  /** For how long a read still answers what was before a write. */
  staleMs = 0;
  casing = 0;
  /** Runs before every call, for what Azure does of its own. */
  onCall: () => void = () => undefined;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  find(id: WorkspaceId): SimulatedWorkspace | undefined {
    const found = this.workspaces.find((candidate) => sameId(candidate.id, id));
    return found === undefined || this.clock.now() >= (found.deletedAt ?? Infinity) ? undefined : found;
  }

  /** The attached registry as of some milliseconds ago. */
  attachedTo({ attachments }: SimulatedWorkspace, agoMs = 0): RegistryId | undefined {
    return attachments
      .toSorted((a, b) => a.at - b.at)
      .findLast(({ at }) => at === -Infinity || at <= this.clock.now() - agoMs)?.registry;
  }

  readonly reads: AzureReads = {
    workspace: (id) =>
      this.call("workspace", () => {
        const found = this.find(id);
        const answer = found && this.#observe(found);
        this.lastRead.set(idKey(id), answer);
        return answer;
      }),
    registry: (id) =>
      this.call("registry", () => {
        const found = this.registries.find((candidate) => sameId(candidate.id, id));
        return found === undefined ? { kind: "missing", id } : { ...found, id: this.#registryId(found.id) };
      }),
    assignments: (principal, registry) =>
      this.call("assignments", () => withRoles(this.#listed(registry, (one) => one.principalId === principal))),
    assignmentsAt: (registry) => this.call("assignmentsAt", () => this.#listed(registry, () => true)),
    withRoles: (listed) => Promise.resolve(withRoles(listed)),
    denials: () => this.call("denials", () => []),
    assignmentCount: () => this.call("assignmentCount", () => this.assignments.length),
    children: () => this.call("children", () => []),
    image: ({ id }, image) => this.call("image", () => this.images.get(imageKey(id, image)) ?? { kind: "missing" }),
    storageKeyTimes: () => this.call("storageKeyTimes", () => this.storageKeyTimes),
  };

  /** Each group has one member here. */
  #listed(registry: RegistryId, isOne: (assignment: SimulatedAssignment) => boolean): readonly ListedAssignment[] {
    return this.assignments
      .filter((one) => isOne(one) && sameId(one.registry, registry))
      .filter(({ at }) => at === -Infinity || at <= this.clock.now() - this.staleMs)
      .map((one) => ({
        id: `/assignments/${one.role} ${one.principalId} ${one.through}`,
        principalId: one.through === "itself" ? recase(one.principalId, this.#nextCasing()) : "a group",
        isOfGroup: one.through === "a group",
        scope: recase(formatId(registry), this.#nextCasing()),
        roleDefinitionId: roleIds[one.role],
        ...(one.conditional ? { condition: "@Resource… StringLike 'team/*'" } : {}),
      }));
  }

  /** One call: it meets the next fault, before or after its effect. */
  async call<T>(name: string, answer: () => T | Promise<T>): Promise<T> {
    this.calls.push(name);
    await Promise.resolve();
    this.onCall();
    const fault = this.faults.shift();
    if (fault !== undefined) this.lastTroubleAt = this.clock.now();
    if (fault?.when === "before") throw new AzureFailure(fault.failure);
    const result = await answer();
    if (fault !== undefined) throw new AzureFailure(fault.failure);
    return result;
  }

  #observe(workspace: SimulatedWorkspace): ObservedWorkspace {
    const { id, kind, location, tags, provisioning, system, userAssigned, primary, hubId } = workspace;
    const now = this.clock.now();
    const registry = this.attachedTo(workspace, this.staleMs);
    const recased = (one: ResourceId): ResourceId => parseResourceId(recase(formatId(one), this.#nextCasing()));
    return {
      id: parseWorkspaceId(recase(formatId(id), this.#nextCasing())),
      kind,
      location: recase(location, this.#nextCasing()),
      tags,
      provisioningState: now < provisioning.at ? "Creating" : provisioning.state,
      identity: {
        systemAssigned: system !== undefined,
        ...(system !== undefined && now >= system.appearsAt ? { systemPrincipalId: system.principalId } : {}),
        userAssigned: userAssigned.map((one) => ({ ...one, id: recased(one.id) })),
        ...(primary === undefined ? {} : { primary: recased(primary) }),
      },
      ...(registry === undefined ? {} : { containerRegistry: this.#registryId(registry) }),
      ...(hubId === undefined ? {} : { hubId: parseWorkspaceId(recase(formatId(hubId), this.#nextCasing())) }),
      ...(workspace.storageAccount === undefined ? {} : { storageAccount: recased(workspace.storageAccount) }),
      ...(workspace.applicationInsights === undefined
        ? {}
        : { applicationInsights: recase(workspace.applicationInsights, this.#nextCasing()) }),
    };
  }

  #registryId(id: RegistryId): RegistryId {
    return parseRegistryId(recase(formatId(id), this.#nextCasing()));
  }

  /** Another one at every call, unless casing is left alone. */
  #nextCasing(): number {
    if (this.casing !== 0) this.casing += 1;
    return this.casing;
  }
}
