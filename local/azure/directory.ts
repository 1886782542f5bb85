import { createHash } from "node:crypto";

export type PrincipalType = "ServicePrincipal" | "User" | "Group" | "ForeignGroup";

interface Principal {
  readonly principalId: string;
  readonly clientId: string;
  readonly type: PrincipalType;
  /** The resource whose identity it is. */
  readonly resourceId: string | undefined;
  /** From when on role assignments to it are accepted (ms). */
  readonly knownAt: number;
}

/** Principals and groups, as far as Azure RBAC needs them. Object ids are compared without regard to case. */
export class Directory {
  readonly #principals = new Map<string, Principal>();
  /** From when on resources show it (ms): kept when it is gone, for whoever reads what was. */
  readonly #visibleAt = new Map<string, number>();
  readonly #memberOf = new Map<string, Set<string>>();
  readonly #unknown = new Set<string>();
  readonly #onChange: (at: number) => void;
  #sequence = 0;

  /** `onChange` is told of the times at which resources begin to show an identity. */
  constructor(onChange: (at: number) => void = () => undefined) {
    this.#onChange = onChange;
  }

  add(principal: {
    principalId: string;
    clientId?: string;
    type?: PrincipalType;
    resourceId?: string;
    visibleAt?: number;
    knownAt?: number;
  }): void {
    const { principalId } = principal;
    this.#principals.set(principalId.toLowerCase(), {
      principalId,
      clientId: principal.clientId ?? guidFrom(`client of ${principalId}`),
      type: principal.type ?? "ServicePrincipal",
      resourceId: principal.resourceId,
      knownAt: principal.knownAt ?? -Infinity,
    });
    const { visibleAt = -Infinity } = principal;
    this.#visibleAt.set(principalId.toLowerCase(), visibleAt);
    this.#onChange(visibleAt);
  }

  /** Adds it unless it is there already: for principals that only a role assignment or a group names. */
  mention(principalId: string, type: PrincipalType = "ServicePrincipal"): void {
    if (!this.find(principalId)) this.add({ principalId, type });
  }

  addGroup(id: string, members: readonly string[]): void {
    this.add({ principalId: id, type: "Group" });
    for (const member of members) {
      this.mention(member);
      const groups = this.#memberOf.get(member.toLowerCase()) ?? new Set();
      this.#memberOf.set(member.toLowerCase(), groups.add(id.toLowerCase()));
    }
  }

  removeFromGroup(id: string, member: string): void {
    this.#memberOf.get(member.toLowerCase())?.delete(id.toLowerCase());
  }

  /** From now on the directory knows nothing of it, whatever else names it. */
  deny(principalId: string): void {
    this.#unknown.add(principalId.toLowerCase());
  }

  remove(principalId: string): void {
    this.#principals.delete(principalId.toLowerCase());
  }

  find(principalId: string): Principal | undefined {
    return this.#principals.get(principalId.toLowerCase());
  }

  isVisible(principalId: string, at: number): boolean {
    return (this.#visibleAt.get(principalId.toLowerCase()) ?? -Infinity) <= at;
  }

  /** The principal, if role assignments to it are accepted at this time. */
  known(principalId: string, at: number): Principal | undefined {
    const principal = this.#unknown.has(principalId.toLowerCase()) ? undefined : this.find(principalId);
    return principal && principal.knownAt <= at ? principal : undefined;
  }

  /** The principal itself and every group it is in, however indirectly; lower case. */
  withGroups(principalId: string): Set<string> {
    const found = new Set([principalId.toLowerCase()]);
    for (const id of found) this.#memberOf.get(id)?.forEach((group) => found.add(group));
    return found;
  }

  /** A new object id for an identity of this resource: the same in every run, different for each incarnation. */
  newPrincipalId(resourceId: string): string {
    this.#sequence += 1;
    return guidFrom(`${resourceId.toLowerCase()}#${this.#sequence}`);
  }
}

/** A GUID that depends on nothing but the text. */
export function guidFrom(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
