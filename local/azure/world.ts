import { idKey, isAtOrBelow, parseResourceId, sameId } from "./arm-id.ts";
import type { Caller } from "./arm-error.ts";
import { type Change, changeBy } from "./change.ts";
import { Containers } from "./containers.ts";
import { type DenyAssignment, denyAssignmentId, DenyAssignments } from "./deny-assignments.ts";
import { Directory } from "./directory.ts";
import type { CompleteFixture, Permission, ResourceInput, RoleAssignmentInput } from "./fixture.ts";
import { parseDenyAssignment, parsePermissions, parseResource, parseRoleAssignment } from "./fixture.ts";
import { Graph } from "./graph/graph.ts";
import { GraphQuota } from "./graph/quota.ts";
import { settleIdentity, removeIdentity } from "./identity.ts";
import { Images } from "./images.ts";
import { CREDENTIAL_GENERATION, KeySync } from "./key-sync.ts";
import { type Operation, Operations } from "./operations.ts";
import { grantAsPlatform } from "./platform-grants.ts";
import { ManagementGroups } from "./management-groups.ts";
import { Moments } from "./moments.ts";
import { populate } from "./populate.ts";
import { requireEvaluable } from "./rbac.ts";
import { completeResource, mergeResource, REGISTRY, type Resource, STORAGE_ACCOUNT, WORKSPACE } from "./resource.ts";
import { type RoleAssignment, roleAssignmentId, Roles } from "./roles.ts";
import type { Settings } from "./settings.ts";
import { Timeline } from "./timeline.ts";

export interface WriteOptions {
  /** Whether Event Grid hears of it. Default true. */
  event?: boolean;
  /** Who did it. Default an operator who may do everything. */
  caller?: Caller;
}

const OPERATOR: Caller = {
  principalId: "0be4a704-0000-4000-8000-000000000001",
  clientId: "0be4a704-0000-4000-8000-000000000002",
};

/** The state of the stand-in. Tests change it as "somebody else" would; ARM's routes change it for their callers. */
export class World {
  readonly now: () => number;
  readonly settings: Settings;
  readonly tenantId: string;
  readonly self: Caller;
  /** What `self` may do whatever its roles are. Everybody else may do everything: they play the operators. */
  permissions: readonly Permission[];
  /** When anything changed that a read can see. */
  readonly moments = new Moments();
  readonly containers = new Containers();
  readonly managementGroups: ManagementGroups;
  readonly directory = new Directory(this.moments.mark);
  readonly operations = new Operations(this.moments.mark);
  readonly roles = new Roles(this.moments.mark);
  readonly denyAssignments = new DenyAssignments(this.moments.mark);
  readonly graph = new Graph(this);
  readonly graphQuota = new GraphQuota();
  /** Of our registries by id, and of those out there by host. */
  readonly images = new Images();
  /** Where each registry's data plane is reached, by the key of its id. */
  readonly loginServers = new Map<string, string>();
  readonly keySync = new KeySync((id) => this.#resources.get(idKey(id)));
  /** Told of every change, as it takes effect. */
  onChange: (change: Change) => void = () => undefined;
  /** Told of every registry that is written. */
  onRegistry: (id: string) => void = () => undefined;

  readonly #resources = new Timeline<Resource>(this.moments.mark, ({ type }) => type);

  constructor(fixture: CompleteFixture, settings: Settings, now: () => number) {
    this.now = now;
    this.settings = settings;
    this.tenantId = fixture.tenantId;
    this.self = fixture.self;
    this.permissions = fixture.self.permissions;
    this.managementGroups = new ManagementGroups(fixture.managementGroups);
    populate(this, fixture, OPERATOR);
  }

  /** Replaces what the app's own identity may do, as in a fixture's `self.permissions`. */
  setPermissions(permissions: unknown): readonly Permission[] {
    this.permissions = parsePermissions(permissions);
    this.moments.markAll();
    return this.permissions;
  }

  /** Moves a subscription into another management group, or out of all of them. Resource Graph shows it at once. */
  moveSubscription(subscriptionId: string, managementGroup?: string): void {
    this.managementGroups.move(subscriptionId, managementGroup);
    this.moments.markAll();
  }

  /** The moment that reads see: now, or `staleReadSeconds` ago. */
  readTime(): number {
    return this.now() - this.settings.staleReadSeconds * 1000;
  }

  /** The moment that Resource Graph sees: now, or `graphLagSeconds` ago. */
  graphTime(): number {
    return this.now() - this.settings.graphLagSeconds * 1000;
  }

  /** The moment whose role and deny assignments registries honour: now, or `grantDelaySeconds` ago. */
  honouredTime(): number {
    return this.now() - this.settings.grantDelaySeconds * 1000;
  }

  /** Applies what long-running operations have finished by now. */
  settle(): void {
    this.operations.settle(this.now());
  }

  get(id: string, at?: number): Resource | undefined {
    this.settle();
    return this.#resources.get(idKey(id), at);
  }

  /** Every resource, in no order. */
  resources(at?: number): Resource[] {
    this.settle();
    return this.#resources.values(at);
  }

  /** Every resource of a type at or below a scope, by id. */
  list(type: string, scope = "/", at?: number): Resource[] {
    this.settle();
    return this.#resources
      .valuesIn(type, at)
      .filter((one) => scope === "/" || isAtOrBelow(one.id, scope))
      .sort((a, b) => (idKey(a.id) < idKey(b.id) ? -1 : 1));
  }

  /** Creates or replaces a resource as somebody else would. */
  put(input: ResourceInput, options: WriteOptions = {}): Resource {
    const { parentId } = parseResourceId(input.id) ?? {};
    if (parentId !== undefined && !this.get(parentId)) throw new TypeError(`${input.id}: there is no ${parentId}`);
    const tell = this.#teller(input.id, "write", "Write", options);
    const { resource, operation } = this.store(parseResource(input), this.now(), tell);
    if (!operation) tell();
    return resource;
  }

  /** Changes a resource as somebody else's PATCH would; throws when it is not there. */
  patch(id: string, changes: Omit<Partial<ResourceInput>, "id">, options: WriteOptions = {}): Resource {
    const current = this.get(id);
    if (!current) throw new TypeError(`${id}: there is no such resource`);
    return this.put(parseResource(mergeResource(current, changes)), options);
  }

  delete(id: string, options: WriteOptions = {}): boolean {
    if (!this.get(id)) return false;
    const tell = this.#teller(id, "delete", "Delete", options);
    this.discard(id, this.now());
    tell();
    return true;
  }

  /** Assigns a role as somebody else would; a principal the directory did not know, it knows from now on. */
  grant(input: RoleAssignmentInput, options: WriteOptions = {}): RoleAssignment {
    const caller = options.caller ?? OPERATOR;
    const assignment = this.roles.fromInput(parseRoleAssignment(input), caller.principalId, this.now());
    requireEvaluable(this, assignment);
    this.directory.mention(assignment.principalId);
    this.roles.put(assignment, this.now());
    this.#teller(roleAssignmentId(assignment), "write", "Write", options, ROLE_ASSIGNMENTS)();
    return assignment;
  }

  /** Removes the principal's assignments at exactly this scope, of every role or of one; answers how many. */
  revoke(match: { scope: string; principalId: string; role?: string }, options: WriteOptions = {}): number {
    const roleId = match.role === undefined ? undefined : this.roles.definition(match.role)?.id;
    const found = this.roles
      .assignments()
      .filter((one) => sameId(one.scope, match.scope) && sameId(one.principalId, match.principalId))
      .filter((one) => match.role === undefined || one.roleId === roleId);
    for (const assignment of found) {
      this.roles.remove(assignment.name, this.now());
      this.#teller(roleAssignmentId(assignment), "delete", "Delete", options, ROLE_ASSIGNMENTS)();
    }
    return found.length;
  }

  /** Makes a deny assignment, as a managed application or a deployment stack does. */
  deny(input: unknown, options: WriteOptions = {}): DenyAssignment {
    const { principalId } = options.caller ?? OPERATOR;
    const assignment = this.denyAssignments.put(parseDenyAssignment(input), principalId, this.now());
    this.#teller(denyAssignmentId(assignment), "write", "Write", options, DENY_ASSIGNMENTS)();
    return assignment;
  }

  /** Takes a deny assignment away, by the GUID that is its name. */
  undeny(name: string, options: WriteOptions = {}): boolean {
    const assignment = this.denyAssignments.find(name);
    if (!assignment) return false;
    this.denyAssignments.remove(name, this.now());
    this.#teller(denyAssignmentId(assignment), "delete", "Delete", options, DENY_ASSIGNMENTS)();
    return true;
  }

  /** Replaces a storage account's key, as `regenerateKey` does. */
  rotateStorageKey(id: string, key: "key1" | "key2" = "key1", options: WriteOptions = {}): void {
    const account = this.#expect(id, STORAGE_ACCOUNT);
    const times = { ...(account.properties.keyCreationTime as object), [key]: new Date(this.now()).toISOString() };
    this.#replace({ ...account, properties: { ...account.properties, keyCreationTime: times } });
    this.#teller(account.id, "regenerateKey/action", "Action", options)();
  }

  /** Replaces a registry's admin password, as `regenerateCredential` does. */
  regenerateCredential(id: string, options: WriteOptions = {}): void {
    const registry = this.#expect(id, REGISTRY);
    const generation = Number(registry.properties[CREDENTIAL_GENERATION] ?? 0) + 1;
    this.#replace({ ...registry, properties: { ...registry.properties, [CREDENTIAL_GENERATION]: generation } });
    this.#teller(registry.id, "regenerateCredential/action", "Action", options)();
  }

  /** Whether the keys the workspace has stored are those its registry and storage account have now. */
  keysInSync(workspaceId: string): boolean {
    this.settle();
    return this.keySync.isCurrent(this.#expect(workspaceId, WORKSPACE));
  }

  deleteGroup(id: string): void {
    const inside = this.#resources.values().filter((one) => isAtOrBelow(one.id, id));
    for (const resource of inside) this.delete(resource.id);
    this.containers.removeGroup(id);
  }

  /**
   * The one way resources are written: defaults, identity, operation. `tell` is called when a provisioning that takes
   * time has ended; when it takes none, the caller tells.
   */
  store(
    input: ResourceInput,
    at: number,
    tell: () => void = () => undefined,
  ): { resource: Resource; operation: Operation | undefined } {
    const previous = this.#resources.get(idKey(input.id));
    const complete = completeResource({ ...input, id: previous?.id ?? input.id }, this.now());
    const resource = settleIdentity(this, complete, previous, at);
    this.containers.imply(resource.id);
    this.#resources.set(idKey(resource.id), resource, at);
    if (!previous && at !== -Infinity) grantAsPlatform(this, resource);
    if (resource.type === REGISTRY) this.onRegistry(resource.id);
    if (input.repositories) this.images.replace(resource.id, input.repositories, this.now());
    if (resource.type !== WORKSPACE || previous) return { resource, operation: undefined };
    if (input.keysInSync !== false) this.keySync.store(resource.id, this.keySync.snapshot(resource));
    const runs = at === -Infinity ? 0 : this.settings.provisioningSeconds * 1000;
    const operation =
      runs === 0
        ? undefined
        : this.operations.start({
            resourceId: resource.id,
            state: "Creating",
            startedAt: at,
            endsAt: at + runs,
            failure: undefined,
            settle: tell,
            answersResource: true,
          });
    return { resource, operation };
  }

  /** Takes a resource and its children away and their identities out of the directory; grants to them stay, as in Azure. */
  discard(id: string, at: number): void {
    for (const resource of this.#resources.values().filter((one) => isAtOrBelow(one.id, id))) {
      removeIdentity(this, resource);
      this.images.drop(resource.id);
      this.#resources.set(idKey(resource.id), undefined, at);
    }
  }

  /** Reports a change made by an actor outside the stand-in's ARM routes. */
  #teller(id: string, verb: string, kind: Change["kind"], options: WriteOptions, type?: string): () => void {
    const ofType = type ?? this.#resources.get(idKey(id))?.type ?? parseResourceId(id)?.type ?? "";
    const change = changeBy(options.caller ?? OPERATOR, kind, `${ofType}/${verb}`, id);
    return () => {
      if (options.event !== false) this.onChange(change);
    };
  }

  #replace(resource: Resource): void {
    this.#resources.set(idKey(resource.id), resource, this.now());
  }

  #expect(id: string, type: string): Resource {
    const resource = this.#resources.get(idKey(id));
    if (resource?.type !== type) throw new TypeError(`${id}: no such ${type}`);
    return resource;
  }
}

const ROLE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";
const DENY_ASSIGNMENTS = "Microsoft.Authorization/denyAssignments";
